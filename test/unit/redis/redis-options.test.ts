import type { RedisTokenStoreOptions } from 'nestjs-auth-apis/redis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';

const client = { eval: async () => ['busy'] };
const GOOD = Buffer.alloc(32, 9).toString('base64');
const SHORT = Buffer.alloc(31, 9).toString('base64');

const make = (options: object) => new RedisTokenStore({ client, ...options } as unknown as RedisTokenStoreOptions);

function problemOf(options: object): TypeError {
  try {
    make(options);
  } catch (error) {
    if (error instanceof TypeError) return error;
  }
  throw new Error('it was taken');
}

test.each<[string, object, RegExp]>([
  ['no encryption', {}, /`encryption` must be \{ keys: \[\{ kid, key \}\] \}, or 'none' to keep tokens in the clear/],
  ['null for encryption', { encryption: null }, /or 'none'/],
  ['false for encryption', { encryption: false }, /or 'none'/],
  ['another word for encryption', { encryption: 'off' }, /or 'none'/],
  ['a bare key', { encryption: GOOD }, /\{ keys: \[\{ kid, key \}\] \}/],
  ['a key without its list', { encryption: { kid: 'k', key: GOOD } }, /\{ keys: \[\{ kid, key \}\] \}/],
  ['no key', { encryption: { keys: [] } }, /at least one key/],
  ['a key without a kid', { encryption: { keys: [{ key: GOOD }] } }, /must have a `kid`/],
  ['an empty kid', { encryption: { keys: [{ kid: '', key: GOOD }] } }, /must have a `kid`/],
  ['two keys of one kid', { encryption: { keys: ['k', 'k'].map((kid) => ({ kid, key: GOOD })) } }, /the same kid/],
  [
    'a short key',
    { encryption: { keys: [{ kid: 'k', key: SHORT }] } },
    /"k".* must be 32 bytes.*openssl rand -base64 32/,
  ],
  ['a key that is not there', { encryption: { keys: [{ kid: 'k' }] } }, /"k".* must be 32 bytes/],
  ['a key that is a hex text', { encryption: { keys: [{ kid: 'k', key: 'ab'.repeat(32) }] } }, /must be 32 bytes/],
  ['a passphrase', { encryption: { keys: [{ kid: 'k', key: 'correct horse battery staple' }] } }, /must be 32 bytes/],
  [
    'a second key that is short',
    {
      encryption: {
        keys: [
          { kid: 'k', key: GOOD },
          { kid: 'l', key: SHORT },
        ],
      },
    },
    /"l"/,
  ],
  ['no client', { client: undefined, encryption: 'none' }, /`client` must be a client of redis or ioredis/],
  ['a URL for a client', { client: 'redis://127.0.0.1', encryption: 'none' }, /`client` must be a client/],
])('%s is refused, with what to do and without the key', (_, options, told) => {
  const error = problemOf(options);
  expect(error.message).toMatch(told);
  expect(error.message).toMatch(/^RedisTokenStore: /);
  expectNoSecret(error, [GOOD, SHORT, 'ab'.repeat(32), 'correct horse battery staple']);
});

test('encryption that is off by name is taken, and so are keys of 32 bytes', () => {
  expect(() => make({ encryption: 'none' })).not.toThrow();
  expect(() => make({ encryption: { keys: [{ kid: 'k', key: GOOD }] } })).not.toThrow();
  expect(() => make({ encryption: { keys: [{ kid: 'k', key: new Uint8Array(32) }] } })).not.toThrow();
});

test('a key that the app wipes after use has been taken by then', async () => {
  const key = Buffer.alloc(32, 5);
  const sent: string[] = [];
  const spy = {
    eval: async (_: string, { arguments: args }: { arguments: string[] }) => (sent.push(...args), ['older']),
  };
  const store = make({ client: spy, encryption: { keys: [{ kid: 'k', key }] } });
  key.fill(0);
  await store.save('account', { value: 'token', lifetimeMs: 1_000, ageMs: 0 }, 'a');
  const { compactDecrypt } = await import('jose');
  const { plaintext } = await compactDecrypt(sent.at(-1)!, Buffer.alloc(32, 5));
  expect(new TextDecoder().decode(plaintext)).toBe('token');
});

const asker = { newerThan: 0, owner: 'a', leaseMs: 1_000 };

test('a node-redis client that is not connected is not asked, and a queue is no place for tokens', async () => {
  let asked = 0;
  const away = { isReady: false, eval: async () => (asked++, ['busy']) };
  const store = make({ client: away, encryption: 'none' });
  await expect(store.acquire('account', asker)).rejects.toThrow(/not connected/);
  expect(asked).toBe(0);
  // A lease that is given back late is given back.
  await store.release('account', 'a');
  expect(asked).toBe(1);
});

test.each(['reconnecting', 'close', 'end', 'disconnecting'])(
  'an ioredis client that is “%s” is not asked',
  async (status) => {
    let asked = 0;
    const away = { status, defineCommand: () => {}, eval: async () => (asked++, ['busy']) };
    const store = make({ client: away, encryption: 'none' });
    await expect(store.acquire('account', asker)).rejects.toThrow(new RegExp(`not connected \\(${status}\\)`));
    expect(asked).toBe(0);
  },
);
