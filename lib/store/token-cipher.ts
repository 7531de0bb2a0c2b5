import { createHmac, hkdfSync } from 'node:crypto';
import { CompactEncrypt } from 'jose/jwe/compact/encrypt';
import { compactDecrypt } from 'jose/jwe/compact/decrypt';

/** @publicApi */
export interface EncryptionKey {
  /** Names the key, in the clear: a value tells by it which key reads it. */
  readonly kid: string;
  /** 256 bits: 32 bytes, or their base64 or base64url. */
  readonly key: Uint8Array | string;
}

/** What a token is bound to: kept elsewhere, or with another life, it does not open. */
export interface Binding {
  /** Under which key it is kept. */
  readonly place: string;
  readonly lifetimeMs: number;
}

/** How tokens are named and kept in a store, and come out of it. */
export interface TokenCipher {
  /**
   * The names under which a store keeps what belongs to `key`, one for each encryption key: the first to write, all to read.
   * `key` is a digest over credentials, which whoever sees it could guess offline; a name needs the encryption key as well.
   */
  names(key: string): readonly string[];
  seal(token: string, binding: Binding): Promise<string>;
  /** @returns `undefined` when it cannot be read: another key, another place or life, damaged */
  open(sealed: string, binding: Binding): Promise<string | undefined>;
}

/** For those who asked for it by name. */
export const noCipher: TokenCipher = {
  names: (key) => [key],
  seal: async (token) => token,
  open: async (sealed) => sealed,
};

const KEY_BYTES = 32;
/** Random bytes have about 30 different values; equal bytes, repeated words and typed digits have fewer. */
const LEAST_DIFFERENT_BYTES = 16;

/**
 * Compact JWE, `dir` with A256GCM: what the token is bound to stands in the protected header, which is authenticated.
 *
 * @param keys the first seals and names, all of them open and find: add a new one, put it first when all replicas have it, drop the old one
 *   a token's life later
 * @throws TypeError when a key is none
 */
export function jweCipher(keys: readonly EncryptionKey[]): TokenCipher {
  const bytes = new Map(keys.map((each, i) => [kidOf(keys, i), keyBytes(each?.key, i)]));
  if (bytes.size !== keys.length) throw new TypeError('RedisTokenStore: two `encryption.keys` have the same kid');
  const [first] = keys;
  if (!first) throw new TypeError('RedisTokenStore: `encryption.keys` must have at least one key');
  const nameKeys = [...bytes.values()].map(nameKeyOf);
  return {
    names: (key) => nameKeys.map((nameKey) => createHmac('sha256', nameKey).update(key).digest('base64url')),
    seal: (token, { place, lifetimeMs }) =>
      new CompactEncrypt(new TextEncoder().encode(token))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: first.kid, place, lifetimeMs })
        .encrypt(bytes.get(first.kid)!),
    async open(sealed, { place, lifetimeMs }) {
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(
          sealed,
          ({ kid }) => {
            const key = bytes.get(kid ?? '');
            if (!key) throw new Error('unknown kid');
            return key;
          },
          { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
        );
        const isBound = protectedHeader.place === place && protectedHeader.lifetimeMs === lifetimeMs;
        return isBound ? new TextDecoder().decode(plaintext) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

/** Not the encryption key itself: one key for one purpose (RFC 5869). */
const nameKeyOf = (key: Uint8Array): Uint8Array => new Uint8Array(hkdfSync('sha256', key, '', NAMES, KEY_BYTES));
const NAMES = 'nestjs-auth-apis names of shared tokens';

/** Messages name a key by its place in the list: where `kid` and `key` were swapped, the kid is the secret. */
function kidOf(keys: readonly EncryptionKey[], i: number): string {
  const kid = keys[i]?.kid;
  const isNamed = typeof kid === 'string' && kid !== '';
  if (!isNamed) throw new TypeError(`RedisTokenStore: \`encryption.keys[${i}]\` must have a \`kid\``);
  // It stands in the clear in every value.
  if (keys.every((each) => each?.key !== kid)) return kid;
  throw new TypeError(`RedisTokenStore: the \`kid\` of \`encryption.keys[${i}]\` is a key; it must be a name`);
}

function keyBytes(key: unknown, i: number): Uint8Array {
  const bytes = typeof key === 'string' ? decoded(key) : key;
  const isLong = bytes instanceof Uint8Array && bytes.length === KEY_BYTES;
  if (isLong && new Set(bytes).size >= LEAST_DIFFERENT_BYTES) return new Uint8Array(bytes);
  throw new TypeError(
    `RedisTokenStore: \`encryption.keys[${i}].key\` must be 32 random bytes, as bytes or in base64 (openssl rand -base64 32)`,
  );
}

/** Nothing but what these bytes are written as: Node would skip what is no base64, and leave off what is too much. */
function decoded(key: string): Uint8Array | undefined {
  const bytes = Buffer.from(key, 'base64');
  const isExact = (['base64', 'base64url'] as const).some(
    (form) => withoutPadding(bytes.toString(form)) === withoutPadding(key),
  );
  return isExact ? bytes : undefined;
}

const withoutPadding = (text: string): string => text.replace(/=$/, '');
