// Covers `lib/token/token-cache.ts`: the states of a token.
import { isTokenUnavailableError, TokenUnavailableError } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { planLife, DEFAULT_REFRESH_POLICY } from '../../../lib/token/refresh-policy.js';
import {
  DAY,
  errorOf,
  follow,
  gives,
  hangs,
  HOUR,
  MINUTE,
  SECOND,
  setUp,
  setUpWithToken,
  START_AT,
  troubled,
} from '../../support/token-source.js';

const ALMOST_ONE = 1 - Number.EPSILON;

test('a fresh token is served in the same tick and the vendor is not asked', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(42 * MINUTE - 1);
  expect(tokens.peek()?.value).toBe('token-1');
  expect(tokens.take()?.value).toBe('token-1');
  expect((await tokens.get()).value).toBe('token-1');
  expect(tokens.status().state).toBe('fresh');
  expect(source.requests).toBe(1);
});

test('a stale token is served in the same tick while one request goes out in the background', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(42 * MINUTE);
  expect(tokens.status().state).toBe('stale');
  expect(tokens.take()?.value).toBe('token-1');
  expect(tokens.take()?.value).toBe('token-1');
  expect(source.requests).toBe(2);
  await clock.advance(0);
  expect(tokens.take()?.value).toBe('token-2');
  expect(source.requests).toBe(2);
});

test.each([
  { lifetimeMs: HOUR, random: 0, aheadMs: 18 * MINUTE },
  { lifetimeMs: HOUR, random: ALMOST_ONE, aheadMs: 12 * MINUTE },
  { lifetimeMs: DAY, random: 0, aheadMs: 60 * MINUTE },
  { lifetimeMs: DAY, random: ALMOST_ONE, aheadMs: 50 * MINUTE },
  { lifetimeMs: 10 * SECOND, random: 0, aheadMs: 3 * SECOND },
])('a token of $lifetimeMs ms turns stale $aheadMs ms before its end when chance gives $random', async (row) => {
  const { clock, source, tokens } = await setUpWithToken(row.lifetimeMs, { random: () => row.random });
  expect(tokens.status().refreshesAt).toBeCloseTo(START_AT + row.lifetimeMs - row.aheadMs, -1);
  await clock.advance(row.lifetimeMs - row.aheadMs - 1);
  tokens.take();
  expect(source.requests).toBe(1);
  await clock.advance(2);
  tokens.take();
  expect(source.requests).toBe(2);
});

test('chance is asked once per token, not once per call', async () => {
  let draws = 0;
  const { clock, tokens } = await setUpWithToken(HOUR, { random: () => (draws++, 0.5) });
  const drawn = draws;
  const { refreshesAt } = tokens.status();
  for (let i = 0; i < 100; i++) {
    await clock.advance(SECOND);
    tokens.take();
  }
  expect(draws).toBe(drawn);
  expect(tokens.status().refreshesAt).toBe(refreshesAt);
});

test('the stale window follows the ratio and the cap of the policy', () => {
  const policy = { ...DEFAULT_REFRESH_POLICY, aheadRatio: 0.5, aheadCapMs: 10 * MINUTE };
  expect(planLife(MINUTE, policy, () => 0).staleAfterMs).toBe(30 * SECOND);
  expect(planLife(HOUR, policy, () => 0).staleAfterMs).toBe(50 * MINUTE);
});

test.each([
  { lifetimeMs: HOUR, marginMs: 30 * SECOND },
  { lifetimeMs: 100 * SECOND, marginMs: 5 * SECOND },
])('a token of $lifetimeMs ms counts as expiring $marginMs ms before its end', async ({ lifetimeMs, marginMs }) => {
  const { clock, tokens } = await setUpWithToken(lifetimeMs);
  await clock.advance(lifetimeMs - marginMs - 1);
  expect(tokens.status().state).toBe('stale');
  await clock.advance(1);
  expect(tokens.status().state).toBe('expiring');
});

test('with an expiring token a caller waits for the flight and gets the new one', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(HOUR - 10 * SECOND);
  const held = source.hold();
  expect(tokens.take()).toBeUndefined();
  const call = follow(tokens.get());
  await clock.advance(SECOND);
  expect(call.settled).toBe(false);
  held.give('next');
  await clock.advance(0);
  expect(call.value?.value).toBe('next');
  expect(source.requests).toBe(2);
});

test('a caller that waits with an expiring token gets it the moment the attempt fails', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(HOUR - 10 * SECOND);
  const held = source.hold();
  const call = follow(tokens.get());
  await clock.advance(SECOND);
  held.reject(new Error('connection reset'));
  await clock.advance(0);
  expect(call.value?.value).toBe('token-1');
  expect(source.requests).toBe(2);
});

test('in trouble an expiring token is served in the same tick, also while the next attempt is under way', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(HOUR - 10 * SECOND);
  source.next(troubled()).always(hangs());
  await tokens.get();
  expect(source.requests).toBe(2);
  expect(tokens.take()?.value).toBe('token-1');
  await clock.advance(SECOND);
  expect(tokens.take()?.value).toBe('token-1');
  expect(source.requests).toBe(3);
  expect(tokens.take()?.value).toBe('token-1');
  expect(source.requests).toBe(3);
});

test('an expired token is never served, not even in trouble', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  source.always(troubled());
  await clock.advance(HOUR - SECOND);
  expect((await tokens.get()).value).toBe('token-1');
  await clock.advance(SECOND);
  expect(tokens.status().state).toBe('expired');
  expect(tokens.peek()).toBeUndefined();
  expect(tokens.take()).toBeUndefined();
  const call = follow(tokens.get());
  await clock.advance(11 * SECOND);
  expect(call.error).toBeInstanceOf(TokenUnavailableError);
});

test('without a token a caller waits across failed attempts and is saved when the outage ends in time', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled(), troubled(), troubled());
  const call = follow(tokens.get(), clock);
  await clock.advance(6_999);
  expect(call.settled).toBe(false);
  await clock.advance(1);
  expect(call.value?.value).toBe('token-4');
  expect(source.requestedAt).toEqual([0, 1_000, 3_000, 7_000]);
});

test('a caller fails at once when the next attempt is later than its own deadline', async () => {
  const { clock, source, tokens } = setUp();
  source.always(troubled());
  const call = follow(tokens.get(), clock);
  await clock.advance(MINUTE);
  // Attempts at 0, 1, 3 and 7 s; the next would be at 15 s, after the ten seconds of patience.
  expect(call.at).toBe(7_000);
  expect(isTokenUnavailableError(call.error)).toBe(true);
  expect(call.error).toMatchObject({ retryable: true, retryAt: START_AT + 15_000 });
});

test('a caller fails after tokenWaitTimeoutMs when attempts hang, with the time of the next attempt', async () => {
  const { clock, source, tokens } = setUp({ tokenRequestTimeoutMs: 3 * SECOND });
  source.always(hangs());
  const call = follow(tokens.get(), clock);
  await clock.advance(9_999);
  expect(call.settled).toBe(false);
  await clock.advance(1);
  expect(call.at).toBe(10_000);
  expect(call.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  expect((call.error as TokenUnavailableError).retryAt).toEqual(expect.any(Number));
});

test('a caller who runs out of patience during the very first attempt is told when to retry', async () => {
  const { clock, source, tokens } = setUp({ tokenWaitTimeoutMs: 2 * SECOND });
  source.always(hangs());
  const call = follow(tokens.get(), clock);
  await clock.advance(2 * SECOND);
  expect(call.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', retryAt: expect.any(Number) });
});

test('in trouble older than tokenWaitTimeoutMs callers fail at once instead of piling up', async () => {
  const { clock, source, tokens } = setUp();
  source.always(troubled());
  const first = follow(tokens.get());
  await clock.advance(7_000);
  expect(first.settled).toBe(true);
  await clock.advance(5_000);
  const late = Array.from({ length: 50 }, () => follow(tokens.get()));
  await clock.advance(0);
  expect(late.every((call) => isTokenUnavailableError(call.error))).toBe(true);
  expect(source.requests).toBe(4);
  expect(clock.pendingTimers).toBe(0);
});

test('an error during an attempt of a long outage does not tell a retry time that is past', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled(), troubled(), troubled(), troubled()).always(hangs());
  const first = follow(tokens.get());
  await clock.advance(14 * SECOND);
  const probe = follow(tokens.refresh());
  await clock.advance(2 * SECOND);
  const error = await errorOf<TokenUnavailableError>(tokens.get());
  expect(error.retryAt).toBeGreaterThanOrEqual(clock.wallNow());
  await clock.advance(5 * SECOND);
  expect([first.settled, probe.settled]).toEqual([true, true]);
});

test('a caller who joins a trouble late waits only for what is left of its ten seconds', async () => {
  const { clock, source, tokens } = setUp({ tokenRequestTimeoutMs: 4 * SECOND });
  source.next(troubled()).always(hangs());
  const first = follow(tokens.get(), clock);
  await clock.advance(6 * SECOND);
  const second = follow(tokens.get(), clock);
  await clock.advance(MINUTE);
  expect(first.at).toBeLessThanOrEqual(10_000);
  expect(second.at).toBeLessThanOrEqual(10_000);
});

test('minRemainingMs is met by the token at hand when that lives long enough', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(30 * MINUTE);
  expect((await tokens.get({ minRemainingMs: 30 * MINUTE })).value).toBe('token-1');
  expect(source.requests).toBe(1);
});

test('minRemainingMs asks for a new token, by one request, when the one at hand ends too soon', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await clock.advance(41 * MINUTE);
  expect(tokens.take(20 * MINUTE)).toBeUndefined();
  const both = await Promise.all([
    tokens.get({ minRemainingMs: 20 * MINUTE }),
    tokens.get({ minRemainingMs: 20 * MINUTE }),
  ]);
  expect(both.map(({ value }) => value)).toEqual(['token-2', 'token-2']);
  expect(source.requests).toBe(2);
});

test('minRemainingMs beyond a new token’s life gives the newest at the cost of one attempt', async () => {
  const { source, tokens } = await setUpWithToken();
  expect((await tokens.get({ minRemainingMs: 2 * HOUR })).value).toBe('token-2');
  for (let i = 0; i < 100; i++) await tokens.get({ minRemainingMs: 2 * HOUR });
  expect(source.requests).toBe(2);
});

test('minRemainingMs of exactly a new token’s life does not buy a token with every call', async () => {
  const { clock, source, tokens } = setUp();
  const slowly = async (): Promise<void> => {
    const held = source.hold();
    const call = follow(tokens.get({ minRemainingMs: HOUR }));
    await clock.advance(20);
    held.give(`token-${source.requests}`);
    await clock.advance(0);
    expect(call.settled).toBe(true);
  };
  for (let i = 0; i < 20; i++) await slowly();
  expect(source.requests).toBeLessThanOrEqual(3);
});

test('minRemainingMs does not make anybody wait in trouble: the living token is given', async () => {
  const { source, tokens } = await setUpWithToken();
  source.always(troubled());
  await errorOf(tokens.refresh());
  expect((await tokens.get({ minRemainingMs: 2 * HOUR })).value).toBe('token-1');
  expect(source.requests).toBe(2);
});

test('ten thousand callers at once cost one request', async () => {
  const { source, tokens } = setUp();
  const given = await Promise.all(Array.from({ length: 10_000 }, () => tokens.get()));
  expect(new Set(given.map(({ value }) => value))).toEqual(new Set(['token-1']));
  expect(source.requests).toBe(1);
});

test('a short-lived token is replaced before its end, at a steady rate', async () => {
  const { clock, source, tokens } = setUp();
  source.always(gives(10 * SECOND));
  await tokens.get();
  for (let i = 0; i < 600; i++) {
    await clock.advance(100);
    expect(tokens.peek()).toBeDefined();
    tokens.take();
  }
  expect(source.requests).toBeGreaterThanOrEqual(8);
  expect(source.requests).toBeLessThanOrEqual(10);
});
