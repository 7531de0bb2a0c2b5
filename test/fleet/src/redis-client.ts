import { Redis } from 'ioredis';
import type { RedisTokenStoreOptions } from 'nestjs-auth-apis/redis';
import { createClient } from 'redis';
import type { ReplicaSettings } from './messages.js';

/** So soon a lost connection is tried again. */
const RECONNECT_MS = 100;

/** A client as an app has it: it connects, and connects again. */
export interface RedisConnection {
  readonly client: RedisTokenStoreOptions['client'];
  isConnected(): boolean;
  close(): void;
}

export async function connect({ redisClient, redisPort }: ReplicaSettings): Promise<RedisConnection> {
  return redisClient === 'redis' ? connectNodeRedis(redisPort) : connectIORedis(redisPort);
}

async function connectNodeRedis(port: number): Promise<RedisConnection> {
  const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: () => RECONNECT_MS } });
  client.on('error', () => {}); // without a listener, a lost connection would end the process
  await client.connect();
  return { client, isConnected: () => client.isReady, close: () => client.destroy() };
}

async function connectIORedis(port: number): Promise<RedisConnection> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => RECONNECT_MS });
  client.on('error', () => {});
  await client.connect();
  return { client, isConnected: () => client.status === 'ready', close: () => client.disconnect() };
}
