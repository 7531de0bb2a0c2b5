import { firstValueFrom } from 'rxjs';
import { describe, expect } from 'vitest';
import { acmeVendor } from '../../support/acme.js';
import { until } from '../../support/outcome.js';
import {
  clientKinds,
  plainKinds,
  redisTest,
  startFleet,
  startRedis,
  startRedisCluster,
} from '../../support/redis-server.js';

const sourcesOf = (events: readonly { type: string }[]): unknown[] =>
  events.flatMap((event) => ('source' in event ? [event.source] : []));

describe.each(clientKinds)('with %s', (kind) => {
  redisTest('replicas that start cold at once buy one token', async () => {
    const server = await (plainKinds.some((each) => each === kind) ? startRedis() : startRedisCluster());
    const vendor = await acmeVendor();
    vendor.latencyMs = 100;
    const fleet = await startFleet(server, vendor, 4, { kind });
    const tokens = await Promise.all(fleet.flatMap(({ call }) => Array.from({ length: 25 }, call)));
    expect(vendor.asks).toHaveLength(1);
    expect(new Set(tokens)).toEqual(new Set(vendor.tokens.keys()));
  });
});

redisTest('a replica that starts finds the token there', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2);
  const token = await first!.call();
  expect(await second!.call()).toBe(token);
  expect(vendor.asks).toHaveLength(1);
  expect([sourcesOf(first!.events), sourcesOf(second!.events)]).toEqual([['vendor'], ['store']]);
});

redisTest('a replica that fetches its tokens at its start finds them there as well', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  await startFleet(server, vendor, 5, { options: { prefetch: 'await' } });
  expect(vendor.asks).toHaveLength(1);
});

redisTest('when a token expires the fleet buys one', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.seconds = 0.6;
  vendor.diesAfterMs = 600;
  const fleet = await startFleet(server, vendor, 4);
  await Promise.all(fleet.map(({ call }) => call()));
  await new Promise((resolve) => setTimeout(resolve, 650));
  vendor.seconds = 60;
  vendor.diesAfterMs = Infinity;
  const tokens = await Promise.all(fleet.flatMap(({ call }) => [call(), call()]));
  expect(vendor.asks).toHaveLength(2);
  expect(new Set(tokens).size).toBe(1);
  expect(vendor.refusedCalls).toHaveLength(0);
});

redisTest('a due refresh takes over what another replica has bought', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2);
  await first!.call();
  await second!.call();
  await first!.client.tokens.refresh();
  await second!.client.tokens.refresh();
  expect(vendor.asks).toHaveLength(2);
  expect(second!.client.tokens.peek()?.value).toBe(first!.client.tokens.peek()?.value);
  expect(sourcesOf(second!.events)).toEqual(['store', 'store']);
});

redisTest('schedulers of a fleet buy one token a life', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.seconds = 2;
  const fleet = await startFleet(server, vendor, 4, { options: { prefetch: 'background' } });
  await until(() => fleet.every(({ events }) => sourcesOf(events).length >= 3));
  expect(vendor.asks).toHaveLength(3);
  expect(vendor.mostAtOnce).toBe(1);
});

redisTest('after a revocation for all the fleet buys one token', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 4);
  const [old] = await Promise.all(fleet.map(({ call }) => call()));
  vendor.tokens.delete(old!);
  vendor.latencyMs = 100;
  const tokens = await Promise.all(fleet.flatMap(({ call }) => Array.from({ length: 10 }, call)));
  expect(vendor.asks).toHaveLength(2);
  expect(new Set(tokens)).toEqual(new Set(vendor.tokens.keys()));
});

redisTest('a late 401 never throws away the token that another replica has just bought', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [late, quick] = await startFleet(server, vendor, 2);
  const old = await late!.call();
  await quick!.call();
  vendor.tokens.delete(old);
  const fresh = await quick!.call();
  expect(vendor.asks).toHaveLength(2);
  expect(await late!.call()).toBe(fresh);
  expect(await quick!.call()).toBe(fresh);
  expect(quick!.client.tokens.status().counters.tokensRejected).toBe(1);
  expect(vendor.asks).toHaveLength(2);
});

redisTest('equal tokens are not refreshed at the same second', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 20);
  await Promise.all(fleet.map(({ call }) => call()));
  expect(vendor.asks).toHaveLength(1);
  const statuses = fleet.map(({ client }) => client.tokens.status());
  const refreshes = statuses.map(({ refreshesAt }) => refreshesAt!);
  const ends = statuses.map(({ expiresAt }) => expiresAt!);
  expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(1_000);
  // Of half an hour's life: over 3 minutes.
  expect(new Set(refreshes.map((at) => Math.floor(at / 1_000))).size).toBeGreaterThan(15);
  expect(Math.max(...refreshes) - Math.min(...refreshes)).toBeGreaterThan(60_000);
  expect(Math.max(...refreshes) - Math.min(...refreshes)).toBeLessThan(181_000);
});

redisTest('without a store nothing touches Redis, and each replica buys its own token', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 2, { store: undefined });
  await server.command('CONFIG', 'RESETSTAT');
  await Promise.all(fleet.map(({ call }) => call()));
  expect(vendor.asks).toHaveLength(2);
  expect(await server.calls('eval')).toBe(0);
  expect(fleet[0]!.client.tokens.status()).not.toHaveProperty('store');
});

redisTest('calls whose token is in memory never touch Redis', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1);
  await replica!.call();
  await until(() => sourcesOf(replica!.events).length === 1);
  await server.command('CONFIG', 'RESETSTAT');
  for (let i = 0; i < 100; i++) await firstValueFrom(replica!.client.get('/x'));
  expect(await server.calls('eval')).toBe(0);
});

redisTest('a first token is two steps of Redis, one that is found is one', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2);
  await server.command('CONFIG', 'RESETSTAT');
  await first!.call();
  expect(await server.calls('eval')).toBe(2);
  await second!.call();
  expect(await server.calls('eval')).toBe(3);
});
