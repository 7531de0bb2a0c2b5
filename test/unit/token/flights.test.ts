// Covers `lib/token/token-flight.ts`: single flight.
import type { Clock } from 'nestjs-auth-apis';
import { isAuthApisError, TokenCache } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import {
  errorOf,
  follow,
  gives,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  ScriptedSource,
  SECOND,
  setUp,
  setUpWithToken,
  troubled,
} from '../../support/token-source.js';
import { ManualClock } from 'nestjs-auth-apis/testing';

test('everybody who waits shares one flight, also those who come while it is under way', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const early = follow(tokens.get());
  await clock.advance(SECOND);
  const late = follow(tokens.get());
  const byHand = follow(tokens.refresh());
  held.give('shared');
  await clock.advance(0);
  expect([early, late, byHand].map((call) => call.value?.value)).toEqual(['shared', 'shared', 'shared']);
  expect(source.requests).toBe(1);
});

test('everybody who waits shares a fatal answer: nobody asks again in series', async () => {
  const { clock, source, tokens } = setUp();
  source.always(refuses());
  const calls = Array.from({ length: 20 }, () => follow(tokens.get()));
  await clock.advance(0);
  expect(calls.every((call) => (call.error as { code?: string }).code === 'CREDENTIALS_REJECTED')).toBe(true);
  expect(source.requests).toBe(1);
});

test('an attempt that takes longer than tokenRequestTimeoutMs fails and is told to stop', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const call = follow(tokens.get(), clock);
  await clock.advance(4_999);
  expect(held.signal?.aborted).toBe(false);
  await clock.advance(1);
  expect(held.signal?.aborted).toBe(true);
  expect(tokens.status().lastError).toMatchObject({ code: 'TOKEN_REQUEST_FAILED' });
  await clock.advance(SECOND);
  expect(call.at).toBe(6_000);
  expect(source.requests).toBe(2);
});

test('an abandoned wait ends with the caller’s own reason and leaves the flight to the others', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const mine = new AbortController();
  const gone = follow(tokens.get({ signal: mine.signal }));
  const stays = follow(tokens.get());
  const reason = new Error('the user closed the page');
  mine.abort(reason);
  await clock.advance(0);
  expect(gone.error).toBe(reason);
  expect(held.signal?.aborted).toBe(false);
  held.give('arrived');
  await clock.advance(0);
  expect(stays.value?.value).toBe('arrived');
  expect(source.requests).toBe(1);
});

test('a flight that everybody abandoned still brings its token', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const mine = new AbortController();
  const gone = follow(tokens.get({ signal: mine.signal }));
  mine.abort();
  await clock.advance(SECOND);
  held.give('kept');
  await clock.advance(0);
  expect(gone.error).toMatchObject({ name: 'AbortError' });
  expect(tokens.take()?.value).toBe('kept');
  expect(source.requests).toBe(1);
});

test('a signal that is aborted already asks nobody', async () => {
  const { source, tokens } = setUp();
  const reason = new Error('too late');
  expect(await errorOf(tokens.get({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(source.requests).toBe(0);
});

test('a wait that is over leaves no listener on the caller’s signal', async () => {
  const { tokens } = setUp();
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners.add(args[1]), add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners.delete(args[1]), remove(...args));
  await tokens.get({ signal });
  expect(listeners.size).toBe(0);
});

test('a late answer is used when nothing newer is there, and ends the trouble', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  source.always(hangs());
  const call = follow(tokens.get(), clock);
  await clock.advance(5_500);
  held.give('late');
  await clock.advance(0);
  expect(call.value?.value).toBe('late');
  expect(tokens.take()?.value).toBe('late');
  expect(tokens.status().nextAttemptAt).toBeUndefined();
  expect(tokens.peek()!.requestedAt).toBe(clock.wallNow() - 5_500);
});

test('a late answer of an older attempt never overwrites a newer token', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const call = follow(tokens.get());
  await clock.advance(6 * SECOND);
  expect(call.value?.value).toBe('token-2');
  held.give('older', 2 * HOUR);
  await clock.advance(0);
  expect(tokens.peek()?.value).toBe('token-2');
  expect(tokens.status().counters.tokensObtained).toBe(1);
});

test('a late answer of an older attempt is not used when the newer token was thrown away', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const call = follow(tokens.get());
  await clock.advance(6 * SECOND);
  tokens.invalidate(call.value);
  held.give('older');
  await clock.advance(0);
  expect(tokens.peek()).toBeUndefined();
});

test('a late answer during the next attempt serves those who wait, and the next answer replaces it', async () => {
  const { clock, source, tokens } = setUp();
  const first = source.hold();
  const second = source.hold();
  const call = follow(tokens.get());
  await clock.advance(6 * SECOND);
  expect(source.requests).toBe(2);
  first.give('late');
  await clock.advance(0);
  expect(call.value?.value).toBe('late');
  second.give('newer');
  await clock.advance(0);
  expect(tokens.peek()?.value).toBe('newer');
  expect(source.requests).toBe(2);
});

test('a late answer that is dead by now, and a late failure, change nothing', async () => {
  const { clock, source, tokens } = setUp();
  const dead = source.hold();
  const failing = source.hold();
  source.always(hangs());
  const calls = [follow(tokens.get())];
  await clock.advance(12 * SECOND);
  dead.give('dead', 5 * SECOND);
  failing.reject(new Error('reset'));
  await clock.advance(0);
  expect(tokens.peek()).toBeUndefined();
  expect(calls[0]!.settled).toBe(true);
});

test('refresh() by hand asks although the token is fresh, and joins an attempt that is under way', async () => {
  const { source, tokens } = await setUpWithToken();
  const [one, two] = await Promise.all([tokens.refresh(), tokens.refresh()]);
  expect([one.value, two.value]).toEqual(['token-2', 'token-2']);
  expect(source.requests).toBe(2);
});

test('refresh() rejects with a typed error whatever the source throws', async () => {
  const { source, tokens } = setUp();
  source.next(async () => {
    throw new TypeError('not a function');
  });
  expect(isAuthApisError(await errorOf(tokens.refresh()))).toBe(true);
});

test('a source that throws before it returns a promise is a failed attempt', async () => {
  const { clock, source, tokens } = setUp();
  source.next(() => {
    throw new TypeError('broken');
  });
  const call = follow(tokens.get(), clock);
  await clock.advance(SECOND);
  expect(call.value?.value).toBe('token-2');
});

test('a listener of events that throws disturbs nothing', async () => {
  const { source, tokens } = setUp({
    onEvent: () => {
      throw new Error('mine');
    },
  });
  expect((await tokens.get()).value).toBe('token-1');
  expect(source.requests).toBe(1);
});

test('no timer is left when nobody waits', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  const call = follow(tokens.get());
  await clock.advance(SECOND);
  expect(call.settled).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

/** A clock that knows which of its pending timers keep the process alive. */
class WatchedClock extends ManualClock {
  readonly keepingAlive = new Set<symbol>();

  override schedule(...[callback, delayMs, options]: Parameters<Clock['schedule']>): () => void {
    const timer = Symbol('timer');
    if (!options?.background) this.keepingAlive.add(timer);
    const done = (): void => void this.keepingAlive.delete(timer);
    const cancel = super.schedule(() => (done(), callback()), delayMs);
    return () => (done(), cancel());
  }
}

function setUpWatched() {
  const clock = new WatchedClock();
  const source = new ScriptedSource(clock);
  return { clock, source, tokens: new TokenCache(source, { clock, random: () => 0 }) };
}

test('a timer keeps the process alive while a call of get() waits', async () => {
  const { clock, source, tokens } = setUpWatched();
  source.always(hangs());
  const call = follow(tokens.get());
  await clock.advance(0);
  expect(clock.keepingAlive.size).toBeGreaterThan(0);
  await clock.advance(MINUTE);
  expect(call.settled).toBe(true);
  expect(clock.keepingAlive.size).toBe(0);
});

test('a timer keeps the process alive while a call of refresh() waits', async () => {
  const { clock, source, tokens } = setUpWatched();
  source.always(hangs());
  const call = follow(tokens.refresh());
  await clock.advance(0);
  expect(clock.keepingAlive.size).toBeGreaterThan(0);
  await clock.advance(MINUTE);
  expect(call.settled).toBe(true);
});

test('a timer keeps the process alive while a caller waits for a secret to be read again', async () => {
  const { clock, source, tokens } = setUpWatched();
  source.always(refuses());
  source.credentialsChanged = () => new Promise(() => {});
  await errorOf(tokens.refresh());
  const call = follow(tokens.get());
  await clock.advance(0);
  expect(call.settled).toBe(false);
  expect(clock.keepingAlive.size).toBeGreaterThan(0);
  await clock.advance(MINUTE);
});

test('a wait that everybody abandoned keeps no process alive', async () => {
  const { clock, source, tokens } = setUpWatched();
  source.always(hangs());
  const mine = new AbortController();
  const call = follow(tokens.get({ signal: mine.signal }));
  mine.abort();
  await clock.advance(0);
  expect(call.settled).toBe(true);
  expect(clock.keepingAlive.size).toBe(0);
});

test('a refresh in the background keeps no process alive', async () => {
  const { clock, source, tokens } = setUpWatched();
  source.next(gives()).always(hangs());
  await tokens.get();
  await clock.advance(45 * MINUTE);
  expect(tokens.take()).toBeDefined();
  expect(source.requests).toBe(2);
  expect(clock.keepingAlive.size).toBe(0);
});
