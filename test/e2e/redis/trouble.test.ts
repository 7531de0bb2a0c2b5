import type { TokenStore } from 'nestjs-auth-apis';
import { expect, onTestFinished } from 'vitest';
import type { AcmeVendor } from '../../support/acme.js';
import { acmeVendor } from '../../support/acme.js';
import { sleep, timed, until } from '../../support/outcome.js';
import type { RedisServer, Replica } from '../../support/redis-server.js';
import { plainKinds, redisStore, redisTest, startFleet, startRedis, startReplica } from '../../support/redis-server.js';

const kindsOf = ({ events }: Replica): string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith('store'));

/** The key of the one account that there is. */
async function placeIn(server: RedisServer): Promise<string> {
  const keys = (await server.command('KEYS', '*')) as string[];
  expect(keys).toHaveLength(1);
  return keys[0]!;
}

/** Each buys its own token, once, and is served from memory after that. */
async function expectOwnTokens(fleet: readonly Replica[], vendor: AcmeVendor, before = 0): Promise<void> {
  await Promise.all(fleet.flatMap(({ call }) => Array.from({ length: 10 }, call)));
  expect(vendor.asks).toHaveLength(before + fleet.length);
  await Promise.all(fleet.map(({ call }) => call()));
  expect(vendor.asks).toHaveLength(before + fleet.length);
}

redisTest.for(plainKinds)('refused connections: calls go on, with %s', async (kind) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3, { kind });
  await server.kill();
  await sleep(50);
  expect(await timed(() => expectOwnTokens(fleet, vendor))).toBeLessThan(1_500);
  for (const replica of fleet) {
    expect(kindsOf(replica)).toEqual(['storeUnavailable']);
    expect(replica.client.tokens.status().store).toBe('down');
  }
});

redisTest.for(plainKinds)('Redis back again, empty: replicas share again, with %s', async (kind) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3, { kind, options: { tokenRequestTimeoutMs: 300 } });
  await Promise.all(fleet.map(({ call }) => call()));
  await server.kill();
  await sleep(50);
  await Promise.all(fleet.map(({ client }) => client.tokens.refresh()));
  expect(vendor.asks).toHaveLength(1 + 3);
  await server.restart();
  await sleep(300);
  for (const { client } of fleet) await client.tokens.refresh();
  expect(vendor.asks).toHaveLength(4 + 1);
  for (const replica of fleet) {
    expect(kindsOf(replica)).toEqual(['storeUnavailable', 'storeAvailable']);
    expect(replica.client.tokens.status().store).toBe('up');
  }
  expect(new Set(fleet.map(({ client }) => client.tokens.peek()?.value)).size).toBe(1);
});

redisTest('an emptied Redis goes on with a later generation: nobody takes an old token for a new one', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2);
  await first!.call();
  await second!.call();
  const before = Number(await server.command('HGET', await placeIn(server), 'g'));
  await server.command('FLUSHALL');
  await first!.client.tokens.refresh();
  expect(Number(await server.command('HGET', await placeIn(server), 'g'))).toBeGreaterThan(before);
  await second!.client.tokens.refresh();
  expect(vendor.asks).toHaveLength(2);
  expect(second!.client.tokens.peek()?.value).toBe(first!.client.tokens.peek()?.value);
});

redisTest.for(plainKinds)(
  'killed while a token request is under way: it still serves all calls, with %s',
  async (kind) => {
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    vendor.latencyMs = 300;
    const fleet = await startFleet(server, vendor, 3, { kind });
    const calls = fleet.flatMap(({ call }) => Array.from({ length: 10 }, call));
    await until(() => vendor.asks.length === 1);
    await server.kill();
    await Promise.all(calls);
    expect(vendor.asks.length).toBeLessThanOrEqual(3);
  },
);

redisTest.for(plainKinds)('paused: no operation takes longer than storeTimeoutMs, with %s', async (kind) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3, { kind, options: { storeTimeoutMs: 200 } });
  server.pause();
  // Looking for a token; then it is written nowhere, and nobody waits.
  const took = await timed(() => expectOwnTokens(fleet, vendor));
  expect(took).toBeGreaterThan(190);
  expect(took).toBeLessThan(700);
  for (const replica of fleet) expect(kindsOf(replica)).toEqual(['storeUnavailable']);
  server.resume();
  await sleep(100);
  for (const { client } of fleet) await client.tokens.refresh();
  expect(vendor.asks).toHaveLength(3 + 1);
  for (const replica of fleet) expect(kindsOf(replica)).toEqual(['storeUnavailable', 'storeAvailable']);
});

redisTest('paused while the token is written: it is given out in time all the same', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1, { options: { storeTimeoutMs: 200 } });
  vendor.intercept = () => (server.pause(), false);
  expect(await timed(() => replica!.call())).toBeLessThan(600);
  expect(vendor.asks).toHaveLength(1);
  expect(kindsOf(replica!)).toEqual(['storeUnavailable']);
});

redisTest('a lease taken by a request that nobody waited for is not left behind', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2, { options: { storeTimeoutMs: 100 } });
  server.pause();
  await first!.call();
  await sleep(150);
  server.resume();
  expect(await timed(() => second!.call())).toBeLessThan(600);
  expect(vendor.asks).toHaveLength(2);
});

redisTest('a wrong type at the key: calls go on, and it heals when the key is gone', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3);
  await fleet[0]!.call();
  const place = await placeIn(server);
  await server.command('SET', place, 'something else');
  await Promise.all(fleet.map(({ client }) => client.tokens.refresh()));
  expect(vendor.asks).toHaveLength(1 + 3);
  await server.command('DEL', place);
  for (const { client } of fleet) await client.tokens.refresh();
  expect(vendor.asks).toHaveLength(4 + 1);
});

redisTest('a wrong type at the lease: nobody waits longer than a lease', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3, { options: { tokenRequestTimeoutMs: 200 } });
  await fleet[0]!.call();
  await server.command('SADD', `${await placeIn(server)}:lease`, 'something else');
  const took = await timed(() => Promise.all(fleet.map(({ client }) => client.tokens.refresh())));
  expect(took).toBeLessThan(1_200 + 500);
  expect(vendor.asks.length).toBeLessThanOrEqual(1 + 3);
});

async function replicaOf(server: RedisServer): Promise<RedisServer> {
  const copy = await startRedis('--replicaof', '127.0.0.1', String(server.port), '--repl-diskless-load', 'swapdb');
  while (!String(await copy.command('INFO', 'replication')).includes('master_link_status:up')) await sleep(20);
  return copy;
}

redisTest('a read-only replica: living tokens are found there, and new ones are everybody’s own', async () => {
  const [server, vendor] = [await startRedis('--repl-diskless-sync-delay', '0'), await acmeVendor()];
  const copy = await replicaOf(server);
  const [writer] = await startFleet(server, vendor, 1);
  const readers = await startFleet(copy, vendor, 3);
  await writer!.call();
  await server.command('WAIT', '1', '5000');
  await Promise.all(readers.map(({ call }) => call()));
  expect(vendor.asks).toHaveLength(1);
  await Promise.all(readers.map(({ client }) => client.tokens.refresh()));
  expect(vendor.asks).toHaveLength(1 + 3);
  await copy.command('REPLICAOF', 'NO', 'ONE');
  for (const { client } of readers) await client.tokens.refresh();
  expect(vendor.asks).toHaveLength(4 + 1);
});

redisTest('out of memory: calls go on, and it heals when there is some', async () => {
  const [server, vendor] = [await startRedis('--maxmemory-policy', 'noeviction'), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3, { options: { storeTimeoutMs: 2_000 } });
  await server.command('CONFIG', 'SET', 'maxmemory', '100kb');
  await expectOwnTokens(fleet, vendor);
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  for (const { client } of fleet) await client.tokens.refresh();
  expect(vendor.asks).toHaveLength(3 + 1);
});

/** Takes the lease of the one account there is, as a replica does that dies then. */
async function deadHolder(server: RedisServer, vendor: AcmeVendor, leaseMs: number): Promise<void> {
  const asked = vendor.asks.length;
  let key = '';
  const store = await redisStore(server);
  const spy: TokenStore = {
    acquire: async (called) => ((key = called), { heldBy: 'somebody' }),
    save: async () => undefined,
    release: async () => {},
  };
  const { call } = await startReplica(vendor, {
    store: spy,
    options: { tokenRequestTimeoutMs: 1, tokenWaitTimeoutMs: 1 },
  });
  await call().catch(() => {});
  expect(await store.acquire(key, { newerThan: 0, owner: 'dead', leaseMs })).toBe('leased');
  expect(vendor.asks).toHaveLength(asked);
}

redisTest('a lease holder that dies: another takes over after the lease, and the rest waits for that one', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  await deadHolder(server, vendor, 1_000);
  vendor.latencyMs = 50;
  const fleet = await startFleet(server, vendor, 4, { options: { tokenRequestTimeoutMs: 1_000 } });
  const took = await timed(() => Promise.all(fleet.flatMap(({ call }) => Array.from({ length: 5 }, call))));
  expect(took).toBeGreaterThan(600);
  expect(took).toBeLessThan(2_000);
  expect(vendor.asks).toHaveLength(1);
});

redisTest('a lease that never ends holds nobody up for longer than a lease', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  await deadHolder(server, vendor, 3_600_000);
  const fleet = await startFleet(server, vendor, 3, { options: { tokenRequestTimeoutMs: 300 } });
  const took = await timed(() => Promise.all(fleet.map(({ call }) => call())));
  expect(took).toBeGreaterThan(1_250);
  expect(took).toBeLessThan(1_300 + 300);
  expect(vendor.asks).toHaveLength(3);
});

redisTest('a holder that the vendor refuses leaves the lease to the next at once', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  let refusals = 0;
  vendor.intercept = (_, response) => {
    if (refusals++ > 0) return false;
    response.writeHead(503).end();
    return true;
  };
  const fleet = await startFleet(server, vendor, 2);
  const took = await timed(() => Promise.all(fleet.map(({ call }) => call())));
  expect(took).toBeLessThan(1_500);
  expect(vendor.asks).toHaveLength(2);
});

redisTest('an app that is closed while it holds the lease gives it back', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [leaving, staying] = await startFleet(server, vendor, 2);
  vendor.intercept = () => vendor.asks.length === 1;
  const left = leaving!.call().catch(() => {});
  await until(() => vendor.asks.length === 1);
  await leaving!.app.close();
  await left;
  expect(await timed(() => staying!.call())).toBeLessThan(1_000);
  expect(vendor.asks).toHaveLength(2);
});

redisTest('a client that was never connected is passed by', async () => {
  const { createClient } = await import('redis');
  const client = createClient({ url: 'redis://127.0.0.1:1' });
  onTestFinished(() => void (client.isOpen && client.destroy()));
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1, { store: await redisStore(server, { client }) });
  expect(await timed(() => replica!.call())).toBeLessThan(500);
  expect(replica!.events.filter(({ type }) => type === 'storeUnavailable')).toMatchObject([
    { api: 'store', account: 'default', problem: expect.stringContaining('was connect() called?') as string },
  ]);
});

redisTest.for(plainKinds)('killed and restarted under load: no call fails, with %s', async (kind) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.seconds = 1;
  const options = { options: { storeTimeoutMs: 100, tokenRequestTimeoutMs: 500 } };
  const fleet = await startFleet(server, vendor, 3, { kind, ...options });
  const over = new AbortController();
  const failures: unknown[] = [];
  const load = fleet.map(async ({ call }) => {
    while (!over.signal.aborted) {
      await call().catch((error: unknown) => failures.push(error));
      await sleep(5);
    }
  });
  await sleep(500);
  await server.kill();
  await sleep(1_500);
  await server.restart();
  await sleep(1_500);
  over.abort();
  await Promise.all(load);
  expect(failures).toEqual([]);
  for (const { client } of fleet) expect(client.tokens.status().store).toBe('up');
  // Tokens are refreshed after 0.7 s at the earliest: six lives at most, of which each replica buys its own in the outage.
  expect(vendor.asks.length).toBeLessThanOrEqual(6 * 3);
});
