// Covers `lib/token/token-cache.ts`: failed attempts, backoff and cool-down.
import { SecretUnavailableError, TokenEndpointError } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { TokenRefreshScheduler } from '../../../lib/scheduler/token-refresh.scheduler.js';
import {
  errorOf,
  fails,
  follow,
  gives,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  setUpWithToken,
  START_AT,
  troubled,
} from '../../support/token-source.js';

const ALMOST_ONE = 1 - Number.EPSILON;
const otherRefusal = fails(() => new TokenEndpointError('the vendor answered 410', { vendorStatus: 410 }));
const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((at, i) => at - times[i]!);

describe('trouble', () => {
  test('pauses double from a second to a minute, whether or not anybody calls', async () => {
    const { clock, source, tokens } = setUp();
    const scheduler = new TokenRefreshScheduler(clock);
    scheduler.add(tokens, { keepFresh: 'always', prefetch: true });
    source.always(troubled());
    scheduler.start();
    await clock.advance(5 * MINUTE);
    expect(gapsOf(source.requestedAt)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * SECOND));
  });

  test('chance takes away at most half of a pause', async () => {
    const { clock, source, tokens } = setUp({ random: () => ALMOST_ONE });
    source.always(troubled());
    const call = follow(tokens.get());
    await clock.advance(9 * SECOND);
    expect(gapsOf(source.requestedAt).map((gap) => Math.round(gap))).toEqual([500, 1_000, 2_000, 4_000]);
    expect(call.settled).toBe(true);
  });

  test('any number of calls does not ask sooner than the pause allows', async () => {
    const { clock, source, tokens } = setUp();
    source.always(troubled());
    for (let i = 0; i < 300; i++) {
      follow(tokens.get());
      tokens.take();
      await clock.advance(100);
    }
    expect(source.requestedAt.slice(0, 5)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
  });

  test('a success ends it: the next failure pauses for a second again', async () => {
    const { clock, source, tokens } = setUp();
    source.next(troubled(), troubled(), troubled());
    const call = follow(tokens.get());
    await clock.advance(7 * SECOND);
    expect(call.settled).toBe(true);
    source.next(troubled());
    await errorOf(tokens.refresh());
    expect(tokens.status().nextAttemptAt).toBe(clock.wallNow() + SECOND);
  });

  test('a secret that cannot be read is trouble, not refusal', async () => {
    const { clock, source, tokens } = setUp();
    source.next(fails(() => new SecretUnavailableError('the function given as `key` threw')));
    const call = follow(tokens.get(), clock);
    await clock.advance(SECOND);
    expect(call).toMatchObject({ at: SECOND, value: { requestedAt: START_AT + SECOND } });
  });

  test('trouble that turns into refusal and back does not begin anew for those who wait', async () => {
    const { clock, source, tokens } = setUp();
    source.next(troubled(), troubled(), troubled(), refuses(), troubled()).always(hangs());
    const first = follow(tokens.get());
    await clock.advance(7 * SECOND);
    expect(first.settled).toBe(true);
    await clock.advance(5 * SECOND);
    // The trouble is twelve seconds old and no success has ended it.
    await errorOf(tokens.refresh());
    const late = follow(tokens.get());
    await clock.advance(0);
    expect(late.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  });
});

test('when trouble and refusal take turns, the pauses of each grow all the same', async () => {
  const { clock, source, tokens } = setUp();
  const scheduler = new TokenRefreshScheduler(clock);
  scheduler.add(tokens, { keepFresh: 'always', prefetch: true });
  for (let i = 0; i < 50; i++) source.next(troubled(), refuses());
  scheduler.start();
  await clock.advance(30 * MINUTE);
  // A minute after each trouble and five after each refusal, in the end.
  expect(source.requests).toBeLessThan(25);
});

describe('Retry-After', () => {
  test('wins over the backoff, even past the end of the token', async () => {
    const { clock, source, tokens } = await setUpWithToken();
    const scheduler = new TokenRefreshScheduler(clock);
    scheduler.add(tokens, { keepFresh: 'always', prefetch: true });
    scheduler.start();
    source.next(troubled(30 * MINUTE));
    await clock.advance(42 * MINUTE);
    expect(source.requests).toBe(2);
    await clock.advance(25 * MINUTE);
    expect(await errorOf(tokens.get())).toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
      retryAt: START_AT + 72 * MINUTE,
    });
    expect(source.requests).toBe(2);
    await clock.advance(5 * MINUTE);
    expect(source.requestedAt).toEqual([0, 42 * MINUTE, 72 * MINUTE]);
    expect(tokens.take()?.value).toBe('token-3');
  });

  test('is waited for by callers when it is shorter than their patience', async () => {
    const { clock, source, tokens } = setUp();
    source.next(troubled(6 * SECOND));
    const call = follow(tokens.get(), clock);
    await clock.advance(6 * SECOND);
    expect(call).toMatchObject({ at: 6 * SECOND, value: { requestedAt: START_AT + 6 * SECOND } });
    expect(source.requests).toBe(2);
  });

  test('is honoured by refresh() too, which says until when', async () => {
    const { clock, source, tokens } = setUp();
    source.next(troubled(MINUTE));
    await errorOf(tokens.refresh());
    await clock.advance(MINUTE - 1);
    expect(await errorOf(tokens.refresh())).toMatchObject({ code: 'TOKEN_UNAVAILABLE', retryAt: START_AT + MINUTE });
    expect(source.requests).toBe(1);
    await clock.advance(1);
    expect((await tokens.refresh()).value).toBe('token-2');
  });

  test('is honoured by refresh() also when a late answer has brought a token meanwhile', async () => {
    const { clock, source, tokens } = setUp();
    const held = source.hold();
    source.next(troubled(HOUR));
    const call = follow(tokens.get());
    await clock.advance(6 * SECOND);
    expect(call.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    held.give('late');
    await clock.advance(0);
    expect(tokens.peek()?.value).toBe('late');
    const before = source.requests;
    follow(tokens.refresh());
    await clock.advance(0);
    expect(source.requests).toBe(before);
  });

  test('of zero does not turn the retries into a storm', async () => {
    const { clock, source, tokens } = setUp();
    let left = 200;
    source.always((signal, n) => troubled(left-- > 0 ? 0 : HOUR)(signal, n));
    follow(tokens.get());
    await clock.advance(10 * SECOND);
    expect(source.requests).toBeLessThanOrEqual(10);
  });
});

describe('refresh() by hand', () => {
  test('skips the backoff', async () => {
    const { source, tokens } = setUp();
    source.next(troubled(), troubled());
    await errorOf(tokens.refresh());
    await errorOf(tokens.refresh());
    expect((await tokens.refresh()).value).toBe('token-3');
    expect(source.requests).toBe(3);
  });

  test('skips the cool-down', async () => {
    const { source, tokens } = setUp();
    source.next(refuses());
    await errorOf(tokens.refresh());
    expect((await tokens.refresh()).value).toBe('token-2');
    expect(tokens.status().state).toBe('fresh');
  });

  test('rejects with what the attempt met, and the living token stays in use', async () => {
    const { source, tokens } = await setUpWithToken();
    source.next(troubled(), refuses());
    expect(await errorOf(tokens.refresh())).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: 503 });
    expect(await errorOf(tokens.refresh())).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 401 });
    expect(tokens.take()?.value).toBe('token-1');
    expect(source.requests).toBe(3);
  });
});

describe('refused credentials', () => {
  test('fail every call at once until the cool-down is over', async () => {
    const { clock, source, tokens } = setUp();
    source.always(refuses());
    expect(await errorOf(tokens.get())).toMatchObject({
      code: 'CREDENTIALS_REJECTED',
      vendorStatus: 401,
      retryable: false,
      retryAt: START_AT + 5 * SECOND,
    });
    await clock.advance(5 * SECOND - 1);
    const calls = Array.from({ length: 100 }, () => follow(tokens.get()));
    await clock.advance(0);
    expect(calls.every((call) => (call.error as { code?: string }).code === 'CREDENTIALS_REJECTED')).toBe(true);
    expect(tokens.status().state).toBe('denied');
    expect(source.requests).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('are tried again after a cool-down that doubles from 5 s to 5 min', async () => {
    const { clock, source, tokens } = setUp();
    const scheduler = new TokenRefreshScheduler(clock);
    scheduler.add(tokens, { keepFresh: 'always', prefetch: true });
    source.always(refuses());
    scheduler.start();
    await clock.advance(20 * MINUTE);
    expect(gapsOf(source.requestedAt)).toEqual([5, 10, 20, 40, 80, 160, 300, 300].map((s) => s * SECOND));
  });

  test('are tried again after a jittered cool-down', async () => {
    const { source, tokens } = setUp({ random: () => ALMOST_ONE });
    source.always(refuses());
    const { retryAt } = await errorOf<TokenEndpointError>(tokens.get());
    expect(retryAt).toBeGreaterThan(START_AT);
    expect(retryAt).toBeLessThan(START_AT + 5 * SECOND);
  });

  test('leave the living token in use to its end', async () => {
    const { clock, source, tokens } = await setUpWithToken();
    source.always(refuses());
    await clock.advance(HOUR - 20 * SECOND);
    expect((await tokens.get()).value).toBe('token-1');
    expect(tokens.status().state).toBe('expiring');
    await clock.advance(19 * SECOND);
    expect(tokens.take()?.value).toBe('token-1');
    await clock.advance(SECOND);
    expect(await errorOf(tokens.get())).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  });

  test('heal at the first call after the cool-down', async () => {
    const { clock, source, tokens } = setUp();
    source.next(refuses());
    await errorOf(tokens.get());
    await clock.advance(5 * SECOND);
    expect((await tokens.get()).value).toBe('token-2');
  });

  test('another 4xx is as final: a TokenEndpointError, and the same cool-down', async () => {
    const { clock, source, tokens } = setUp();
    source.next(otherRefusal);
    const call = follow(tokens.get());
    await clock.advance(0);
    expect(call.error).toMatchObject({
      code: 'TOKEN_REQUEST_FAILED',
      vendorStatus: 410,
      retryAt: START_AT + 5 * SECOND,
    });
    expect(await errorOf(tokens.get())).toMatchObject({ vendorStatus: 410 });
    expect(source.requests).toBe(1);
  });
});

const unchanged = async (): Promise<boolean> => false;

const setUpRefused = async () => {
  const setup = setUp();
  const reads: number[] = [];
  let read = unchanged;
  setup.source.credentialsChanged = () => (reads.push(setup.clock.now()), read());
  setup.source.next(refuses());
  await errorOf(setup.tokens.refresh());
  return { ...setup, reads, whenRead: (next: () => Promise<boolean>) => (read = next) };
};

describe('while refused, secrets given as functions', () => {
  test('are read again on demand; a changed value ends the cool-down for everybody, by one request', async () => {
    const { source, tokens, reads, whenRead } = await setUpRefused();
    whenRead(async () => true);
    const given = await Promise.all(Array.from({ length: 10 }, () => tokens.get()));
    expect(new Set(given.map(({ value }) => value))).toEqual(new Set(['token-2']));
    expect(reads).toHaveLength(1);
    expect(source.requests).toBe(2);
  });

  test('are read at most once a second, however many call', async () => {
    const { clock, source, tokens, reads } = await setUpRefused();
    for (let i = 0; i < 40; i++) {
      await Promise.all([errorOf(tokens.get()), errorOf(tokens.get())]);
      await clock.advance(100);
    }
    expect(gapsOf(reads).every((gap) => gap >= SECOND)).toBe(true);
    expect(reads).toHaveLength(4);
    expect(source.requests).toBe(1);
  });

  test('are not read at all while nobody calls', async () => {
    const { clock, reads } = await setUpRefused();
    await clock.advance(MINUTE);
    expect(reads).toHaveLength(0);
  });

  test('that throw do not end the refusal and leave nothing unhandled', async () => {
    const { source, tokens, whenRead } = await setUpRefused();
    whenRead(() => Promise.reject(new Error('vault is sealed')));
    expect(await errorOf(tokens.get())).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
    expect(source.requests).toBe(1);
  });

  test('that hang never make a caller wait longer than tokenWaitTimeoutMs in all', async () => {
    const { clock, source, tokens, whenRead } = await setUpRefused();
    whenRead(() => new Promise(() => {}));
    source.always(hangs());
    await clock.advance(SECOND);
    const call = follow(tokens.get(), clock);
    await clock.advance(MINUTE);
    expect(call.at! - SECOND).toBeLessThanOrEqual(10 * SECOND);
  });

  test('do not hold up a caller whose signal aborts', async () => {
    const { clock, tokens, whenRead } = await setUpRefused();
    whenRead(() => new Promise(() => {}));
    const mine = new AbortController();
    const call = follow(tokens.get({ signal: mine.signal }));
    await clock.advance(0);
    mine.abort(new Error('mine'));
    await clock.advance(0);
    expect(call.error).toMatchObject({ message: 'mine' });
  });

  test('cost no request when a token came by another way while they were read', async () => {
    const { clock, source, tokens, whenRead } = await setUpRefused();
    let answer!: (isChanged: boolean) => void;
    whenRead(() => new Promise((resolve) => (answer = resolve)));
    const call = follow(tokens.get());
    await clock.advance(0);
    await tokens.refresh();
    answer(false);
    await clock.advance(0);
    expect(call.value?.value).toBe('token-2');
    expect(source.requests).toBe(2);
  });
});

test('the failures in a row, the time of the next attempt and the end of the token are told', async () => {
  const { clock, source, tokens, events } = await setUpWithToken();
  source.next(troubled(), troubled(), gives());
  await clock.advance(45 * MINUTE);
  tokens.take();
  await clock.advance(SECOND);
  tokens.take();
  await clock.advance(2 * SECOND);
  tokens.take();
  await clock.advance(0);
  const told = events.filter(({ type }) => type === 'tokenRequestFailed' || type === 'tokenObtained').slice(1);
  expect(told).toMatchObject([
    {
      type: 'tokenRequestFailed',
      failures: 1,
      nextAttemptAt: START_AT + 45 * MINUTE + SECOND,
      tokenUsableUntil: START_AT + HOUR,
    },
    { type: 'tokenRequestFailed', failures: 2, nextAttemptAt: START_AT + 45 * MINUTE + 3 * SECOND },
    { type: 'tokenObtained', afterFailures: 2 },
  ]);
});
