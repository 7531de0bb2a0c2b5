import { isTokenUnavailableError } from 'nestjs-auth-apis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Behaviour } from './faulty-server.js';
import { status } from './faults.js';
import type { Call, WorldOptions } from './world.js';
import { LIFETIME_MS, MINUTE, SECOND, SHORTEST_PAUSES, World } from './world.js';

const outages: [string, Behaviour][] = [
  ['refuses connections', { refuses: true }],
  ['is silent', { request: (exchange) => exchange.server.hold(exchange) }],
  ['answers 503', status(503)],
];
const chances = [0, 0.5, 0.999];
const everyOutage = outages.flatMap(([what, behaviour]) => chances.map((chance) => ({ what, behaviour, chance })));
const outcomesOf = (calls: readonly Call[]): string[] => [...new Set(calls.map(({ outcome }) => outcome ?? 'waits'))];
const longestOf = (calls: readonly Call[]): number => Math.max(...calls.map(({ tookMs = Infinity }) => tookMs));

async function open(options?: WorldOptions): Promise<World> {
  const world = await World.open(options);
  onTestFinished(() => world.close());
  return world;
}

async function callEvery(world: World, everyMs: number, untilAt: number): Promise<Call[]> {
  const calls: Call[] = [];
  while (world.clock.now() < untilAt) {
    calls.push(await world.call());
    await world.clock.advance(Math.min(everyMs, untilAt - world.clock.now()));
  }
  return calls;
}

test.for(outages)('while a token lives no call fails or waits, though the endpoint %s', async ([, behaviour]) => {
  const world = await open();
  // So that an attempt is under way in the last half minute, in which a healthy token would be waited for.
  world.chance = SHORTEST_PAUSES;
  await world.call();
  await world.tokenServer.misbehave(behaviour);
  const calls = await callEvery(world, 20 * SECOND, LIFETIME_MS - MINUTE);
  calls.push(...(await callEvery(world, SECOND / 2, LIFETIME_MS)));
  expect(calls.length).toBeGreaterThan(290);
  expect(outcomesOf(calls)).toEqual(['200']);
  expect(longestOf(calls)).toBe(0);
  expect(world.failedAt.length).toBeGreaterThan(5);
});

describe.each(everyOutage)('without a token, when the endpoint $what (chance $chance)', ({ behaviour, chance }) => {
  test('calls of the first ten seconds wait, and are saved if it ends in time', async () => {
    const world = await open();
    world.chance = chance;
    await world.tokenServer.misbehave(behaviour);
    const calls = await callEvery(world, SECOND, 3 * SECOND);
    expect(outcomesOf(calls)).toEqual(['waits']);
    await world.tokenServer.heal();
    calls.push(...(await callEvery(world, SECOND, 10 * SECOND)));
    expect(outcomesOf(calls)).toEqual(['200']);
    expect(longestOf(calls)).toBeLessThanOrEqual(8 * SECOND);
  });

  test('later ones fail at once with the time of the next attempt, and it heals within one step', async () => {
    const world = await open();
    const { clock, client, failedAt } = world;
    world.chance = chance;
    await world.tokenServer.misbehave(behaviour);
    const calls = await callEvery(world, SECOND, 3 * MINUTE);
    expect(outcomesOf(calls)).toEqual(['TOKEN_UNAVAILABLE']);
    expect(longestOf(calls)).toBeLessThanOrEqual(10 * SECOND);
    const later = calls.filter(({ startedAt }) => startedAt >= failedAt[0]! + 10 * SECOND);
    expect(later.length).toBeGreaterThan(100);
    expect(longestOf(later)).toBe(0);
    expect(isTokenUnavailableError(later.at(-1)!.error)).toBe(true);
    const { retryAt } = later.at(-1)!.error!;
    expect(retryAt).toBeGreaterThan(clock.wallNow() - SECOND);

    const failures = failedAt.length;
    await clock.advanceUntil(() => failedAt.length > failures, MINUTE + 5 * SECOND);
    const step = client.tokens.status().nextAttemptAt! - clock.wallNow();
    expect(step).toBeLessThanOrEqual(MINUTE);
    await world.tokenServer.heal();
    await clock.advance(step);
    expect(await world.call()).toMatchObject({ outcome: '200', tookMs: 0 });
  });
});

test('an outage that begins when the token is about to die delays calls by one attempt, and fails none', async () => {
  const world = await open({ options: { refresh: { enabled: false } } });
  await world.call();
  await world.clock.advance(LIFETIME_MS - 20 * SECOND);
  await world.tokenServer.misbehave(outages[1]![1]);
  const calls = await callEvery(world, SECOND, LIFETIME_MS);
  expect(outcomesOf(calls)).toEqual(['200']);
  expect(longestOf(calls)).toBe(5 * SECOND);
  expect(longestOf(calls.filter(({ startedAt }) => startedAt >= world.failedAt[0]!))).toBe(0);
});
