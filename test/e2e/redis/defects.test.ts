import type { TokenStore } from 'nestjs-auth-apis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { expect } from 'vitest';
import type { AcmeVendor } from '../../support/acme.js';
import { acmeVendor, json, keyOf, oneAccount } from '../../support/acme.js';
import { failureOf, sleep, timed, until } from '../../support/outcome.js';
import type { RedisServer, Replica } from '../../support/redis-server.js';
import {
  placeOf,
  plainKinds,
  redisStore,
  redisTest,
  startFleet,
  startRedis,
  startReplica,
} from '../../support/redis-server.js';

const endOf = ({ client }: Replica): number => client.tokens.status().expiresAt!;
const typesOf = ({ events }: Replica, start: string): string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith(start));

async function oneReplica(...args: string[]): Promise<[RedisServer, AcmeVendor, Replica]> {
  const [server, vendor] = [await startRedis(...args), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1);
  return [server, vendor, replica!];
}

async function twoReplicas(): Promise<[RedisServer, AcmeVendor, Replica, Replica]> {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2);
  return [server, vendor, first!, second!];
}

redisTest('after a revocation for all a replica that had not seen the newest token gives nobody a 401', async () => {
  const [, vendor, behind, ahead] = await twoReplicas();
  await behind.call();
  await ahead.call();
  await ahead.client.tokens.refresh();
  vendor.tokens.clear();
  const outcomes = [await behind.call().catch(String), await behind.call().catch(String)];
  expect(outcomes).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^acme-token/) as string));
});

redisTest('a token that was waited for is no older than it is', async () => {
  const [, vendor, first, second] = await twoReplicas();
  vendor.latencyMs = 1_500;
  await Promise.all([first.call(), second.call()]);
  expect(Math.abs(endOf(first) - endOf(second))).toBeLessThan(250);
});

redisTest('a token of a short life that was waited for is not taken for dead, and bought again', async () => {
  const [, vendor, first, second] = await twoReplicas();
  vendor.latencyMs = 1_200;
  vendor.seconds = 2;
  await Promise.all([first.call(), second.call()]);
  expect([...typesOf(first, 'tokenRequestFailed'), ...typesOf(second, 'tokenRequestFailed')]).toEqual([]);
  expect(vendor.asks).toHaveLength(1);
});

redisTest('a token whose saving was held up lives no longer for that', async () => {
  const [server, vendor, first, second] = await twoReplicas();
  vendor.intercept = () => (server.pause(), false);
  await first.call();
  await sleep(1_500);
  server.resume();
  await sleep(200);
  expect(await second.call()).toBe(await first.call());
  expect(endOf(second) - endOf(first)).toBeLessThan(250);
});

redisTest('a token that the vendor hands out again does not begin another life in the store', async () => {
  const [server, vendor, first, second] = await twoReplicas();
  const token = await first.call();
  await sleep(1_500);
  vendor.intercept = (_, response) => (json(response, 200, { access: token, seconds: vendor.seconds }), true);
  await first.client.tokens.refresh();
  expect(await second.call()).toBe(token);
  expect(endOf(second) - endOf(first)).toBeLessThan(250);
  expect(await server.calls('eval')).toBeGreaterThan(3);
});

redisTest('a refused token whose saving nobody confirmed is not taken over from the store', async () => {
  const [server, vendor, replica] = await oneReplica();
  vendor.intercept = () => (server.pause(), false);
  const old = await replica.call();
  server.resume();
  vendor.intercept = () => false;
  await sleep(200);
  vendor.tokens.delete(old);
  expect(await replica.call().catch(String)).toMatch(/^acme-token-2/);
  expect(vendor.refusedCalls).toHaveLength(1);
});

for (const kind of plainKinds) {
  redisTest(`a lease that was asked for while Redis went away holds nobody up when it is back, ${kind}`, async () => {
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    const leaving = await startFleet(server, vendor, 3, { kind });
    const [other] = await startFleet(server, vendor, 1);
    if (kind === 'ioredis')
      server.pause(); // it sends again what was not answered
    else await server.kill(); // what comes before it notices is kept, and sent when Redis is back
    const calls = leaving.map(({ call }) => call());
    await sleep(20);
    await server.kill();
    await Promise.all(calls);
    await server.restart();
    await sleep(500);
    expect(await timed(() => other!.call())).toBeLessThan(1_000);
  });
}

const troubles: Record<string, (server: RedisServer) => Promise<unknown>> = {
  'a wrong type at the key': async (server) => {
    const [place] = (await server.command('KEYS', '*')) as string[];
    return server.command('SET', place!, 'something else');
  },
  'out of memory': (server) => server.command('CONFIG', 'SET', 'maxmemory', '100kb'),
  'a read-only replica': (server) => server.command('REPLICAOF', '127.0.0.1', '1'),
};

for (const [trouble, begin] of Object.entries(troubles)) {
  redisTest(`${trouble} is told once, and seen in the status`, async () => {
    const [server, , replica] = await oneReplica('--maxmemory-policy', 'noeviction');
    await replica.call();
    await begin(server);
    for (let i = 0; i < 3; i++) await replica.client.tokens.refresh();
    await sleep(100);
    expect(replica.client.tokens.status().store).toBe('down');
    expect(typesOf(replica, 'store')).toEqual(['storeUnavailable']);
  });
}

redisTest('a token that must live long is bought when that in the store does not', async () => {
  const [, vendor, first, second] = await twoReplicas();
  vendor.seconds = 4;
  await first.call();
  await sleep(1_000);
  const { expiresAt } = await second.client.tokens.get({ minRemainingMs: 3_500 });
  expect(expiresAt - Date.now()).toBeGreaterThan(3_400);
});

redisTest('a secret that hangs is noticed after tokenRequestTimeoutMs', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const replica = await startReplica(vendor, {
    store: await redisStore(server),
    accounts: oneAccount({ appKey: () => new Promise<string>(() => {}) }),
    options: { tokenRequestTimeoutMs: 300 },
  });
  const took = timed(() => until(() => typesOf(replica, 'tokenRequestFailed').length > 0));
  await failureOf(replica.client.tokens.refresh());
  expect(await took).toBeLessThan(600);
});

redisTest('a secret, or an account, is read once an attempt', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  let reads = 0;
  const accounts = oneAccount({ appKey: async () => (reads++, keyOf('me')) });
  await (await startReplica(vendor, { store: await redisStore(server), accounts })).call();
  expect(reads).toBe(1);
});

redisTest('after a rotation the token that others have bought with the new key is found', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.keys = () => ['old', 'new'];
  let key = 'new';
  const start = async () =>
    startReplica(vendor, { store: await redisStore(server), accounts: oneAccount({ appKey: async () => key }) });
  const [early, late] = [await start(), await start()];
  await early.call();
  key = 'old';
  await late.call();
  key = 'new';
  await late.client.tokens.refresh();
  expect(vendor.asks.map((ask) => ask.key)).toEqual(['new', 'old']);
});

redisTest('a token that dies on its way from the store is no failure of the vendor', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.seconds = 0.5;
  const [first] = await startFleet(server, vendor, 1);
  const store = await redisStore(server);
  const slow: TokenStore = {
    acquire: async (key, request) => {
      const found = await store.acquire(key, request);
      if (found !== 'leased') await sleep(200);
      return found;
    },
    save: (...args) => store.save(...args),
    release: (...args) => store.release(...args),
  };
  const second = await startReplica(vendor, { store: slow });
  await first!.call();
  await sleep(350);
  await second.call();
  expect(typesOf(second, 'tokenRequestFailed')).toEqual([]);
});

redisTest('a clock of Redis that steps back prolongs no token, and keeps no new one out', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  const token = { value: 'token', lifetimeMs: 60_000, ageMs: 0 };
  await store.save('k', token, 'a');
  const place = placeOf('k');
  await server.command('HINCRBY', place, 's', '600000'); // as if the token had been saved by a clock ten minutes ahead
  const found = await store.acquire('k', { newerThan: 0, owner: 'b', leaseMs: 1_000 });
  if (typeof found === 'object' && 'value' in found) expect(found.ageMs).toBeGreaterThanOrEqual(0);
  expect(await store.save('k', token, 'b')).toBeTypeOf('number');
});

redisTest('a kept token without its value is a miss also where nothing is encrypted', async () => {
  const server = await startRedis();
  const store = await redisStore(server, { encryption: 'none' });
  await store.save('k', { value: 'token', lifetimeMs: 60_000, ageMs: 0 }, 'a');
  await server.command('HDEL', 'nestjs-auth-apis:{k}', 'v');
  expect(await store.acquire('k', { newerThan: 0, owner: 'b', leaseMs: 1_000 })).toBe('leased');
});

redisTest('a life without an end leaves no key without an end', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('k', { value: 'token', lifetimeMs: Infinity, ageMs: 0 }, 'a').catch(() => {});
  expect(await server.command('PTTL', placeOf('k'))).not.toBe(-1);
});

redisTest('options that are not there at all are refused with what to do', async () => {
  const make = (options: unknown) => () => new RedisTokenStore(options as never);
  expect(make(undefined)).toThrow(/RedisTokenStore: /);
  expect(make({ client: { eval: () => {} }, encryption: { keys: [undefined] } })).toThrow(/RedisTokenStore: /);
});
