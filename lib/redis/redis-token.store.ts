import { LONGEST_LIFETIME_MS } from '../common/defaults.js';
import type { AcquireRequest, HeldLease, SharedToken, TokenStore } from '../store/token-store.js';
import { LeaseTimes } from '../store/lease-times.js';
import { type IORedisClient, type NodeRedisClient, type RunScript, scriptRunner } from './redis-client.js';
import { ACQUIRE, RELEASE, SAVE } from './redis-scripts.js';
import { type EncryptionKey, jweCipher, noCipher, type TokenCipher } from '../store/token-cipher.js';

/** @publicApi */
export interface RedisTokenStoreOptions {
  /**
   * The app's own client, of `redis` (node-redis) or `ioredis`, each from version 5; clusters too. Connecting and closing
   * it stay with the app.
   */
  readonly client: NodeRedisClient | IORedisClient;
  /**
   * Tokens are encrypted and named with the first key, and found and read with any: to rotate, add a new one to the end, put
   * it first when all replicas have it, and drop the old one a token's life later. `'none'` keeps tokens in the clear, and
   * names them by an unkeyed digest over the credentials: whoever can read the Redis has the tokens, and can test guesses of
   * a weak secret offline.
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

  /** @throws TypeError when the client is none, a key is not 32 random bytes, or the prefix has braces */
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

  async acquire(key: string, request: AcquireRequest): Promise<SharedToken | 'leased' | HeldLease> {
    const [place, ...others] = this.#places(key);
    const own = await this.#find(place, key, request);
    // During a rotation, replicas whose first key is another one keep their tokens and leases in another place.
    const found = [own, ...(await Promise.all(others.map((other) => this.#look(other, key, request))))];
    const best = newestOf(found) ?? found.find(isHeld) ?? 'leased';
    if (own === 'leased' && best !== 'leased') await this.release(key, request.owner);
    return best;
  }

  async save(
    key: string,
    { value, lifetimeMs, ageMs }: Pick<SharedToken, 'value' | 'lifetimeMs' | 'ageMs'>,
    owner: string,
  ): Promise<number | undefined> {
    const latestStart = this.#leaseTimes.take(key, owner) ?? String(Number.MAX_SAFE_INTEGER);
    const [place] = this.#places(key);
    const life = wholeMs(lifetimeMs);
    const sealed = await this.#cipher.seal(value, { place, lifetimeMs: Number(life) });
    const args = [owner, life, wholeMs(Math.ceil(ageMs)), sealed, latestStart];
    const [what, generation] = await this.#step(SAVE, place, args);
    return what === 'saved' ? Number(generation) : undefined;
  }

  async release(key: string, owner: string): Promise<void> {
    this.#leaseTimes.take(key, owner);
    await this.#step(RELEASE, this.#places(key)[0], [owner], true);
  }

  /** A token, or the lease. */
  async #find(place: string, key: string, request: AcquireRequest): Promise<Found> {
    const { newerThan, owner, leaseMs } = request;
    const args = [owner, String(newerThan), String(Math.ceil(leaseMs))];
    const [what, ...found] = await this.#step(ACQUIRE, place, args);
    if (what === 'free') return what;
    if (what === 'held') return { heldBy: found[0]! };
    if (what === 'leased') {
      this.#leaseTimes.note(key, owner, found[0]!);
      return what;
    }
    if (what !== 'token') throw new Error('the Redis gave an answer that is none of its script’s');
    const [generation, lifetimeMs, ageMs] = found.map(Number) as [number, number, number];
    const value = found[3] ? await this.#cipher.open(found[3], { place, lifetimeMs }) : undefined;
    // What cannot be read is not there; its generation is passed by, and the next one written goes over it.
    if (value === undefined) return this.#find(place, key, { ...request, newerThan: generation });
    return { value, generation, lifetimeMs, ageMs };
  }

  /** Takes no lease; a place that cannot be read has nothing. */
  async #look(place: string, key: string, request: AcquireRequest): Promise<Found> {
    return this.#find(place, key, { ...request, leaseMs: 0 }).catch(() => 'free');
  }

  async #step(script: string, place: string, args: string[], isPatient?: boolean): Promise<string[]> {
    const answer = (await this.#run(script, [place, `${place}:lease`], args, isPatient)) as unknown[];
    return answer.map(String); // a client may be set to give bytes
  }

  /** The first is written to. The braces keep both keys of an account on one node of a cluster. */
  #places(key: string): [string, ...string[]] {
    return this.#cipher.names(key).map((name) => `${this.#prefix}:{${name}}`) as [string, ...string[]];
  }
}

type Found = SharedToken | HeldLease | 'leased' | 'free';

const isHeld = (found: Found): found is HeldLease => typeof found === 'object' && 'heldBy' in found;

const isToken = (found: Found): found is SharedToken => typeof found === 'object' && 'value' in found;

const newestOf = (found: readonly Found[]): SharedToken | undefined =>
  found
    .filter(isToken)
    .reduce<SharedToken | undefined>(
      (newest, each) => (newest && newest.generation >= each.generation ? newest : each),
      undefined,
    );

/** Redis takes whole numbers, and none without an end. */
const wholeMs = (ms: number): string => String(Math.floor(Math.min(ms, LONGEST_LIFETIME_MS)));

function cipherOf(encryption: RedisTokenStoreOptions['encryption']): TokenCipher {
  if (encryption === 'none') return noCipher;
  if (Array.isArray(encryption?.keys)) return jweCipher(encryption.keys);
  throw new TypeError(
    "RedisTokenStore: `encryption` must be { keys: [{ kid, key }] }, or 'none' to keep tokens in the clear",
  );
}
