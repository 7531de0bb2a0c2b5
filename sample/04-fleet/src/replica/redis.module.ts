// The app's own Redis client. The library uses it, and never opens or closes it.
import type { OnApplicationShutdown } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { createClient, type RedisClientType } from 'redis';
import { environment } from './environment.js';

export class RedisConnection implements OnApplicationShutdown {
  private constructor(readonly client: RedisClientType) {}

  static async open(): Promise<RedisConnection> {
    const client: RedisClientType = createClient({ url: environment().redisUrl });
    // Without a listener a lost connection would end the process. The library says in the log what it means for tokens.
    client.on('error', () => {});
    await client.connect();
    return new RedisConnection(client);
  }

  /** Nest calls this when no request is under way any more. */
  onApplicationShutdown(): void {
    this.client.destroy();
  }
}

@Module({
  providers: [{ provide: RedisConnection, useFactory: () => RedisConnection.open() }],
  exports: [RedisConnection],
})
export class RedisModule {}
