import { expect, test } from 'vitest';
import type { ScheduledOptions } from '../../../lib/scheduler/scheduled-token.js';
import { TokenRefreshScheduler } from '../../../lib/scheduler/token-refresh.scheduler.js';
import type { Answer, TokenSetup } from '../../support/token-source.js';
import {
  DAY,
  errorOf,
  fails,
  gives,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  START_AT,
  troubled,
} from '../../support/token-source.js';

const KEEP_FRESH: ScheduledOptions = { keepFresh: 'always', prefetch: true };

function setUpScheduled(options = KEEP_FRESH, answer: Answer = gives()) {
  const setup: TokenSetup = setUp();
  setup.source.always(answer);
  const scheduler = new TokenRefreshScheduler(setup.clock);
  scheduler.add(setup.tokens, options);
  scheduler.start();
  return { ...setup, scheduler };
}

test('an account has a living token at every moment of a month without any caller', async () => {
  const { clock, source, tokens } = setUpScheduled();
  await clock.advance(0);
  for (let hour = 0; hour < 30 * 24; hour++) {
    await clock.advance(HOUR);
    expect(tokens.status().state).toBe('fresh');
  }
  // Every 42 minutes, which is when an hour's token turns stale.
  expect(source.requests).toBe(Math.floor((30 * 24 * 60) / 42) + 1);
});

test('nothing happens before the start', async () => {
  const { clock, source, tokens } = setUp();
  const scheduler = new TokenRefreshScheduler(clock);
  scheduler.add(tokens, KEEP_FRESH);
  await clock.advance(DAY);
  expect(source.requests).toBe(0);
  expect(scheduler.upcoming()).toEqual([]);
});

test('an account added after the start is kept fresh too', async () => {
  const { clock, source, tokens } = setUp();
  const scheduler = new TokenRefreshScheduler(clock);
  scheduler.start();
  scheduler.add(tokens, KEEP_FRESH);
  await clock.advance(HOUR);
  expect(source.requests).toBe(2);
});

test.each([
  { what: 'trouble', answer: troubled() },
  { what: 'refusals', answer: refuses() },
  { what: 'attempts that hang', answer: hangs() },
  { what: 'tokens that are dead on arrival', answer: gives(0) },
  { what: 'errors that are no errors', answer: fails(() => undefined) },
  {
    what: 'exceptions',
    answer: (() => {
      throw new TypeError('broken');
    }) as Answer,
  },
])('a day of $what does not end the schedule: the account heals by itself', async ({ answer }) => {
  const { clock, source, tokens } = setUpScheduled(KEEP_FRESH, answer);
  await clock.advance(DAY);
  expect(tokens.peek()).toBeUndefined();
  expect(source.requests).toBeGreaterThan(200);
  expect(source.requests).toBeLessThan(1_600);
  source.always(gives());
  await clock.advance(5 * MINUTE);
  expect(tokens.peek()).toBeDefined();
});

test('recovery follows the end of an outage by a minute at most', async () => {
  const { clock, source, tokens } = setUpScheduled(KEEP_FRESH, troubled());
  await clock.advance(3 * HOUR);
  source.always(gives());
  await clock.advance(MINUTE);
  expect(tokens.status().state).toBe('fresh');
});

test('a token that an API refused is replaced without waiting for a caller', async () => {
  const { clock, source, tokens } = setUpScheduled();
  await clock.advance(0);
  tokens.invalidate(tokens.peek());
  await clock.advance(0);
  expect(tokens.peek()?.value).toBe('token-2');
  expect(source.requests).toBe(2);
});

test('upcoming() lists what will happen when, the next first', async () => {
  const { clock, scheduler, tokens, source } = setUpScheduled();
  await clock.advance(0);
  const later = setUp({ clock, label: { api: 'verbit', account: 'east' } });
  later.source.always(gives(10 * MINUTE));
  scheduler.add(later.tokens, KEEP_FRESH);
  await clock.advance(0);
  expect(scheduler.upcoming()).toEqual([
    { api: 'verbit', account: 'east', at: START_AT + 7 * MINUTE, action: 'refresh' },
    { api: 'token', account: 'default', at: START_AT + 42 * MINUTE, action: 'refresh' },
  ]);
  source.next(troubled());
  await errorOf(tokens.refresh());
  expect(scheduler.upcoming()[0]).toEqual({
    api: 'token',
    account: 'default',
    at: clock.wallNow() + SECOND,
    action: 'retry',
  });
});

test('while an attempt is under way nothing is upcoming for the account', async () => {
  const { clock, scheduler } = setUpScheduled(KEEP_FRESH, hangs());
  await clock.advance(SECOND);
  expect(scheduler.upcoming()).toEqual([]);
});

test('after stop() nothing is planned, no timer is left, and calls still get their tokens', async () => {
  const { clock, scheduler, source, tokens } = setUpScheduled();
  await clock.advance(0);
  scheduler.stop();
  expect(clock.pendingTimers).toBe(0);
  expect(scheduler.upcoming()).toEqual([]);
  await clock.advance(2 * HOUR);
  expect(source.requests).toBe(1);
  expect((await tokens.get()).value).toBe('token-2');
  await clock.advance(0);
  expect(clock.pendingTimers).toBe(0);
  expect(scheduler.upcoming()).toEqual([]);
});

test('after stop() a token past its best is refreshed by the call that uses it', async () => {
  const { clock, source, tokens, scheduler } = setUpScheduled();
  await clock.advance(0);
  scheduler.stop();
  await clock.advance(45 * MINUTE);
  expect(tokens.take()?.value).toBe('token-1');
  expect(source.requests).toBe(2);
});

test('after stop() in the middle of an attempt as well', async () => {
  const { clock, source, tokens, scheduler } = setUpScheduled();
  scheduler.stop();
  await clock.advance(45 * MINUTE);
  expect(tokens.take()?.value).toBe('token-1');
  expect(source.requests).toBe(2);
});

test('stop() while an attempt is under way plans nothing when that ends', async () => {
  const { clock, scheduler, source } = setUpScheduled(KEEP_FRESH, hangs());
  await clock.advance(SECOND);
  scheduler.stop();
  await clock.advance(DAY);
  expect(source.requests).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

test('a closed cache is planned for no more', async () => {
  const { clock, scheduler, source, tokens } = setUpScheduled();
  await clock.advance(0);
  tokens.close();
  expect(scheduler.upcoming()).toEqual([]);
  await clock.advance(DAY);
  expect(clock.pendingTimers).toBe(0);
  expect(source.requests).toBe(1);
});

test('without prefetch the first token waits for the first caller and is kept fresh from then on', async () => {
  const { clock, source, tokens } = setUpScheduled({ keepFresh: 'always', prefetch: false });
  await clock.advance(DAY);
  expect(source.requests).toBe(0);
  await tokens.get();
  await clock.advance(42 * MINUTE);
  expect(source.requests).toBe(2);
});

test('without prefetch a first attempt that failed is repeated without a caller', async () => {
  const { clock, source, tokens } = setUpScheduled({ keepFresh: 'always', prefetch: false });
  source.next(refuses());
  await errorOf(tokens.get());
  await clock.advance(5 * SECOND);
  expect(tokens.peek()?.value).toBe('token-2');
});

test('with refresh disabled nothing is asked for without a caller', async () => {
  const { clock, scheduler, source, tokens } = setUpScheduled({ keepFresh: false, prefetch: false });
  await tokens.get();
  await clock.advance(DAY);
  expect(source.requests).toBe(1);
  expect(scheduler.upcoming()).toEqual([]);
});

test('with refresh disabled failures are retried while the account was used within the last token’s life', async () => {
  const { clock, source, tokens } = setUpScheduled({ keepFresh: false, prefetch: false });
  await tokens.get();
  await clock.advance(50 * MINUTE);
  source.always(troubled());
  tokens.take();
  await clock.advance(30 * MINUTE);
  const whileInUse = source.requests;
  expect(whileInUse).toBeGreaterThan(20);
  await clock.advance(31 * MINUTE);
  const byThen = source.requests;
  await clock.advance(DAY);
  expect(source.requests).toBe(byThen);
});

test('a token of 400 days is refreshed an hour before its end, not at once', async () => {
  const { clock, scheduler, source } = setUpScheduled(KEEP_FRESH, gives(400 * DAY));
  await clock.advance(0);
  expect(scheduler.upcoming()).toMatchObject([{ at: START_AT + 400 * DAY - HOUR, action: 'refresh' }]);
  await clock.advance(400 * DAY - HOUR - 1);
  expect(source.requests).toBe(1);
  await clock.advance(1);
  expect(source.requests).toBe(2);
});

test('a vendor that hands out the same token again is asked once a second at the most', async () => {
  const { clock, source } = setUpScheduled(KEEP_FRESH, gives(HOUR, 'same'));
  await clock.advance(HOUR - 1);
  const gaps = source.requestedAt.slice(1).map((at, i) => at - source.requestedAt[i]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SECOND);
});

test('every background timer is unref’d', async () => {
  const { clock, tokens } = setUp();
  const backgrounds: (boolean | undefined)[] = [];
  const scheduler = new TokenRefreshScheduler({
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    schedule: (callback, delayMs, options) => {
      backgrounds.push(options?.background);
      return clock.schedule(callback, delayMs);
    },
  });
  scheduler.add(tokens, KEEP_FRESH);
  scheduler.start();
  await clock.advance(2 * HOUR);
  expect(backgrounds.length).toBeGreaterThan(2);
  expect(new Set(backgrounds)).toEqual(new Set([true]));
});
