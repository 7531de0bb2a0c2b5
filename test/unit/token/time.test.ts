// Covers `lib/token/token-cache.ts`: clocks that are set and machines that sleep.
import { isTokenEndpointError, systemClock } from 'nestjs-auth-apis';
import { afterEach, expect, test, vi } from 'vitest';
import {
  DAY,
  errorOf,
  follow,
  gives,
  HOUR,
  MINUTE,
  SECOND,
  setUp,
  setUpWithToken,
  START_AT,
  troubled,
} from '../../support/token-source.js';

afterEach(() => void vi.useRealTimers());

test('a token’s life counts from the start of the attempt, not from its arrival', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const call = follow(tokens.get());
  await clock.advance(4 * SECOND);
  held.give('slow', MINUTE);
  await clock.advance(0);
  expect(call.value).toMatchObject({ requestedAt: START_AT, expiresAt: START_AT + MINUTE });
  await clock.advance(56 * SECOND - 1);
  expect(tokens.peek()?.value).toBe('slow');
  await clock.advance(1);
  expect(tokens.peek()).toBeUndefined();
});

test.each([NaN, 0, -1, -Infinity])(
  'a token with a life of %s ms is a failed attempt, not a token',
  async (lifetimeMs) => {
    const { clock, source, tokens } = setUp();
    source.next(gives(lifetimeMs));
    const call = follow(tokens.get(), clock);
    await clock.advance(SECOND);
    expect(call).toMatchObject({ at: SECOND, value: { expiresAt: START_AT + SECOND + HOUR } });
    expect(tokens.status().counters).toMatchObject({ tokenRequests: 2, tokenRequestFailures: 1, tokensObtained: 1 });
  },
);

test('a token that died on its way is a failed attempt', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const call = follow(tokens.refresh());
  await clock.advance(3 * SECOND);
  held.give('dead', 3 * SECOND);
  await clock.advance(0);
  expect(isTokenEndpointError(call.error)).toBe(true);
  expect(call.error).toMatchObject({ retryable: true });
  expect(tokens.peek()).toBeUndefined();
});

test('a source that claims an endless life does not make an immortal token', async () => {
  const { source, tokens } = setUp();
  source.always(gives(Infinity));
  const given = await tokens.get().catch(() => undefined);
  expect(given === undefined || Number.isFinite(given.expiresAt)).toBe(true);
});

test.each([DAY, -DAY])('a wall clock that jumps by %s ms neither kills nor immortalizes a token', async (jumpMs) => {
  const { clock, source, tokens } = await setUpWithToken();
  clock.jumpWall(jumpMs);
  expect(tokens.peek()?.value).toBe('token-1');
  await tokens.get();
  const newest = tokens.peek()!;
  expect(source.requests).toBe(jumpMs > 0 ? 2 : 1);
  await clock.advance(HOUR - 1);
  expect(tokens.peek()?.value).toBe(newest.value);
  await clock.advance(1);
  expect(tokens.peek()).toBeUndefined();
});

test('after the wall clock was set back, a status tells by it as it is now until when the token lives', async () => {
  const { clock, source, tokens, events } = await setUpWithToken();
  await clock.advance(10 * MINUTE);
  clock.jumpWall(-2 * HOUR);
  expect(tokens.status()).toMatchObject({ expiresAt: START_AT + HOUR, usableUntil: START_AT - HOUR });
  source.always(troubled());
  await errorOf(tokens.refresh());
  expect(events.at(-1)).toMatchObject({ type: 'tokenRequestFailed', tokenUsableUntil: START_AT - HOUR });
  await clock.advance(50 * MINUTE - 1);
  expect(tokens.peek()).toBeDefined();
  expect(clock.wallNow()).toBe(tokens.status().usableUntil! - 1);
});

test('after a sleep of more than 30 s a token counts as expiring: callers wait for the next one', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  clock.jumpWall(30 * SECOND);
  expect(tokens.status().state).toBe('fresh');
  expect(tokens.take()?.value).toBe('token-1');
  clock.jumpWall(1);
  expect(tokens.status().state).toBe('expiring');
  expect(tokens.take()).toBeUndefined();
  expect((await tokens.get()).value).toBe('token-2');
  expect(tokens.status().state).toBe('fresh');
  expect(source.requests).toBe(2);
});

test('the same token handed out again is kept, without a second life', async () => {
  const { clock, source, tokens } = setUp();
  source.always(gives(HOUR, 'same'));
  await tokens.get();
  await clock.advance(50 * MINUTE);
  const again = await tokens.refresh();
  expect(again.value).toBe('same');
  expect(again.expiresAt).toBe(START_AT + HOUR);
  await clock.advance(10 * MINUTE - 1);
  expect(tokens.peek()?.value).toBe('same');
  await clock.advance(1);
  expect(tokens.peek()).toBeUndefined();
});

test('a vendor that hands out the same token again is asked at most once a second', async () => {
  const { clock, source, tokens } = setUp();
  source.always(gives(HOUR, 'same'));
  await tokens.get();
  await clock.advance(HOUR - 20 * SECOND);
  for (let i = 0; i < 100; i++) {
    expect((await tokens.get()).value).toBe('same');
    await clock.advance(100);
  }
  expect(source.requests).toBeLessThanOrEqual(12);
  const gaps = source.requestedAt.slice(1).map((at, i) => at - source.requestedAt[i]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SECOND);
});

test('a token that was thrown away and is handed out again is kept, and asked for anew after a second', async () => {
  const { clock, source, tokens } = setUp();
  source.next(gives(HOUR, 'same'), gives(HOUR, 'same'));
  tokens.invalidate(await tokens.get());
  expect((await tokens.get()).value).toBe('same');
  tokens.invalidate('same');
  const call = follow(tokens.get(), clock);
  await clock.advance(999);
  expect(source.requests).toBe(2);
  await clock.advance(1);
  expect(call.value?.value).toBe('token-3');
  expect(source.requests).toBe(3);
});

test('the machine’s clock counts lives and waits without regard to the wall clock', () => {
  vi.useFakeTimers({ now: START_AT });
  const before = systemClock.now();
  vi.setSystemTime(START_AT + DAY);
  expect(systemClock.now() - before).toBeLessThan(SECOND);
  expect(systemClock.wallNow()).toBe(START_AT + DAY);
});

test.each([24, 25, 60, 400])('a timer of %d days fires when it is due, neither at once nor late', (days) => {
  vi.useFakeTimers({ now: START_AT });
  const fired = vi.fn<() => void>();
  systemClock.schedule(fired, days * DAY, { background: true });
  vi.advanceTimersByTime(days * DAY - 1);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(days * DAY);
  expect(fired).toHaveBeenCalledTimes(1);
});

test('a long timer can be cancelled after it was armed anew', () => {
  vi.useFakeTimers({ now: START_AT });
  const fired = vi.fn<() => void>();
  const cancel = systemClock.schedule(fired, 100 * DAY);
  vi.advanceTimersByTime(60 * DAY);
  cancel();
  vi.advanceTimersByTime(100 * DAY);
  expect(fired).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a background timer does not keep the process alive, a timer that somebody waits for does', () => {
  const armed = vi.spyOn(globalThis, 'setTimeout');
  const cancels = [
    systemClock.schedule(() => {}, MINUTE, { background: true }),
    systemClock.schedule(() => {}, MINUTE),
  ];
  const timers = armed.mock.results.map(({ value }) => value as NodeJS.Timeout);
  expect(timers.map((timer) => timer.hasRef())).toEqual([false, true]);
  for (const cancel of cancels) cancel();
  armed.mockRestore();
});

test('a token of 400 days is not refreshed at once', async () => {
  const { clock, source, tokens } = await setUpWithToken(400 * DAY);
  await clock.advance(399 * DAY);
  expect((await tokens.get()).value).toBe('token-1');
  expect(source.requests).toBe(1);
  await clock.advance(DAY);
  expect(tokens.peek()).toBeUndefined();
});
