import type { TokenStore } from 'nestjs-auth-apis';
import { tokenStoreChecks } from 'nestjs-auth-apis/testing';
import { createClient, RESP_TYPES } from 'redis';
import { expect, onTestFinished } from 'vitest';
import type { RedisClientKind } from '../../support/redis-server.js';
import {
  clientKinds,
  placeOf,
  plainKinds,
  redisClients,
  redisStore,
  redisTest,
  startRedis,
  startRedisCluster,
} from '../../support/redis-server.js';

const isPlain = (kind: RedisClientKind): boolean => plainKinds.some((each) => each === kind);
const serverFor = (kind: RedisClientKind) => (isPlain(kind) ? startRedis() : startRedisCluster());

/** Each on keys of its own, so all at once. */
async function brokenPromises(store: TokenStore): Promise<string[]> {
  const problems = await Promise.all(
    tokenStoreChecks.map(({ name, run }) =>
      run(() => store).then(
        () => [],
        (error: unknown) => [`${name}: ${String(error)}`],
      ),
    ),
  );
  return problems.flat();
}

redisTest.for(clientKinds)('a RedisTokenStore with %s is a right TokenStore', async (kind) => {
  const server = await serverFor(kind);
  expect(await brokenPromises(await redisStore(server, {}, kind))).toEqual([]);
});

redisTest('a RedisTokenStore without encryption is a right TokenStore', async () => {
  expect(await brokenPromises(await redisStore(await startRedis(), { encryption: 'none' }))).toEqual([]);
});

redisTest('a RedisTokenStore whose client gives bytes is a right TokenStore', async () => {
  const server = await startRedis();
  const client = createClient({ url: server.url });
  client.on('error', () => {});
  onTestFinished(() => client.destroy());
  await client.connect();
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer });
  expect(await brokenPromises(await redisStore(server, { client: bytes }))).toEqual([]);
});

redisTest('stores with clients of all kinds share what they keep', async () => {
  const server = await startRedisCluster();
  const stores = [];
  for (const kind of ['a node-redis cluster', 'an ioredis Cluster', 'node-redis', 'ioredis'] as const) {
    stores.push(await redisStore(server, {}, kind));
  }
  for (const [i, store] of stores.entries()) {
    const key = `key-${i}`;
    const value = `token-${i}`;
    await store.save(key, { value, lifetimeMs: 60_000, ageMs: 0 }, 'a');
    for (const other of stores) {
      expect(await other.acquire(key, { newerThan: 0, owner: 'b', leaseMs: 1_000 })).toMatchObject({ value });
    }
  }
});

redisTest('both keys of an account lie in one slot of a cluster, and accounts in different ones', async () => {
  const server = await startRedisCluster();
  const store = await redisStore(server, {}, 'ioredis');
  const slots = new Set<unknown>();
  for (const account of ['a', 'b', 'c']) {
    await store.save(account, { value: 'token', lifetimeMs: 60_000, ageMs: 0 }, 'a');
    await store.acquire(account, { newerThan: Number.MAX_SAFE_INTEGER, owner: 'a', leaseMs: 1_000 });
    const keys = (await server.command('KEYS', `${placeOf(account)}*`)) as string[];
    expect(keys).toHaveLength(2);
    const places = await Promise.all(keys.map((key) => server.command('CLUSTER', 'KEYSLOT', key)));
    expect(new Set(places).size).toBe(1);
    slots.add(places[0]);
  }
  expect(slots.size).toBe(3);
});

redisTest('what is kept ends with the token, and the lease with its time', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('account', { value: 'token', lifetimeMs: 60_000, ageMs: 20_000 }, 'a');
  await store.acquire('account', { newerThan: Number.MAX_SAFE_INTEGER, owner: 'a', leaseMs: 6_000 });
  const keys = (await server.command('KEYS', '*')) as string[];
  const ttls = await Promise.all(keys.toSorted().map((key) => server.command('PTTL', key)));
  expect(ttls.map((ttl) => Math.ceil(Number(ttl) / 1_000))).toEqual([40, 6]);
});

redisTest.for(clientKinds)('it asks %s for nothing but its one script', async (kind) => {
  const server = await serverFor(kind);
  const client = await redisClients[kind](server);
  const store = await redisStore(server, { client });
  await store.release('account', 'a');
  await server.command('CONFIG', 'RESETSTAT');
  await store.acquire('account', { newerThan: 0, owner: 'a', leaseMs: 1_000 });
  await store.save('account', { value: 'token', lifetimeMs: 60_000, ageMs: 0 }, 'a');
  await store.release('account', 'a');
  expect(await server.calls('eval')).toBe(3);
});
