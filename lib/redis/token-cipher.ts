import { CompactEncrypt } from 'jose/jwe/compact/encrypt';
import { compactDecrypt } from 'jose/jwe/compact/decrypt';

/** @publicApi */
export interface EncryptionKey {
  /** Names the key, in the clear: a value tells by it which key reads it. */
  readonly kid: string;
  /** 256 bits: 32 bytes, or their base64 or base64url. */
  readonly key: Uint8Array | string;
}

/** How tokens lie in a store, and come out of it. */
export interface TokenCipher {
  /** @param place under which key it is kept: what is found elsewhere does not open */
  seal(token: string, place: string): Promise<string>;
  /** @returns `undefined` when it cannot be read: another key, another place, damaged */
  open(sealed: string, place: string): Promise<string | undefined>;
}

/** For those who asked for it by name. */
export const noCipher: TokenCipher = {
  seal: async (token) => token,
  open: async (sealed) => sealed,
};

const KEY_BYTES = 32;

/**
 * Compact JWE, `dir` with A256GCM: the place stands in the protected header, which is authenticated.
 *
 * @param keys the first seals, all of them open: put a new one first to rotate, drop the old one a token's life later
 * @throws TypeError when a key is none
 */
export function jweCipher(keys: readonly EncryptionKey[]): TokenCipher {
  const bytes = new Map(keys.map((each) => [each?.kid, keyBytes(each?.kid, each?.key)]));
  if (bytes.size !== keys.length) throw new TypeError('RedisTokenStore: two `encryption.keys` have the same kid');
  const [first] = keys;
  if (!first) throw new TypeError('RedisTokenStore: `encryption.keys` must have at least one key');
  return {
    seal: (token, place) =>
      new CompactEncrypt(new TextEncoder().encode(token))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: first.kid, place })
        .encrypt(bytes.get(first.kid)!),
    async open(sealed, place) {
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
        return protectedHeader.place === place ? new TextDecoder().decode(plaintext) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function keyBytes(kid: string, key: Uint8Array | string): Uint8Array {
  const isNamed = typeof kid === 'string' && kid !== '';
  if (!isNamed) throw new TypeError('RedisTokenStore: each of `encryption.keys` must have a `kid`');
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : key;
  if (bytes instanceof Uint8Array && bytes.length === KEY_BYTES) return new Uint8Array(bytes);
  throw new TypeError(
    `RedisTokenStore: the key "${kid}" of \`encryption.keys\` must be 32 bytes, as bytes or in base64 (openssl rand -base64 32)`,
  );
}
