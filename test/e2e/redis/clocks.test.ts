import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect } from 'vitest';
import { acmeVendor } from '../../support/acme.js';
import { sleep } from '../../support/outcome.js';
import type { RedisServer, Replica } from '../../support/redis-server.js';
import { redisStore, redisTest, startRedis, startReplica } from '../../support/redis-server.js';
import type { AcmeVendor } from '../../support/acme.js';

const MINUTE = 60_000;

interface Clocked extends Replica {
  readonly clock: ManualClock;
}

/** A replica whose wall clock is wrong by so much. */
async function replicaOff(server: RedisServer, vendor: AcmeVendor, byMs: number): Promise<Clocked> {
  const clock = new ManualClock(Date.now() + byMs);
  const replica = await startReplica(vendor, { store: await redisStore(server), options: { clock } });
  return { ...replica, clock };
}

/** How much longer its token lives, by its own clock. */
const leftOf = ({ client, clock }: Clocked): number => client.tokens.status().expiresAt! - clock.wallNow();

redisTest.for([
  ['the buyer’s clock is five minutes ahead', 5 * MINUTE, 0],
  ['the buyer’s clock is five minutes behind', -5 * MINUTE, 0],
  ['the other’s clock is five minutes ahead', 0, 5 * MINUTE],
  ['the other’s clock is five minutes behind', 0, -5 * MINUTE],
  ['they are a day apart', -12 * 60 * MINUTE, 12 * 60 * MINUTE],
] as const)('%s: a token lives as long for both', async ([, buyers, others]) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.seconds = 120;
  const buyer = await replicaOff(server, vendor, buyers);
  const other = await replicaOff(server, vendor, others);
  await buyer.call();
  expect(await other.call()).toBe(await buyer.call());
  expect(vendor.asks).toHaveLength(1);
  vendor.intercept = (_, response) => (response.writeHead(503).end(), true);
  for (const each of [buyer, other]) {
    expect(leftOf(each)).toBeGreaterThan(119_000);
    expect(leftOf(each)).toBeLessThanOrEqual(120_000);
    expect(each.client.tokens.status().state).toBe('fresh');
    await each.clock.advance(118_900);
    expect(each.client.tokens.peek()).toBeDefined();
    await each.clock.advance(1_100);
    expect(each.client.tokens.peek()).toBeUndefined();
  }
});

redisTest('a token that is taken over is as old as it is, whatever the clocks say', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.seconds = 120;
  const buyer = await replicaOff(server, vendor, 0);
  await buyer.call();
  await sleep(600);
  const ahead = await replicaOff(server, vendor, 30 * MINUTE);
  const behind = await replicaOff(server, vendor, -30 * MINUTE);
  for (const each of [ahead, behind]) {
    await each.call();
    expect(leftOf(each)).toBeGreaterThan(119_000 - 600);
    expect(leftOf(each)).toBeLessThanOrEqual(120_000 - 600);
  }
});

redisTest('a wall clock that steps while replicas share changes nothing about who has the newer token', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const stepping = await replicaOff(server, vendor, 0);
  const other = await replicaOff(server, vendor, 0);
  const old = await stepping.call();
  await other.call();
  // These clocks stand still, the one of the Redis does not: to them, all tokens of this moment are as old.
  for (const { clock } of [stepping, other]) await clock.advance(MINUTE);
  stepping.clock.jumpWall(-5 * MINUTE);
  await stepping.client.tokens.refresh();
  other.clock.jumpWall(-10 * MINUTE);
  await other.client.tokens.refresh();
  expect(vendor.asks).toHaveLength(2);
  expect(other.client.tokens.peek()?.value).toBe(stepping.client.tokens.peek()?.value);
  expect(other.client.tokens.peek()?.value).not.toBe(old);
});

redisTest('of a revocation for all one token comes, also where clocks are apart', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = [
    await replicaOff(server, vendor, 0),
    await replicaOff(server, vendor, 5 * MINUTE),
    await replicaOff(server, vendor, -5 * MINUTE),
  ];
  for (const { call } of fleet) await call();
  for (const { clock } of fleet) await clock.advance(MINUTE);
  vendor.tokens.clear();
  for (const { call } of fleet) await call();
  expect(vendor.asks).toHaveLength(2);
  expect(vendor.refusedCalls).toHaveLength(3);
});
