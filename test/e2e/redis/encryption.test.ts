import { Redis } from 'ioredis';
import { CompactEncrypt } from 'jose';
import { expect, onTestFinished } from 'vitest';
import type { TokenStore } from 'nestjs-auth-apis';
import type { RedisTokenStoreOptions } from 'nestjs-auth-apis/redis';
import { tokenStoreChecks } from 'nestjs-auth-apis/testing';
import { acmeVendor, lookingUp } from '../../support/acme.js';
import { sleep } from '../../support/outcome.js';
import type { RedisServer } from '../../support/redis-server.js';
import {
  KEY,
  placeOf as place,
  redisStore,
  redisTest,
  startFleet,
  startRedis,
  startReplica,
} from '../../support/redis-server.js';

const bytesFrom = (first: number): Buffer => Buffer.from(Array.from({ length: 32 }, (_, i) => first + i));
const OLD = { kid: 'old', key: bytesFrom(10).toString('base64url') };
const NEW = { kid: 'new', key: bytesFrom(20) };
const OTHER = { kid: KEY.kid, key: bytesFrom(30) };

const TOKEN = { value: 'token-nobody-may-see', lifetimeMs: 60_000, ageMs: 0 };
const asks = { newerThan: 0, owner: 'b', leaseMs: 1_000 };

const bound = (store: TokenStore): TokenStore => ({
  acquire: (...args) => store.acquire(...args),
  save: (...args) => store.save(...args),
  release: (...args) => store.release(...args),
});

/** Every word that clients say to the server from now on. */
async function monitored({ port }: RedisServer): Promise<string[]> {
  const said: string[] = [];
  const client = new Redis(port, '127.0.0.1');
  const monitor = await client.monitor();
  monitor.on('monitor', (_time: string, args: string[]) => said.push(...args));
  onTestFinished(() => {
    monitor.disconnect();
    client.disconnect();
  });
  return said;
}

async function everythingIn(server: RedisServer): Promise<string> {
  const keys = (await server.command('KEYS', '*')) as string[];
  const values = await Promise.all(
    keys.map(async (key) => server.command((await server.command('TYPE', key)) === 'hash' ? 'HGETALL' : 'GET', key)),
  );
  return JSON.stringify([keys, values]);
}

redisTest('neither what is said to Redis nor what it keeps holds a token, a key or whose it is', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const said = await monitored(server);
  const resolve = (id: string) => ({ appId: id, appKey: 'app-key-nobody-may-see' });
  vendor.keys = () => ['app-key-nobody-may-see'];
  vendor.latencyMs = 50;
  const [first, second] = await startFleet(server, vendor, 2, { accounts: lookingUp({ resolve }) });
  const id = 'tenant-nobody-may-see';
  const views = [first!, second!].flatMap(({ client }) => [
    client.for(id),
    client.for(id, { region: 'region-nobody-may-see' }),
  ]);
  await Promise.all(views.map(({ tokens }) => tokens.get()));
  await Promise.all(views.map(({ tokens }) => tokens.refresh()));
  await sleep(50);
  const kept = await everythingIn(server);
  expect(said.filter((word) => /^eval$/i.test(word)).length).toBeGreaterThan(6);
  expect(kept).toContain('nestjs-auth-apis:{');
  const secrets = [...vendor.secrets, id, 'nobody-may-see'];
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  for (const secret of secrets) {
    for (const form of [secret, Buffer.from(secret).toString('base64url'), Buffer.from(secret).toString('hex')]) {
      expect([...said, kept].filter((text) => text.includes(form))).toEqual([]);
    }
  }
});

redisTest('a token is found with the key it was kept with, and no other', async () => {
  const server = await startRedis();
  const mine = await redisStore(server);
  const generation = await mine.save('account', TOKEN, 'a');
  const theirs = await redisStore(server, { encryption: { keys: [OTHER] } });
  expect(await mine.acquire('account', asks)).toMatchObject({ value: TOKEN.value });
  expect(await theirs.acquire('account', asks)).toBe('leased');
  expect(await theirs.save('account', TOKEN, 'b')).toBeGreaterThanOrEqual(generation!);
  expect(await mine.acquire('account', asks)).toMatchObject({ value: TOKEN.value });
});

redisTest('a ciphertext that was copied to another account’s key is a miss', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('mine', TOKEN, 'a');
  await server.command('COPY', place('mine'), place('theirs'));
  expect(await store.acquire('theirs', asks)).toBe('leased');
  expect(await store.acquire('mine', asks)).toMatchObject({ value: TOKEN.value });
});

redisTest('a ciphertext of an app with another prefix is a miss', async () => {
  const server = await startRedis();
  await (await redisStore(server, { prefix: 'one' })).save('account', TOKEN, 'a');
  await server.command('COPY', place('account', KEY.key, 'one'), place('account', KEY.key, 'two'));
  expect(await (await redisStore(server, { prefix: 'two' })).acquire('account', asks)).toBe('leased');
});

redisTest('rotation: replicas that have the new key last, then first, then alone share all the while', async () => {
  const server = await startRedis();
  const store = async (...keys: (typeof OLD | typeof NEW)[]) => redisStore(server, { encryption: { keys } });
  const [before, knowing, moved, after] = [
    await store(OLD),
    await store(OLD, NEW),
    await store(NEW, OLD),
    await store(NEW),
  ];
  await before.save('account', TOKEN, 'a');
  for (const each of [before, knowing, moved]) {
    expect(await each.acquire('account', asks)).toMatchObject({ value: TOKEN.value });
  }
  await moved.save('account', { ...TOKEN, value: 'the next' }, 'a');
  for (const each of [knowing, moved, after]) {
    expect(await each.acquire('account', asks)).toMatchObject({ value: 'the next' });
  }
  expect(await before.acquire('account', asks)).toMatchObject({ value: TOKEN.value }); // it knows but the old place
});

redisTest('rotation: replicas with the keys in another order never have a lease at the same time', async () => {
  const server = await startRedis();
  const [oldFirst, newFirst] = [
    await redisStore(server, { encryption: { keys: [OLD, NEW] } }),
    await redisStore(server, { encryption: { keys: [NEW, OLD] } }),
  ];
  expect(await oldFirst.acquire('account', { ...asks, owner: 'a' })).toBe('leased');
  expect(await newFirst.acquire('account', { ...asks, owner: 'b' })).toEqual({ heldBy: 'a' });
  await oldFirst.release('account', 'a');
  expect(await newFirst.acquire('account', { ...asks, owner: 'b' })).toBe('leased');
  expect(await oldFirst.acquire('account', { ...asks, owner: 'a' })).toEqual({ heldBy: 'b' });
  const generation = await newFirst.save('account', TOKEN, 'b');
  expect(await oldFirst.acquire('account', asks)).toMatchObject({ value: TOKEN.value, generation });
  expect(await oldFirst.acquire('account', { ...asks, newerThan: generation! })).toBe('leased');
});

redisTest('rotation: of the tokens in both places the newest is given', async () => {
  const server = await startRedis();
  const [oldFirst, newFirst] = [
    await redisStore(server, { encryption: { keys: [OLD, NEW] } }),
    await redisStore(server, { encryption: { keys: [NEW, OLD] } }),
  ];
  for (const [i, store] of [oldFirst, newFirst, oldFirst].entries()) {
    await store.save('account', { ...TOKEN, value: `token-${i}` }, 'a');
    for (const each of [oldFirst, newFirst]) {
      expect(await each.acquire('account', asks)).toMatchObject({ value: `token-${i}` });
    }
    await sleep(5); // generations go by the millisecond
  }
});

redisTest('rotation: a fleet in the middle of it requests each token once', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const stores = [
    [OLD, NEW],
    [NEW, OLD],
    [OLD, NEW],
    [NEW, OLD],
  ].map(async (keys) => redisStore(server, { encryption: { keys } }));
  const fleet = await Promise.all(stores.map(async (store) => startReplica(vendor, { store: await store })));
  vendor.latencyMs = 100;
  const tokens = await Promise.all(fleet.map(({ call }) => call()));
  expect(new Set(tokens).size).toBe(1);
  expect(vendor.asks).toHaveLength(1);
  await fleet[0]!.client.tokens.refresh();
  vendor.tokens.delete(tokens[0]!);
  await Promise.all(fleet.map(({ call }) => call()));
  expect(vendor.asks).toHaveLength(2);
});

redisTest('a store with several keys is a right TokenStore', async () => {
  const store = await redisStore(await startRedis(), { encryption: { keys: [NEW, OLD] } });
  for (const { name, run } of tokenStoreChecks) {
    await run(() => store).catch((error: unknown) => expect.fail(`${name}: ${String(error)}`));
  }
});

redisTest('nobody without the encryption key can tell which credentials a name is of', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const given: string[] = [];
  const start = async (encryption: RedisTokenStoreOptions['encryption']) => {
    const store = await redisStore(server, { encryption });
    const acquire: TokenStore['acquire'] = async (key, request) => (given.push(key), store.acquire(key, request));
    await (await startReplica(vendor, { store: { ...bound(store), acquire } })).call();
    const names = (await server.command('KEYS', '*')) as string[];
    await server.command('FLUSHALL');
    return names;
  };
  const [mine, theirs, plain] = [await start({ keys: [OLD] }), await start({ keys: [NEW] }), await start('none')];
  const [digest] = given; // which somebody with a list of secrets can compute
  expect(new Set(given).size).toBe(1);
  expect(plain).toEqual([`nestjs-auth-apis:{${digest}}`]);
  expect(mine).toEqual([place(digest!, OLD.key)]);
  expect(theirs).toEqual([place(digest!, NEW.key)]);
});

redisTest('a key is the same as bytes, in base64 and in base64url', async () => {
  const server = await startRedis();
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => 0xff - i));
  const forms = [bytes, new Uint8Array(bytes), bytes.toString('base64'), bytes.toString('base64url')];
  const stores = await Promise.all(
    forms.map((key) => redisStore(server, { encryption: { keys: [{ kid: 'k', key }] } })),
  );
  await stores[0]!.save('account', TOKEN, 'a');
  for (const store of stores) expect(await store.acquire('account', asks)).toMatchObject({ value: TOKEN.value });
});

const RIGHT = {
  alg: 'dir',
  enc: 'A256GCM',
  kid: KEY.kid,
  place: place('account'),
  lifetimeMs: TOKEN.lifetimeMs,
};
const sealed = (header: Partial<typeof RIGHT>) =>
  new CompactEncrypt(new TextEncoder().encode('token'))
    .setProtectedHeader({ ...RIGHT, ...header })
    .encrypt(Buffer.from(KEY.key, 'base64'));

redisTest('a value that somebody with the key has made by the book is read', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('account', TOKEN, 'a');
  await server.command('HSET', place('account'), 'v', await sealed({}));
  expect(await store.acquire('account', asks)).toMatchObject({ value: 'token' });
});

redisTest('a token whose life somebody has prolonged in the Redis is a miss', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('account', TOKEN, 'a');
  await server.command('HSET', place('account'), 'l', '31536000000');
  await server.command('PERSIST', place('account'));
  expect(await store.acquire('account', asks)).toBe('leased');
  expect(await store.save('account', { ...TOKEN, value: 'the next' }, 'b')).toBeTypeOf('number');
  expect(await store.acquire('account', asks)).toMatchObject({ value: 'the next', lifetimeMs: TOKEN.lifetimeMs });
});

const damages: Record<string, (value: string) => string | Promise<string>> = {
  'cut off': (value) => value.slice(0, -10),
  'changed in one character': (value) => value.slice(0, -30) + (value.at(-30) === 'A' ? 'B' : 'A') + value.slice(-29),
  empty: () => '',
  'no JWE': () => 'token-in-the-clear',
  'made for no place': () => sealed({ place: undefined }),
  'made for no life': () => sealed({ lifetimeMs: undefined }),
  'made without a kid': () => sealed({ kid: undefined }),
  'made with an algorithm of somebody’s choice': () => sealed({ alg: 'A256KW' }),
  'made with a cipher of somebody’s choice': () => sealed({ alg: 'A256GCMKW', enc: 'A128GCM' }),
};

redisTest.for(Object.entries(damages))(
  'a value that is %s is a miss, and the next token goes over it',
  async ([, damage]) => {
    const server = await startRedis();
    const store = await redisStore(server);
    const generation = await store.save('account', TOKEN, 'a');
    const value = String(await server.command('HGET', place('account'), 'v'));
    await server.command('HSET', place('account'), 'v', await damage(value));
    expect(await store.acquire('account', asks)).toBe('leased');
    expect(await store.save('account', { ...TOKEN, value: 'the next' }, 'b')).toBeGreaterThan(generation!);
    expect(await store.acquire('account', asks)).toMatchObject({ value: 'the next' });
  },
);

redisTest.for(['g', 's', 'l', 'v'])('a kept token without its field %s is a miss', async (field) => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('account', TOKEN, 'a');
  await server.command('HDEL', place('account'), field);
  expect(await store.acquire('account', asks)).toBe('leased');
  expect(await store.save('account', TOKEN, 'b')).toBeGreaterThan(0);
  expect(await store.acquire('account', asks)).toMatchObject({ value: TOKEN.value });
});

redisTest('a damaged value costs the fleet one token, and no call', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3);
  await fleet[0]!.call();
  const [key] = (await server.command('KEYS', '*')) as string[];
  await server.command('HSET', key!, 'v', 'rubbish');
  vendor.latencyMs = 100;
  await Promise.all(fleet.map(({ call }) => call()));
  expect(vendor.asks).toHaveLength(2);
});

redisTest(
  'encryption that is off by name keeps tokens in the clear, and their owners out of sight all the same',
  async () => {
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    const store = await redisStore(server, { encryption: 'none' });
    const [replica] = await startFleet(server, vendor, 1, { store });
    const token = await replica!.call();
    const kept = await everythingIn(server);
    expect(kept).toContain(token);
    expect(kept).not.toContain(vendor.asks[0]!.key);
  },
);

redisTest('what was kept in the clear is a miss for those who encrypt', async () => {
  const server = await startRedis();
  await (await redisStore(server, { encryption: 'none' })).save('account', TOKEN, 'a');
  expect(await (await redisStore(server)).acquire('account', asks)).toBe('leased');
});
