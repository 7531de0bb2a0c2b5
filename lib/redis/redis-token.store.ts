import { LONGEST_LIFETIME_MS } from '../common/defaults.js';
import type { AcquireRequest, HeldLease, SharedToken, TokenStore } from '../store/token-store.js';
import { LeaseTimes } from '../store/lease-times.js';
import type { IORedisClient, NodeRedisClient, RunScript } from './redis-client.js';
import { scriptRunner } from './redis-client.js';
import { ACQUIRE, RELEASE, SAVE } from './redis-scripts.js';
import type { EncryptionKey, TokenCipher } from '../store/token-cipher.js';
import { jweCipher, noCipher } from '../store/token-cipher.js';

/** @publicApi */
export interface RedisTokenStoreOptions {
  /**
   * The app's own client, of `redis` (node-redis) or `ioredis`, each from version 5; clusters too. Connecting and closing
   * it stay with the app.
   */
  readonly client: NodeRedisClient | IORedisClient;
  /**
   * Tokens are encrypted with the first key, and read with any: to rotate, add a new one to the end, put it first when all
   * replicas have it, and drop the old one a token's life later. `'none'` keeps tokens in the clear, for everybody who can
   * read the Redis.
   */
  readonly encryption: { readonly keys: readonly EncryptionKey[] } | 'none';
  /** Before every key; without braces, which say where a key lies in a cluster. @default 'nestjs-auth-apis' */
  readonly prefix?: string;
}

/**
 * Shares tokens between replicas through Redis (6 or newer).
 *
 * @example
 * ```ts
 * const client = createClient({ url: process.env.REDIS_URL });
 * client.on('error', () => undefined); // the module reports when the store is unavailable and available again
 * void client.connect().catch(() => undefined); // not awaited: the app starts without a Redis as well
 * AuthApisModule.forRoot({
 *   verbit: { apiKey: process.env.VERBIT_API_KEY },
 *   store: new RedisTokenStore({ client, encryption: { keys: [{ kid: '2026', key: process.env.TOKEN_KEY! }] } }),
 * })
 * ```
 * @publicApi
 */
export class RedisTokenStore implements TokenStore {
  readonly #run: RunScript;
  readonly #cipher: TokenCipher;
  readonly #prefix: string;
  readonly #leaseTimes = new LeaseTimes();

  /** @throws TypeError when the client is none, a key is not 32 bytes, or the prefix has braces */
  constructor(options: RedisTokenStoreOptions) {
    const { client, encryption, prefix = 'nestjs-auth-apis' } = { ...options };
    this.#run = scriptRunner(client);
    this.#cipher = cipherOf(encryption);
    if (typeof prefix !== 'string' || /[{}]/.test(prefix)) {
      throw new TypeError(
        'RedisTokenStore: `prefix` must be a text without braces, which would break up a cluster’s keys',
      );
    }
    this.#prefix = prefix;
  }

  async acquire(
    key: string,
    { newerThan, owner, leaseMs }: AcquireRequest,
  ): Promise<SharedToken | 'leased' | HeldLease> {
    const args = [owner, String(newerThan), String(Math.ceil(leaseMs))];
    const [what, ...found] = await this.#step(ACQUIRE, key, args);
    if (what === 'held') return { heldBy: found[0]! };
    if (what === 'leased') {
      this.#leaseTimes.note(key, owner, found[0]!);
      return what;
    }
    if (what !== 'token') throw new Error('the Redis gave an answer that is none of its script’s');
    const [generation, lifetimeMs, ageMs] = found.map(Number) as [number, number, number];
    const value = found[3] ? await this.#cipher.open(found[3], { place: this.#place(key), lifetimeMs }) : undefined;
    // What cannot be read is not there; its generation is passed by, and the next one written goes over it.
    if (value === undefined) return this.acquire(key, { newerThan: generation, owner, leaseMs });
    return { value, generation, lifetimeMs, ageMs };
  }

  async save(
    key: string,
    { value, lifetimeMs, ageMs }: Pick<SharedToken, 'value' | 'lifetimeMs' | 'ageMs'>,
    owner: string,
  ): Promise<number | undefined> {
    const latestStart = this.#leaseTimes.take(key, owner) ?? String(Number.MAX_SAFE_INTEGER);
    const life = wholeMs(lifetimeMs);
    const sealed = await this.#cipher.seal(value, { place: this.#place(key), lifetimeMs: Number(life) });
    const args = [owner, life, wholeMs(Math.ceil(ageMs)), sealed, latestStart];
    const [what, generation] = await this.#step(SAVE, key, args);
    return what === 'saved' ? Number(generation) : undefined;
  }

  async release(key: string, owner: string): Promise<void> {
    this.#leaseTimes.take(key, owner);
    await this.#step(RELEASE, key, [owner], true);
  }

  async #step(script: string, key: string, args: string[], isPatient?: boolean): Promise<string[]> {
    const place = this.#place(key);
    const answer = (await this.#run(script, [place, `${place}:lease`], args, isPatient)) as unknown[];
    return answer.map(String); // a client may be set to give bytes
  }

  /** The braces keep both keys of an account on one node of a cluster. */
  #place(key: string): string {
    return `${this.#prefix}:{${key}}`;
  }
}

/** Redis takes whole numbers, and none without an end. */
const wholeMs = (ms: number): string => String(Math.floor(Math.min(ms, LONGEST_LIFETIME_MS)));

function cipherOf(encryption: RedisTokenStoreOptions['encryption']): TokenCipher {
  if (encryption === 'none') return noCipher;
  if (Array.isArray(encryption?.keys)) return jweCipher(encryption.keys);
  throw new TypeError(
    "RedisTokenStore: `encryption` must be { keys: [{ kid, key }] }, or 'none' to keep tokens in the clear",
  );
}
