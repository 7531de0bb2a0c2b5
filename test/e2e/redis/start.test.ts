import { createClient } from 'redis';
import { expect, onTestFinished } from 'vitest';
import { acmeVendor } from '../../support/acme.js';
import { sleep, timed } from '../../support/outcome.js';
import type { RedisServer } from '../../support/redis-server.js';
import { redisStore, redisTest, startRedis, startReplica } from '../../support/redis-server.js';

/** A store as the README makes it: nobody waits for its client's connection. */
async function storeOf({ url }: RedisServer) {
  const client = createClient({ url, socket: { reconnectStrategy: () => 50 } });
  client.on('error', () => undefined);
  void client.connect().catch(() => undefined);
  onTestFinished(() => client.destroy());
  return redisStore(undefined as never, { client });
}

redisTest('replicas that start before their clients have connected buy one token', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.latencyMs = 100;
  const start = async () =>
    startReplica(vendor, { store: await storeOf(server), options: { prefetch: 'await', storeTimeoutMs: 1_000 } });
  server.pause(); // connected, and not answered yet
  const starting = [start(), start(), start()];
  await sleep(300);
  server.resume();
  const fleet = await Promise.all(starting);
  expect(vendor.asks).toHaveLength(1);
  for (const { events } of fleet) expect(events.filter(({ type }) => type === 'storeUnavailable')).toEqual([]);
});

redisTest('an app starts without a Redis, is served at once, and shares when there is one', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  await server.kill();
  const fleet = [
    await startReplica(vendor, { store: await storeOf(server) }),
    await startReplica(vendor, { store: await storeOf(server) }),
  ];
  for (const { call, client } of fleet) {
    expect(await timed(call)).toBeLessThan(1_000);
    expect(client.tokens.status().store).toBe('down');
  }
  await sleep(1_000);
  expect(await timed(() => fleet[0]!.client.tokens.refresh())).toBeLessThan(200);
  await server.restart();
  await sleep(300);
  const before = vendor.asks.length;
  for (const { client } of fleet) await client.tokens.refresh();
  expect(vendor.asks).toHaveLength(before + 1);
  for (const { client } of fleet) expect(client.tokens.status().store).toBe('up');
});
