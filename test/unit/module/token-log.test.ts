import type { AuthApisEvent } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import type { TokenLogSetting } from '../../../lib/module/token-log.js';
import { callLog, keptLines, tokenLog } from '../../support/token-log.js';

const AT = Date.UTC(2026, 0, 15, 3, 0, 0);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Bare<T> = T extends AuthApisEvent ? Omit<T, 'api' | 'account' | 'at'> : never;

/** A log that keeps what it was told, and a way to tell it what happens to one account. */
function setUp(account = 'east', setting: Partial<TokenLogSetting> = {}) {
  const { lines, log: kept } = keptLines();
  const log = tokenLog(kept, setting);
  const happens = (event: Bare<AuthApisEvent>, at = AT): void => log.write({ api: 'sparkfly', account, at, ...event });
  return { lines, log: kept, happens };
}

const refreshed = (afterFailures = 0, sequence = 1): Bare<AuthApisEvent> => ({
  type: 'tokenObtained',
  expiresAt: AT + HOUR,
  refreshesAt: AT + HOUR / 2,
  sequence,
  source: 'vendor',
  afterFailures,
  durationMs: 5,
});
const failed = (
  more: { tokenUsableUntil?: number; retryAfterMs?: number; nextAttemptAt?: number } = {},
): Bare<AuthApisEvent> => ({
  type: 'tokenRequestFailed',
  error: { code: 'TOKEN_REQUEST_FAILED', message: 'sparkfly "east": POST host/auth answered 503', vendorStatus: 503 },
  failures: 1,
  failingSince: AT,
  nextAttemptAt: AT + 2.5 * SECOND,
  ...more,
});
const refused = (code: 'CREDENTIALS_REJECTED' | 'TOKEN_REQUEST_FAILED'): Bare<AuthApisEvent> => ({
  type: 'tokenRequestDenied',
  error: { code, message: 'sparkfly "east": POST host/auth answered 4xx', vendorStatus: 401 },
  denials: 1,
  failingSince: AT,
  nextAttemptAt: AT + 5 * SECOND,
});
const rejected = (ageMs = 10 * MINUTE): Bare<AuthApisEvent> => ({
  type: 'tokenRejected',
  ageMs,
  remainingMs: HOUR - ageMs,
});
const replayed = (pausedUntil: number): Bare<AuthApisEvent> => ({ type: 'callRetried', accepted: false, pausedUntil });

test('the first token is told with its end and its next refresh; the next ones are routine', () => {
  const { lines, happens } = setUp();
  happens(refreshed());
  happens(refreshed(0, 2));
  expect(lines).toEqual([
    'LOG sparkfly "east": token received, lives until 2026-01-15T04:00:00Z, next refresh at 2026-01-15T03:30:00Z',
    expect.stringMatching(/^DEBUG /),
  ]);
});

test('trouble with a living token is a warning: what failed, that calls go on, until when, and what is next', () => {
  const { lines, happens } = setUp();
  happens(failed({ tokenUsableUntil: AT + 60 * SECOND }));
  expect(lines).toEqual([
    'WARN sparkfly "east": POST host/auth answered 503. Meaning: no new token for now; calls go on with the present ' +
      'token until 2026-01-15T03:01:00Z; next attempt in 2.5 s, at 2026-01-15T03:00:02Z, then at growing intervals until it works',
  ]);
});

test('one line a transition: failing, then without a token, then recovered', () => {
  const { lines, happens } = setUp();
  for (let i = 0; i < 5; i++) happens(failed({ tokenUsableUntil: AT + SECOND }));
  for (let i = 0; i < 5; i++) happens(failed());
  happens(refreshed(10));
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['WARN', 'ERROR', 'LOG']);
  expect(lines[1]).toContain('there is no living token: calls wait a moment, then fail');
  expect(lines[2]).toContain('recovered after 10 failed attempts');
});

test('a long pause that the vendor asks for is told whenever it does, and what it means for calls', () => {
  const { lines, happens } = setUp();
  const tokenUsableUntil = AT + 60 * SECOND;
  happens(failed({ tokenUsableUntil }));
  happens(failed({ tokenUsableUntil, retryAfterMs: 90 * SECOND, nextAttemptAt: AT + 90 * SECOND }));
  happens(failed({ tokenUsableUntil, retryAfterMs: HOUR, nextAttemptAt: AT + HOUR }));
  happens(failed({ retryAfterMs: HOUR, nextAttemptAt: AT + HOUR }));
  happens(failed({ retryAfterMs: HOUR, nextAttemptAt: AT + HOUR }));
  expect(lines).toHaveLength(4);
  expect(lines[1]).toContain(
    'calls go on with the present token until 2026-01-15T03:01:00Z, and fail from then to the next attempt; ' +
      'next attempt in 1 h, at 2026-01-15T04:00:00Z, for the vendor asks to wait, then at growing intervals',
  );
  expect(lines[3]).toMatch(/^ERROR .*next attempt in 1 h, at 2026-01-15T04:00:00Z, for the vendor asks to wait,/);
});

test('refused credentials are told as such, once', () => {
  const { lines, happens } = setUp();
  happens(refused('CREDENTIALS_REJECTED'));
  happens(refused('CREDENTIALS_REJECTED'));
  expect(lines).toEqual([expect.stringMatching(/^ERROR .*the vendor refuses the credentials, .*calls fail at once/)]);
});

test('another 4xx does not blame the credentials', () => {
  const { lines, happens } = setUp();
  happens(refused('TOKEN_REQUEST_FAILED'));
  expect(lines).toEqual([expect.stringMatching(/not to the credentials \(are `baseURL` and `tokenURL` right\?\)/)]);
});

test('no vendor is blamed for what the app’s own functions do', () => {
  const { lines, happens } = setUp();
  const error = { code: 'TOKEN_REQUEST_FAILED' as const, message: 'sparkfly "east": request() threw TypeError' };
  happens({ ...refused('TOKEN_REQUEST_FAILED'), error } as Bare<AuthApisEvent>);
  expect(lines[0]).toContain("request() threw TypeError. Meaning: the app's own part of the request cannot be used");
});

test('another reason is told: the line before would send people the wrong way', () => {
  const { lines, happens } = setUp();
  happens(refused('TOKEN_REQUEST_FAILED'));
  happens(refused('CREDENTIALS_REJECTED'));
  happens(failed());
  const error = { code: 'SECRET_UNAVAILABLE' as const, message: 'sparkfly "east": the vault is shut' };
  for (let i = 0; i < 3; i++) happens({ ...failed(), error } as Bare<AuthApisEvent>);
  expect(lines.slice(1)).toEqual([
    expect.stringContaining('the vendor refuses the credentials'),
    expect.stringContaining('answered 503'),
    expect.stringContaining('the vault is shut'),
  ]);
});

test('calls wait for an attempt that comes in time, at the beginning of trouble', () => {
  const callsAfter = (more: Partial<Bare<AuthApisEvent>>): string => {
    const { lines, happens } = setUp();
    happens({ ...failed(), ...more } as Bare<AuthApisEvent>);
    return /: (calls [^;]+);/.exec(lines[0]!)![1]!;
  };
  expect(callsAfter({ nextAttemptAt: AT + 9 * SECOND })).toBe('calls wait a moment, then fail');
  expect(callsAfter({ nextAttemptAt: AT + 10 * SECOND })).toBe('calls fail at once');
  expect(callsAfter({ failingSince: AT - HOUR })).toBe('calls fail at once');
});

test('where nobody refreshes without a call, no attempt is promised', () => {
  const { lines, happens } = setUp('east', { isRefreshing: () => false });
  happens(refreshed());
  happens(rejected());
  happens(failed());
  expect(lines).toEqual([
    expect.stringMatching(/^LOG .*next refresh at 2026-01-15T03:30:00Z, or at the first call after that$/),
    expect.stringMatching(/^WARN .*thrown away, the next call asks for another; if /),
    expect.stringMatching(/^ERROR .*next attempt in 2\.5 s, at 2026-01-15T03:00:02Z, or later, while it is in use$/),
  ]);
});

test('a token that has ended by wall time alone is not promised until then', () => {
  const { lines, happens } = setUp();
  happens(failed({ tokenUsableUntil: AT - HOUR }));
  expect(lines[0]).toContain('calls go on with the present token, which has ended by wall time (was the clock set');
});

describe('a token that ends before the next attempt', () => {
  const pause = { tokenUsableUntil: AT + 60 * SECOND, retryAfterMs: HOUR, nextAttemptAt: AT + HOUR } as const;

  test('by less than calls wait, is one for which they wait', async () => {
    const clock = new ManualClock(AT);
    const { lines, happens } = setUp('east', { clock });
    happens(failed({ tokenUsableUntil: AT + 2 * SECOND, nextAttemptAt: AT + 4 * SECOND }));
    await clock.advance(3 * SECOND);
    expect(lines).toEqual([
      expect.stringContaining('until 2026-01-15T03:00:02Z, and wait from then to the next attempt; '),
      expect.stringContaining(
        'the last token has ended, and there is no living token: calls wait a moment, then fail; ',
      ),
    ]);
  });

  test('is told when it ends, for nobody else would', async () => {
    const clock = new ManualClock(AT);
    const { lines, happens } = setUp('east', { clock });
    happens(failed(pause));
    await clock.advance(59 * SECOND);
    expect(lines.splice(0)).toEqual([expect.stringMatching(/^WARN /)]);
    await clock.advance(2 * SECOND);
    expect(lines.splice(0)).toEqual([
      'ERROR sparkfly "east": the last token has ended, and there is no living token: calls fail at once; ' +
        'next attempt in 59 min, at 2026-01-15T04:00:00Z, for the vendor asks to wait, then at growing intervals until it works',
    ]);
    happens(failed(), AT + HOUR);
    expect(lines).toEqual([]);
    happens(refreshed(2, 2), AT + HOUR);
    expect(lines).toEqual([expect.stringMatching(/^LOG .*recovered after 2 failed attempts/)]);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each<[string, Bare<AuthApisEvent>]>([
    ['another one has come', refreshed(1)],
    ['an API has refused it', rejected()],
    ['the app has shut down', { type: 'tokenCacheClosed' }],
  ])('is not when %s', async (_, event) => {
    const clock = new ManualClock(AT);
    const { lines, happens } = setUp('east', { clock });
    happens(failed(pause));
    happens(event);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(HOUR);
    expect(lines.filter((line) => line.includes('has ended'))).toEqual([]);
  });

  test('is not when it lives on, nor for an account of which there may be any number', async () => {
    const clock = new ManualClock(AT);
    const living = setUp('east', { clock, isLiving: () => true });
    const lookedUp = setUp('t-1', { clock, isConfigured: () => false });
    living.happens(failed(pause));
    lookedUp.happens(failed(pause));
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(HOUR);
    expect([...living.lines, ...lookedUp.lines]).toHaveLength(2);
  });
});

test('a token that an API refused is told, and so is the one that takes its place; whether it helps, nobody knows yet', () => {
  const { lines, happens } = setUp();
  happens(refreshed());
  happens(rejected());
  happens(refreshed(0, 2));
  happens({ type: 'callRetried', accepted: true });
  expect(lines.slice(1)).toEqual([
    'WARN sparkfly "east": an API answered 401 to the token 10 min after it was requested, 50 min before its end; ' +
      'it is thrown away, another is asked for; if tokens of this API always end that early, set `tokenLifetimeMs`',
    expect.stringMatching(/^LOG sparkfly "east": token received/),
  ]);
});

test('a remedy for tokens that end early is named only where a refusal may have to do with their age', () => {
  const { lines, happens } = setUp();
  for (const ageMs of [SECOND, MINUTE - 1, MINUTE, HOUR - MINUTE, HOUR - MINUTE + 1]) happens(rejected(ageMs));
  expect(lines.map((line) => line.includes('set `tokenLifetimeMs`'))).toEqual([false, false, true, true, false]);
  expect(lines[0]).toMatch(/token 1 s after it was requested, 1 h before its end; .* another is asked for$/);
});

describe('brand-new tokens that are refused too', () => {
  /** What a call whose 401 buys a token tells, at `at`. */
  const round = (happens: (event: Bare<AuthApisEvent>, at: number) => void, at: number): void => {
    happens(rejected(), at);
    happens(refreshed(0, 2), at);
    for (let i = 0; i < 100; i++) happens(replayed(at + 30 * SECOND), at);
  };
  const loud = (lines: string[]): string[] => lines.splice(0).filter((line) => !line.startsWith('DEBUG'));

  test('are told once, not for every pause or call', () => {
    const { lines, happens } = setUp();
    for (let at = AT; at < AT + 30 * MINUTE; at += 30 * SECOND) round(happens, at);
    expect(loud(lines)).toEqual([
      expect.stringMatching(/^WARN .*an API answered 401 to the token 10 min after/),
      expect.stringMatching(/^LOG sparkfly "east": token received/),
      expect.stringMatching(/^WARN .*the token is not the reason.*until 2026-01-15T03:00:30Z/),
    ]);
  });

  test('and again every hour, and after a long quiet', () => {
    const { lines, happens } = setUp();
    for (let at = AT; at <= AT + HOUR; at += MINUTE) round(happens, at);
    expect(loud(lines).filter((line) => line.includes('the token is not the reason'))).toHaveLength(2);
    round(happens, AT + 2 * HOUR);
    expect(loud(lines)).toHaveLength(3);
  });

  test('and when one is taken again', () => {
    const { lines, happens } = setUp();
    round(happens, AT);
    loud(lines);
    happens(rejected(), AT + MINUTE);
    happens(refreshed(0, 2), AT + MINUTE);
    happens({ type: 'callRetried', accepted: true }, AT + MINUTE);
    happens({ type: 'callRetried', accepted: true }, AT + MINUTE);
    expect(loud(lines)).toEqual([
      'LOG sparkfly "east": an API took the new token that a call was repeated with, 401s buy tokens again',
    ]);
  });
});

test('the unnamed account is called by its API alone, and requests and the end are silent', () => {
  const { lines, log, happens } = setUp('default');
  happens({ type: 'tokenRequested' });
  happens({ type: 'tokenCacheClosed' });
  happens(refreshed());
  callLog(log).originNotAllowed({ api: 'sparkfly', account: 'default' }, 'https://elsewhere.test');
  expect(lines).toEqual([
    expect.stringMatching(/^LOG sparkfly: /),
    expect.stringMatching(/^WARN sparkfly: calls to https:\/\/elsewhere\.test carry no token.*allowedOrigins/),
  ]);
});
