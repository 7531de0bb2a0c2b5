// The app's own Redis client. The library uses it, and never opens or closes it.
import type { OnApplicationShutdown } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { createClient, type RedisClientType } from 'redis';
import { environment } from './environment.js';

export class RedisConnection implements OnApplicationShutdown {
  readonly client: RedisClientType = createClient({ url: environment().redisUrl });

  constructor() {
    // Without a listener a lost connection would end the process. The library says in the log what it means for tokens.
    this.client.on('error', () => {});
    // Not awaited: an app that can do without Redis should start without it.
    void this.client.connect().catch(() => {});
  }

  /**
   * Nest calls this when no request is under way any more, and, because AuthApisModule imports this module, after the
   * library has given its leases back.
   */
  onApplicationShutdown(): void {
    this.client.destroy();
  }
}

@Module({ providers: [RedisConnection], exports: [RedisConnection] })
export class RedisModule {}
