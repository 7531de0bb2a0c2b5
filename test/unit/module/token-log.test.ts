import type { AuthApisEvent } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { TokenLog } from '../../../lib/module/token-log.js';

const AT = Date.UTC(2026, 0, 15, 3, 0, 0);
const SECOND = 1_000;
const HOUR = 3_600_000;

type Bare<T> = T extends AuthApisEvent ? Omit<T, 'api' | 'account' | 'at'> : never;

/** A log that keeps what it was told, and a way to tell it what happens to one account. */
function setUp(account = 'east') {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (line: unknown): void =>
      void lines.push(`${level} ${String(line)}`);
  const log = new TokenLog({ log: keep('LOG'), warn: keep('WARN'), error: keep('ERROR'), debug: keep('DEBUG') });
  const happens = (event: Bare<AuthApisEvent>): void => log.write({ api: 'sparkfly', account, at: AT, ...event });
  return { lines, log, happens };
}

const refreshed = (afterFailures = 0, tokens = 1): Bare<AuthApisEvent> => ({
  type: 'refreshed',
  expiresAt: AT + HOUR,
  refreshesAt: AT + HOUR / 2,
  tokens,
  from: 'vendor',
  afterFailures,
  durationMs: 5,
});
const failed = (
  more: { tokenLivesUntil?: number; askedToWait?: true; nextAttemptAt?: number } = {},
): Bare<AuthApisEvent> => ({
  type: 'failed',
  error: { code: 'TOKEN_ENDPOINT', message: 'sparkfly "east": POST host/auth answered 503', status: 503 },
  failures: 1,
  failingSince: AT,
  nextAttemptAt: AT + 2.5 * SECOND,
  ...more,
});
const refused = (code: 'CREDENTIALS_REJECTED' | 'TOKEN_ENDPOINT'): Bare<AuthApisEvent> => ({
  type: 'refused',
  error: { code, message: 'sparkfly "east": POST host/auth answered 4xx', status: 401 },
  refusals: 1,
  failingSince: AT,
  nextAttemptAt: AT + 5 * SECOND,
});
const replayed = (pausedUntil: number): Bare<AuthApisEvent> => ({ type: 'replayed', accepted: false, pausedUntil });

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
  happens(failed({ tokenLivesUntil: AT + 60 * SECOND }));
  expect(lines).toEqual([
    'WARN sparkfly "east": POST host/auth answered 503. Meaning: no new token for now; calls go on with the present ' +
      'token until 2026-01-15T03:01:00Z; next attempt in 2.5 s, at 2026-01-15T03:00:02Z, then at growing intervals until it works',
  ]);
});

test('one line a transition: failing, then without a token, then recovered', () => {
  const { lines, happens } = setUp();
  for (let i = 0; i < 5; i++) happens(failed({ tokenLivesUntil: AT + SECOND }));
  for (let i = 0; i < 5; i++) happens(failed());
  happens(refreshed(10));
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['WARN', 'ERROR', 'LOG']);
  expect(lines[1]).toContain('there is no living token: calls wait a moment, then fail');
  expect(lines[2]).toContain('recovered after 10 failed attempts');
});

test('a long pause that the vendor asks for is told whenever it does, and what it means for calls', () => {
  const { lines, happens } = setUp();
  const tokenLivesUntil = AT + 60 * SECOND;
  happens(failed({ tokenLivesUntil }));
  happens(failed({ tokenLivesUntil, askedToWait: true, nextAttemptAt: AT + 90 * SECOND }));
  happens(failed({ tokenLivesUntil, askedToWait: true, nextAttemptAt: AT + HOUR }));
  happens(failed({ askedToWait: true, nextAttemptAt: AT + HOUR }));
  happens(failed({ askedToWait: true, nextAttemptAt: AT + HOUR }));
  expect(lines).toHaveLength(4);
  expect(lines[1]).toContain(
    'calls go on with the present token until 2026-01-15T03:01:00Z, and fail from then to the next attempt; ' +
      'next attempt in 1 h, at 2026-01-15T04:00:00Z, as the vendor asks, then at growing intervals',
  );
  expect(lines[3]).toMatch(/^ERROR .*next attempt in 1 h, at 2026-01-15T04:00:00Z, as the vendor asks,/);
});

test('refused credentials are told as such, once', () => {
  const { lines, happens } = setUp();
  happens(refused('CREDENTIALS_REJECTED'));
  happens(refused('CREDENTIALS_REJECTED'));
  expect(lines).toEqual([expect.stringMatching(/^ERROR .*the vendor refuses the credentials, .*calls fail at once/)]);
});

test('another 4xx does not blame the credentials', () => {
  const { lines, happens } = setUp();
  happens(refused('TOKEN_ENDPOINT'));
  expect(lines).toEqual([expect.stringMatching(/not to the credentials \(are `baseURL` and `authURL` right\?\)/)]);
});

test('a token that an API refused is told, and so is the one that takes its place', () => {
  const { lines, happens } = setUp();
  happens(refreshed());
  happens({ type: 'rejected' });
  happens({ type: 'replayed', accepted: true });
  happens(refreshed(0, 2));
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^WARN .*an API answered 401/),
    expect.stringMatching(/^LOG .*recovered; token received/),
  ]);
});

test('a brand-new token that is refused too is told once a pause, not once a call', () => {
  const { lines, happens } = setUp();
  for (let i = 0; i < 100; i++) happens(replayed(AT + 5 * SECOND));
  happens(replayed(AT + 15 * SECOND));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^WARN .*the token is not the reason.*until 2026-01-15T03:00:05Z/);
});

test('the unnamed account is called by its API alone, and requests and the end are silent', () => {
  const { lines, log, happens } = setUp('default');
  happens({ type: 'requested' });
  happens({ type: 'stopped' });
  happens(refreshed());
  log.foreign({ api: 'sparkfly', account: 'default' }, 'https://elsewhere.test');
  expect(lines).toEqual([
    expect.stringMatching(/^LOG sparkfly: /),
    expect.stringMatching(/^WARN sparkfly: calls to https:\/\/elsewhere\.test carry no token.*allowedOrigins/),
  ]);
});
