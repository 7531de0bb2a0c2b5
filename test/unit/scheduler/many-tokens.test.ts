// Covers `lib/scheduler/token-refresh.scheduler.ts`: many tokens at once.
import type { TokenCache } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import type { ScheduledOptions } from '../../../lib/scheduler/scheduled-token.js';
import { TokenRefreshScheduler } from '../../../lib/scheduler/token-refresh.scheduler.js';
import type { Answer, TokenSetup } from '../../support/token-source.js';
import {
  follow,
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

const ALWAYS: ScheduledOptions = { keepFresh: 'always', prefetch: true };
const WHILE_USED: ScheduledOptions = { keepFresh: 'while used', prefetch: false };

/** A scheduler that has started, and a way to give it tokens. */
function setUpScheduler(concurrency?: number) {
  const clock = new ManualClock(START_AT);
  const scheduler = new TokenRefreshScheduler(clock, concurrency);
  scheduler.start();
  const add = (account: string, answer: Answer = gives(), options = ALWAYS, api = 'acme'): TokenSetup => {
    const setup = setUp({ clock, label: { api, account } });
    setup.source.always(answer);
    scheduler.add(setup.tokens, options);
    return setup;
  };
  return { clock, scheduler, add };
}

/** A vendor that counts how many requests are under way, and takes a second for each. */
function slowVendor(clock: ManualClock, answer: Answer = gives()) {
  const vendor = { running: 0, most: 0, requests: 0, answer: undefined as unknown as Answer };
  vendor.answer = async (signal, n) => {
    vendor.requests++;
    vendor.most = Math.max(vendor.most, ++vendor.running);
    await new Promise<void>((done) => clock.schedule(done, SECOND));
    vendor.running--;
    return answer(signal, n);
  };
  return vendor;
}

describe('requests under way at once', () => {
  test('are no more than allowed, and all are made in the end', async () => {
    const { clock, add } = setUpScheduler(3);
    const vendor = slowVendor(clock);
    const setups = Array.from({ length: 10 }, (_, i) => add(`a${i}`, vendor.answer));
    await clock.advance(0);
    expect(vendor.running).toBe(3);
    await clock.advance(10 * SECOND);
    expect(vendor).toMatchObject({ most: 3, requests: 10 });
    expect(setups.every(({ tokens }) => tokens.peek())).toBe(true);
  });

  test('are twenty unless said otherwise', async () => {
    const { clock, add } = setUpScheduler();
    const vendor = slowVendor(clock);
    for (let i = 0; i < 50; i++) add(`a${i}`, vendor.answer);
    await clock.advance(MINUTE);
    expect(vendor).toMatchObject({ most: 20, requests: 50 });
  });

  test('go to whoever was due first', async () => {
    const { clock, scheduler, add } = setUpScheduler(1);
    const order: string[] = [];
    const noting =
      (account: string, lifetimeMs: number): Answer =>
      async () => {
        order.push(account);
        return { value: `${account}-${order.length}`, lifetimeMs };
      };
    for (const [account, hours] of Object.entries({ slow: 3, quick: 1, middling: 2 })) {
      add(account, noting(account, hours * HOUR));
    }
    await clock.advance(MINUTE);
    expect(order.splice(0)).toEqual(['slow', 'quick', 'middling']);
    expect(scheduler.upcoming().map(({ account }) => account)).toEqual(['quick', 'middling', 'slow']);
    const busy = setUp({ clock, label: { api: 'acme', account: 'busy' }, tokenRequestTimeoutMs: 24 * HOUR });
    const held = busy.source.hold();
    scheduler.add(busy.tokens, ALWAYS);
    await clock.advance(130 * MINUTE);
    expect(order).toEqual([]);
    held.give('at last', 24 * HOUR);
    await clock.advance(0);
    expect(order).toEqual(['quick', 'middling', 'slow']);
  });

  test('of callers are not counted, and wait for no place', async () => {
    const { clock, add } = setUpScheduler(1);
    add('busy', hangs());
    await clock.advance(0);
    const other = add('other', gives(), WHILE_USED);
    expect((await other.tokens.get()).value).toBe('token-1');
  });

  test('of a caller that the scheduler wanted as well are made once', async () => {
    const { clock, add } = setUpScheduler(1);
    add('busy', hangs());
    await clock.advance(0);
    const other = add('other');
    await other.tokens.get();
    await clock.advance(MINUTE);
    expect(other.source.requests).toBe(1);
  });

  test('that end free their place, however they end', async () => {
    const { clock, scheduler, add } = setUpScheduler(1);
    for (const answer of [refuses(), troubled(), gives(0), hangs()]) add(`a${scheduler.upcoming().length}`, answer);
    const last = add('last');
    await clock.advance(5 * SECOND);
    expect(last.tokens.peek()).toBeDefined();
  });

  test('free their place when their account is closed', async () => {
    const { clock, add } = setUpScheduler(1);
    const { tokens } = add('closing', hangs());
    await clock.advance(0);
    const last = add('last');
    tokens.close();
    await clock.advance(0);
    expect(last.tokens.peek()).toBeDefined();
  });

  test('free their place when nobody looks after their account any more', async () => {
    const { clock, scheduler, add } = setUpScheduler(1);
    const { tokens } = add('leaving', hangs());
    await clock.advance(0);
    const last = add('last');
    scheduler.remove(tokens);
    await clock.advance(MINUTE);
    expect(last.tokens.peek()).toBeDefined();
  });
});

describe('attempts that repeat what failed', () => {
  /** So many accounts in trouble for long that each is retried again and again, and one that is due. */
  async function setUpTroubled(concurrency: number) {
    const { clock, scheduler, add } = setUpScheduler(concurrency);
    const failing = Array.from({ length: 40 }, (_, i) => add(`bad${i}`, troubled()));
    await clock.advance(SECOND / 2);
    const vendor = slowVendor(clock, troubled());
    for (const { source } of failing) source.always(vendor.answer);
    return { clock, scheduler, add, vendor };
  }

  test.each([
    [20, 10],
    [4, 2],
    [3, 1],
    [2, 1],
    [1, 1],
  ])('take at most half of %d places: %d, and one at the least', async (concurrency, most) => {
    const { clock, vendor } = await setUpTroubled(concurrency);
    await clock.advance(MINUTE);
    expect(vendor.most).toBe(most);
    expect(vendor.requests).toBeGreaterThan(40);
  });

  test('hold up no refresh', async () => {
    const { clock, add, vendor } = await setUpTroubled(4);
    await clock.advance(10 * SECOND);
    expect(vendor.running).toBe(2);
    const fine = [add('good1'), add('good2')];
    await clock.advance(0);
    for (const { tokens } of fine) expect(tokens.peek()).toBeDefined();
  });

  test('are all made in the end', async () => {
    const { clock, add } = setUpScheduler(2);
    const failing = Array.from({ length: 10 }, (_, i) => add(`bad${i}`, troubled()));
    await clock.advance(SECOND / 2);
    for (const { source } of failing) source.always(gives());
    await clock.advance(MINUTE);
    for (const { tokens } of failing) expect(tokens.peek()).toBeDefined();
  });
});

describe('one API', () => {
  test('that hangs takes no place of another', async () => {
    const { clock, add } = setUpScheduler(2);
    for (let i = 0; i < 10; i++) add(`a${i}`, hangs(), ALWAYS, 'hanging');
    await clock.advance(0);
    const fine = Array.from({ length: 10 }, (_, i) => add(`a${i}`, gives(), ALWAYS, 'fine'));
    await clock.advance(0);
    for (const { tokens } of fine) expect(tokens.peek()).toBeDefined();
  });

  test('that is in trouble delays no refresh of another by a millisecond', async () => {
    const { clock, add } = setUpScheduler(2);
    const alone = add('alone', gives(), ALWAYS, 'fine');
    for (let i = 0; i < 20; i++) add(`a${i}`, troubled(), ALWAYS, 'failing');
    for (let i = 0; i < 20; i++) add(`b${i}`, hangs(), ALWAYS, 'hanging');
    await clock.advance(3 * HOUR);
    expect(alone.source.requestedAt).toEqual([0, 42, 84, 126, 168].map((minutes) => minutes * MINUTE));
  });
});

/** A clock that counts the timers that one of its users has set and not had. */
function countingClock(clock: ManualClock) {
  const count = { outstanding: 0, most: 0, set: 0 };
  const schedule = (callback: () => void, delayMs: number): (() => void) => {
    let isOpen = true;
    const close = (): void => {
      if (isOpen) count.outstanding--;
      isOpen = false;
    };
    count.set++;
    count.most = Math.max(count.most, ++count.outstanding);
    const cancel = clock.schedule(() => (close(), callback()), delayMs);
    return () => (close(), cancel());
  };
  return { count, clock: { now: () => clock.now(), wallNow: () => clock.wallNow(), schedule } };
}

describe('ten thousand tokens', () => {
  function setUpMany(options: ScheduledOptions) {
    const clock = new ManualClock(START_AT);
    const { count, clock: counting } = countingClock(clock);
    const scheduler = new TokenRefreshScheduler(counting, 20);
    const all: TokenCache[] = [];
    for (let i = 0; i < 10_000; i++) {
      const { tokens, source } = setUp({
        clock,
        label: { api: 'acme', account: `a${i}` },
        random: () => (i % 100) / 100,
      });
      source.always(gives());
      all.push(tokens);
      scheduler.add(tokens, options);
    }
    return { clock, count, scheduler, all };
  }

  test('take one timer, and are all kept fresh', async () => {
    const { clock, count, scheduler, all } = setUpMany(ALWAYS);
    expect(count.set).toBe(0);
    scheduler.start();
    await clock.advance(0);
    expect(all.every((tokens) => tokens.peek())).toBe(true);
    expect(count.outstanding).toBe(1);
    await clock.advance(HOUR);
    expect(all.every((tokens) => tokens.status().counters.tokensObtained === 2)).toBe(true);
    expect(count).toMatchObject({ outstanding: 1, most: 1 });
    scheduler.stop();
    expect(count.outstanding).toBe(0);
  });

  test('that nobody uses take none', async () => {
    const { clock, count, scheduler } = setUpMany(WHILE_USED);
    scheduler.start();
    await clock.advance(HOUR);
    expect(count.set).toBe(0);
    expect(scheduler.upcoming()).toEqual([]);
  });
});

describe('an account that is kept fresh while it is used', () => {
  test('is refreshed as long as somebody calls, and let go when nobody does', async () => {
    const { clock, add, scheduler } = setUpScheduler();
    const { tokens, source } = add('a', gives(), WHILE_USED);
    await clock.advance(HOUR);
    expect(source.requests).toBe(0);
    await tokens.get();
    await clock.advance(30 * MINUTE);
    tokens.take();
    await clock.advance(12 * MINUTE);
    expect(source.requests).toBe(2);
    // The last call was twelve minutes before this token; at its refresh it is 54 minutes ago, then 96.
    await clock.advance(42 * MINUTE);
    expect(source.requests).toBe(3);
    await clock.advance(10 * HOUR);
    expect(source.requests).toBe(3);
    expect(scheduler.upcoming()).toEqual([]);
  });

  test('is taken up again by its next call', async () => {
    const { clock, add, scheduler } = setUpScheduler();
    const { tokens, source } = add('a', gives(), WHILE_USED);
    await tokens.get();
    await clock.advance(10 * HOUR);
    const before = source.requests;
    expect((await tokens.get()).value).toBe(`token-${before + 1}`);
    await clock.advance(42 * MINUTE);
    expect(source.requests).toBe(before + 2);
    expect(scheduler.upcoming()).toHaveLength(1);
  });

  test('is retried while it is used, and not for ever', async () => {
    const { clock, add } = setUpScheduler();
    const { tokens, source } = add('a', gives(), WHILE_USED);
    await tokens.get();
    source.always(troubled());
    await clock.advance(59 * MINUTE);
    expect(source.requests).toBeGreaterThan(15);
    await clock.advance(2 * MINUTE);
    const byThen = source.requests;
    await clock.advance(10 * HOUR);
    expect(source.requests).toBe(byThen);
  });

  test('that never had a token is retried by its callers alone', async () => {
    const { clock, add } = setUpScheduler();
    const { tokens, source } = add('a', troubled(), WHILE_USED);
    const call = follow(tokens.get());
    await clock.advance(MINUTE);
    expect(call.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    expect(source.requestedAt).toEqual([0, 1, 3, 7].map((s) => s * SECOND));
  });
});

describe('an account that is no longer looked after', () => {
  test('is refreshed no more, and serves its callers as ever', async () => {
    const { clock, add, scheduler } = setUpScheduler();
    const { tokens, source } = add('a');
    await clock.advance(0);
    scheduler.remove(tokens);
    expect(scheduler.upcoming()).toEqual([]);
    await clock.advance(10 * HOUR);
    expect(source.requests).toBe(1);
    expect((await tokens.get()).value).toBe('token-2');
    expect(scheduler.upcoming()).toEqual([]);
  });

  test('before the start is not taken up at the start', async () => {
    const { clock, source, tokens } = setUp();
    const scheduler = new TokenRefreshScheduler(clock);
    scheduler.add(tokens, ALWAYS);
    scheduler.remove(tokens);
    scheduler.start();
    await clock.advance(HOUR);
    expect(source.requests).toBe(0);
  });

  test('may be let go twice, or without ever having been there', async () => {
    const { clock, add, scheduler } = setUpScheduler(1);
    const { tokens } = add('a', hangs());
    await clock.advance(0);
    scheduler.remove(tokens);
    scheduler.remove(tokens);
    scheduler.remove(setUp({ clock }).tokens);
    const vendor = slowVendor(clock);
    for (let i = 0; i < 5; i++) add(`b${i}`, vendor.answer);
    await clock.advance(MINUTE);
    expect(vendor).toMatchObject({ most: 1, requests: 5 });
  });

  test('may be taken up again', async () => {
    const { clock, add, scheduler } = setUpScheduler();
    const { tokens, source } = add('a');
    await clock.advance(0);
    scheduler.remove(tokens);
    scheduler.add(tokens, ALWAYS);
    await clock.advance(42 * MINUTE);
    expect(source.requests).toBe(2);
  });
});
