import type { RedisTokenStoreOptions } from 'nestjs-auth-apis/redis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';

const client = { eval: async () => ['busy'] };
const ioredis = { status: 'ready', defineCommand: () => {}, eval: async () => ['busy'] };
const BYTES = Buffer.from(Array.from({ length: 32 }, (_, i) => 200 + i));
const GOOD = BYTES.toString('base64');
const SHORT = BYTES.subarray(1).toString('base64');

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
    /keys\[0\]\.key` must be 32 random bytes.*openssl rand -base64 32/,
  ],
  ['a key that is not there', { encryption: { keys: [{ kid: 'k' }] } }, /keys\[0\]\.key` must be 32 random bytes/],
  [
    'a key that is a hex text',
    { encryption: { keys: [{ kid: 'k', key: 'ab'.repeat(32) }] } },
    /must be 32 random bytes/,
  ],
  [
    'a key with a line break behind it',
    { encryption: { keys: [{ kid: 'k', key: `${GOOD}\n` }] } },
    /must be 32 random bytes/,
  ],
  [
    'a key with a typing error in it',
    { encryption: { keys: [{ kid: 'k', key: `${GOOD.slice(0, 2)}!${GOOD.slice(3)}` }] } },
    /32 random bytes/,
  ],
  [
    'a key that is too long in its last letter',
    { encryption: { keys: [{ kid: 'k', key: GOOD.replace(/.=$/, 'l=') }] } },
    /must be 32 random bytes/,
  ],
  ['a key of nothing but zeros', { encryption: { keys: [{ kid: 'k', key: new Uint8Array(32) }] } }, /32 random bytes/],
  [
    'a key of equal bytes',
    { encryption: { keys: [{ kid: 'k', key: new Uint8Array(32).fill(7) }] } },
    /32 random bytes/,
  ],
  ['a word that is repeated', { encryption: { keys: [{ kid: 'k', key: Buffer.alloc(32, 'changeme') }] } }, /32 random/],
  ['a kid and a key that were swapped', { encryption: { keys: [{ kid: GOOD, key: '2026' }] } }, /keys\[0\]\.key` must/],
  ['a key for a kid as well', { encryption: { keys: [{ kid: GOOD, key: GOOD }] } }, /`kid` of .*keys\[0\]` is a key/],
  ['... in base64', { encryption: { keys: [{ kid: 'k', key: `${'A'.repeat(43)}=` }] } }, /32 random bytes/],
  ['a prefix with a hash tag of its own', { prefix: '{tokens}', encryption: 'none' }, /`prefix` .* without braces/],
  ['a prefix with an empty one', { prefix: '{}', encryption: 'none' }, /`prefix`/],
  ['a prefix with one brace', { prefix: 'to}kens', encryption: 'none' }, /`prefix`/],
  ['a prefix that is no text', { prefix: 7, encryption: 'none' }, /`prefix` must be a text/],
  [
    'an ioredis client that puts an empty hash tag before all keys',
    { client: { ...ioredis, options: { keyPrefix: 'app:{}' } }, encryption: 'none' },
    /`keyPrefix` of the client has `\{\}`/,
  ],
  [
    'a passphrase',
    { encryption: { keys: [{ kid: 'k', key: 'correct horse battery staple' }] } },
    /must be 32 random bytes/,
  ],
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
    /keys\[1\]\.key/,
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
  expect(() => make({ encryption: { keys: [{ kid: 'k', key: new Uint8Array(BYTES) }] } })).not.toThrow();
});

test.each(['base64', 'base64url'] as const)('a key may be written in %s, with or without its padding', (form) => {
  const text = BYTES.toString(form).replace(/=$/, '');
  for (const key of [text, `${text}=`]) {
    expect(() => make({ encryption: { keys: [{ kid: 'k', key }] } })).not.toThrow();
  }
});

test.each([undefined, '', 'app:', '{app}:', 'app:{', 'app:}'])(
  'an ioredis client whose keyPrefix is %j keeps the keys of an account together',
  (keyPrefix) => {
    expect(() => make({ client: { ...ioredis, options: { keyPrefix } }, encryption: 'none' })).not.toThrow();
    // As a cluster finds the slot of a key.
    const tagOf = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
    const key = `${keyPrefix ?? ''}nestjs-auth-apis:{digest}`;
    expect(tagOf(`${key}:lease`)).toBe(tagOf(key));
  },
);

test('a key that the app wipes after use has been taken by then', async () => {
  const key = Buffer.from(BYTES);
  const sent: string[] = [];
  const spy = {
    eval: async (_: string, { arguments: args }: { arguments: string[] }) => (sent.push(...args), ['older']),
  };
  const store = make({ client: spy, encryption: { keys: [{ kid: 'k', key }] } });
  key.fill(0);
  await store.save('account', { value: 'token', lifetimeMs: 1_000, ageMs: 0 }, 'a');
  const { compactDecrypt } = await import('jose');
  const { plaintext } = await compactDecrypt(
    sent.find((word) => word.startsWith('ey'))!,
    BYTES,
  );
  expect(new TextDecoder().decode(plaintext)).toBe('token');
});

const asker = { newerThan: 0, owner: 'a', leaseMs: 1_000 };

test('an answer that is none of the script’s is no answer', async () => {
  const store = make({ encryption: 'none' });
  await expect(store.acquire('account', asker)).rejects.toThrow(/none of its script’s/);
});

test('a node-redis client whose first connection is under way is asked: an app need not wait for it', async () => {
  let asked = 0;
  const coming = { isReady: false, isOpen: true, eval: async () => (asked++, ['leased', '1']) };
  const store = make({ client: coming, encryption: 'none' });
  expect(await store.acquire('account', asker)).toBe('leased');
  coming.isReady = true;
  await store.acquire('account', asker);
  coming.isReady = false; // it has lost its connection, and tries for another
  await expect(store.acquire('account', asker)).rejects.toThrow(/not connected/);
  expect(asked).toBe(2);
});

test('... for a second and no longer, where there is no Redis', async () => {
  let now = 10_000;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => spy.mockRestore());
  const store = make({
    client: { isReady: false, isOpen: true, eval: async () => ['leased', '1'] },
    encryption: 'none',
  });
  await store.acquire('account', asker);
  now += 999;
  await store.acquire('account', asker);
  now += 1;
  await expect(store.acquire('account', asker)).rejects.toThrow(/not connected/);
});

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
