export { RedisTokenStore } from './redis-token.store.js';
export type { RedisTokenStoreOptions } from './redis-token.store.js';
export type { EncryptionKey } from '../store/token-cipher.js';
export type { IORedisClient, NodeRedisClient } from './redis-client.js';
