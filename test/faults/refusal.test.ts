import { isCredentialsRejectedError } from 'nestjs-auth-apis';
import { expect, onTestFinished, test } from 'vitest';
import type { Call, WorldOptions } from './world.js';
import { MINUTE, SECOND, SHORTEST_PAUSES, World } from './world.js';

async function open(options?: WorldOptions): Promise<World> {
  const world = await World.open(options);
  onTestFinished(() => world.close());
  return world;
}

async function callMany(world: World, count: number): Promise<Call[]> {
  const calls = await Promise.all(Array.from({ length: count }, () => world.call()));
  await world.clock.settle();
  return calls;
}

const saidOf = (calls: readonly Call[]): string[] => [...new Set(calls.map((c) => `${c.outcome} ${c.tookMs}`))];

test('wrong credentials: one request for any number of calls, then the cool-down', async () => {
  const world = await open();
  world.chance = SHORTEST_PAUSES;
  world.vendor.key = 'another-key';
  expect(saidOf(await callMany(world, 200))).toEqual(['CREDENTIALS_REJECTED 0']);
  expect(world.tokenServer.requests).toBe(1);
  await world.clock.advance(3.9 * SECOND);
  expect(saidOf(await callMany(world, 200))).toEqual(['CREDENTIALS_REJECTED 0']);
  expect(world.tokenServer.requests).toBe(1);
  expect(world.calls.every(({ error }) => isCredentialsRejectedError(error))).toBe(true);
  // 4, 8, 16, 32, 64, 128 and then 240 s: chance takes away a fifth at the most.
  while (world.clock.now() < 60 * MINUTE) {
    await world.clock.advance(10 * SECOND);
    expect(saidOf(await callMany(world, 2))).toEqual(['CREDENTIALS_REJECTED 0']);
  }
  expect(world.tokenServer.requests).toBe(1 + 6 + Math.floor((60 * MINUTE - 252 * SECOND) / (240 * SECOND)));
  expect(world.apiServer.requests).toBe(0);
});

test('a secret function that gives the right key heals the account at the next call', async () => {
  let key = 'old-key';
  let reads = 0;
  const apiKey = (): string => (reads++, key);
  const world = await open({ account: { apiKey } });
  world.vendor.key = 'new-key';
  await callMany(world, 50);
  await world.clock.advance(SECOND);
  reads = 0;
  expect(saidOf(await callMany(world, 50))).toEqual(['CREDENTIALS_REJECTED 0']);
  expect(reads).toBe(1);
  expect(world.tokenServer.requests).toBe(1);
  await world.clock.advance(SECOND);
  key = 'new-key';
  expect(saidOf(await callMany(world, 50))).toEqual(['200 0']);
  expect(world.tokenServer.requests).toBe(2);
});

test('an API that always answers 401 buys few tokens whatever the load, and its callers get their 401 at once', async () => {
  const world = await open();
  world.chance = SHORTEST_PAUSES;
  world.vendor.refusesAllTokens = true;
  const requestedAt: number[] = [];
  const calls: Call[] = [];
  for (let second = 0; second < 300; second++) {
    const before = world.tokenRequests;
    calls.push(...(await callMany(world, second % 10 === 0 ? 20 : 4)));
    for (let i = before; i < world.tokenRequests; i++) requestedAt.push(world.clock.now());
    await world.clock.advance(SECOND);
  }
  expect(saidOf(calls)).toEqual(['401 0']);
  const inMinute = (minute: number): number => requestedAt.filter((at) => Math.floor(at / MINUTE) === minute).length;
  // Two at first, then after pauses of 4, 8, 16 and 24 s; afterwards one in 24 s.
  expect(inMinute(0)).toBeLessThanOrEqual(6);
  for (const minute of [1, 2, 3, 4]) expect(inMinute(minute)).toBeLessThanOrEqual(3);
  world.vendor.refusesAllTokens = false;
  expect(saidOf(await callMany(world, 10))).toEqual(['200 0']);
});
