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

/** How tokens lie in a store, and come out of it. */
export interface TokenCipher {
  seal(token: string, binding: Binding): Promise<string>;
  /** @returns `undefined` when it cannot be read: another key, another place or life, damaged */
  open(sealed: string, binding: Binding): Promise<string | undefined>;
}

/** For those who asked for it by name. */
export const noCipher: TokenCipher = {
  seal: async (token) => token,
  open: async (sealed) => sealed,
};

const KEY_BYTES = 32;

/**
 * Compact JWE, `dir` with A256GCM: what the token is bound to stands in the protected header, which is authenticated.
 *
 * @param keys the first seals, all of them open: add a new one, put it first when all replicas have it, drop the old one
 *   a token's life later
 * @throws TypeError when a key is none
 */
export function jweCipher(keys: readonly EncryptionKey[]): TokenCipher {
  const bytes = new Map(keys.map((each) => [each?.kid, keyBytes(each?.kid, each?.key)]));
  if (bytes.size !== keys.length) throw new TypeError('RedisTokenStore: two `encryption.keys` have the same kid');
  const [first] = keys;
  if (!first) throw new TypeError('RedisTokenStore: `encryption.keys` must have at least one key');
  return {
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

function keyBytes(kid: string, key: Uint8Array | string): Uint8Array {
  const isNamed = typeof kid === 'string' && kid !== '';
  if (!isNamed) throw new TypeError('RedisTokenStore: each of `encryption.keys` must have a `kid`');
  const bytes = typeof key === 'string' ? decoded(key) : key;
  const isGood = bytes instanceof Uint8Array && bytes.length === KEY_BYTES && bytes.some((byte) => byte !== 0);
  if (isGood) return new Uint8Array(bytes);
  throw new TypeError(
    `RedisTokenStore: the key "${kid}" of \`encryption.keys\` must be 32 bytes, not all zero, as bytes or in base64 (openssl rand -base64 32)`,
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
