import type { AuthApisOptions } from 'nestjs-auth-apis';
import { VerbitClient } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect } from 'vitest';
import { startApp } from '../../support/app.js';
import type { AcmeAccounts, AcmeVendor } from '../../support/acme.js';
import { acme, acmeVendor, keyOf, lookingUp, oneAccount } from '../../support/acme.js';
import type { RedisServer, Replica } from '../../support/redis-server.js';
import { redisStore, redisTest, startRedis, startReplica } from '../../support/redis-server.js';
import { fakeVerbit, verbitAccount } from '../../support/vendors.js';

/** Replicas that are configured differently. */
async function replicasOf(
  server: RedisServer,
  vendor: AcmeVendor,
  ...accounts: ((vendor: AcmeVendor) => AcmeAccounts)[]
): Promise<Replica[]> {
  const start = async (each: (vendor: AcmeVendor) => AcmeAccounts): Promise<Replica> =>
    startReplica(vendor, { store: await redisStore(server), accounts: each });
  return Promise.all(accounts.map(start));
}

redisTest.for<[string, Parameters<typeof oneAccount>[0], Parameters<typeof oneAccount>[0]]>([
  ['keys', {}, { appKey: 'another-key' }],
  ['ids', {}, { appId: 'somebody-else' }],
  ['parameters', { region: 'eu' }, { region: 'us' }],
  ['settings', { tier: 'free' }, { tier: 'paid' }],
  ['texts', { unit: 'a' }, { unit: 'b' }],
])('accounts with other %s never share a token', async ([, one, other]) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.keys = (id) => [keyOf(id), 'another-key', keyOf('me')];
  const [first, second] = await replicasOf(server, vendor, oneAccount(one), oneAccount(other));
  const tokens = [await first!.client.tokens.get(), await second!.client.tokens.get()];
  expect(vendor.asks).toHaveLength(2);
  expect(tokens[0]!.value).not.toBe(tokens[1]!.value);
});

redisTest('accounts of other names never share a token, even with the same key', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const both = ({ baseURL }: AcmeVendor): AcmeAccounts => [
    { baseURL, appId: 'me', appKey: keyOf('me') },
    { baseURL, name: 'other', appId: 'me', appKey: keyOf('me') },
  ];
  const replicas = await replicasOf(server, vendor, both, both);
  for (const { apis, client } of replicas) {
    expect((await apis.client(acme, 'other').tokens.get()).value).not.toBe((await client.tokens.get()).value);
  }
  expect(vendor.asks).toHaveLength(2);
});

redisTest('accounts at other vendors’ hosts never share a token', async () => {
  const [server, here, there] = [await startRedis(), await acmeVendor(), await acmeVendor()];
  const [first] = await replicasOf(server, here, oneAccount());
  const [second] = await replicasOf(server, there, oneAccount());
  await first!.call();
  await second!.call();
  expect([here.asks.length, there.asks.length]).toEqual([1, 1]);
});

redisTest('a pair of keys is the same whichever comes first', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const pair = (...appKey: [string, string]) => oneAccount({ appKey });
  const [first, second] = await replicasOf(server, vendor, pair(keyOf('me'), 'next'), pair('next', keyOf('me')));
  expect(await first!.call()).toBe(await second!.call());
  expect(vendor.asks).toHaveLength(1);
});

redisTest('a key given as a function is the same as one that is written down', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await replicasOf(
    server,
    vendor,
    oneAccount(),
    oneAccount({ appKey: async () => keyOf('me') }),
  );
  expect(await first!.call()).toBe(await second!.call());
  expect(vendor.asks).toHaveLength(1);
});

redisTest('a rotated key is another account: nobody gets the token that the old one bought', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.keys = () => ['old', 'new'];
  let key = 'old';
  const accounts = oneAccount({ appKey: async () => key });
  const [first, second] = await replicasOf(server, vendor, accounts, accounts);
  const old = await first!.call();
  key = 'new';
  expect(await second!.call()).not.toBe(old);
  expect(vendor.asks.map((ask) => ask.key)).toEqual(['old', 'new']);
});

redisTest('accounts that are looked up share with themselves in other replicas, and with no others', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const replicas = await replicasOf(server, vendor, lookingUp(), lookingUp());
  for (const { client } of replicas) {
    for (const id of ['a', 'b'])
      expect((await client.for(id).tokens.get()).value).toContain(Buffer.from(id).toString('hex'));
  }
  expect(vendor.asks.map(({ id }) => id)).toEqual(['a', 'b']);
});

redisTest('a looked-up account whose token was found in the store is no newcomer', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const start = async (clock?: ManualClock) =>
    startReplica(vendor, { store: await redisStore(server), accounts: lookingUp(), options: { clock } });
  await (await start()).client.for('t-1').tokens.get();
  const clock = new ManualClock();
  const second = await start(clock);
  await second.client.for('t-1').tokens.get();
  await clock.advance(11 * 60_000); // NEWCOMER_IDLE_MS is ten minutes
  expect(second.events.filter(({ type }) => type === 'accountEvicted')).toEqual([]);
});

redisTest('tokens with other parameters are others, and shared each for itself', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const replicas = await replicasOf(server, vendor, lookingUp(), lookingUp());
  const params = [{}, { region: 'eu' }, { region: 'us' }, { region: 'eu', user: 'u' }];
  const found: string[][] = [];
  for (const { client } of replicas) {
    const values: string[] = [];
    for (const each of params) values.push((await client.for('a', each).tokens.get()).value);
    found.push(values);
  }
  expect(new Set(found[0]).size).toBe(4);
  expect(found[1]).toEqual(found[0]);
  expect(vendor.asks).toHaveLength(4);
});

redisTest('what an id is resolved to decides: ids of two customers with other keys never share', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.keys = () => ['one', 'two'];
  const resolving = (appKey: string) => lookingUp({ resolve: (id) => ({ appId: id, appKey }) });
  const [first, second] = await replicasOf(server, vendor, resolving('one'), resolving('two'));
  await first!.client.for('a').tokens.get();
  await second!.client.for('a').tokens.get();
  expect(vendor.asks).toHaveLength(2);
});

redisTest('an account that cannot be told costs no Redis, and tells why', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await replicasOf(server, vendor, lookingUp({ resolve: () => undefined }));
  await server.command('CONFIG', 'RESETSTAT');
  await expect(replica!.client.for('a').tokens.get()).rejects.toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
  expect(await server.calls('eval')).toBe(0);
});

redisTest('apps with other prefixes do not share', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  for (const prefix of ['one', 'two', 'one']) {
    await (await startReplica(vendor, { store: await redisStore(server, { prefix }) })).call();
  }
  expect(vendor.asks).toHaveLength(2);
});

redisTest('the tokens of a built-in vendor are shared as well, and live as long as they say', async () => {
  const [server, vendor] = [await startRedis(), await fakeVerbit()];
  const start = async (options: AuthApisOptions = {}) => {
    const store = await redisStore(server);
    return startApp({ prefetch: 'none', verbit: verbitAccount(vendor), store, ...options });
  };
  const ends: number[] = [];
  for (const app of [await start(), await start(), await start()]) {
    const { tokens } = app.get(VerbitClient);
    await tokens.get();
    ends.push(tokens.status().expiresAt!);
  }
  expect(vendor.counters.tokenRequests).toBe(1);
  expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(100);
});
