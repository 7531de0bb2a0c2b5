// Covers `lib/module/token-log.ts`: many accounts.
import type { AccountLabel, AuthApisEvent } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import type { TokenLogSetting } from '../../../lib/module/token-log.js';
import { keptLines, tokenLog } from '../../support/token-log.js';
import { HOUR, MINUTE, SECOND } from '../../support/token-source.js';

const AT = Date.UTC(2026, 0, 15, 3, 0, 0);

type Bare<T> = T extends AuthApisEvent ? Omit<T, keyof AccountLabel | 'at'> : never;

/** A log of accounts that are looked up, but for `east`, which is configured. */
function setUp(setting: Partial<TokenLogSetting> = {}) {
  const { lines, log: kept } = keptLines();
  const log = tokenLog(kept, { isConfigured: ({ account }) => account === 'east', ...setting });
  const happens = (event: Bare<AuthApisEvent>, label: Partial<AccountLabel> = {}, at = AT): void =>
    log.write({ api: 'acme', account: 't-1', at, ...label, ...event });
  return { lines, happens };
}

const refreshed = (sequence = 1, afterFailures = 0): Bare<AuthApisEvent> => ({
  type: 'tokenObtained',
  expiresAt: AT + HOUR,
  refreshesAt: AT + HOUR / 2,
  sequence,
  source: 'vendor',
  afterFailures,
  durationMs: 5,
});
const failed = (code: 'TOKEN_REQUEST_FAILED' | 'TOKEN_RATE_LIMITED'): Bare<AuthApisEvent> => ({
  type: 'tokenRequestFailed',
  error: { code, message: `acme: ${code}` },
  failures: 1,
  failingSince: AT,
  nextAttemptAt: AT + MINUTE,
});

describe('of accounts that the app looks up', () => {
  test('a token is routine from the first on', () => {
    const { lines, happens } = setUp();
    happens(refreshed());
    happens(refreshed(), { account: 'east' });
    expect(lines.map((line) => line.slice(0, 17))).toEqual(['DEBUG acme "t-1":', 'LOG acme "east": ']);
  });

  test('so it is of the further tokens of an account in the options, one for each visitor it may be', () => {
    const { lines, happens } = setUp();
    for (let i = 0; i < 3; i++) happens(refreshed(), { account: 'east', tokenParams: `forwardedFor 10.0.0.${i}` });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['DEBUG', 'DEBUG', 'DEBUG']);
  });

  test('nothing is kept of more accounts than there may be: some were dropped, and failed after that', () => {
    const { lines, happens } = setUp({ mostAccounts: 2 });
    for (const account of ['a', 'b', 'c', 'b', 'a']) happens(failed('TOKEN_REQUEST_FAILED'), { account });
    expect(lines.map((line) => line.slice(0, 10))).toEqual(['ERROR acme', 'ERROR acme', 'ERROR acme', 'ERROR acme']);
  });

  test('no attempt is promised that nobody makes unless they are used', () => {
    const { lines, happens } = setUp();
    happens(failed('TOKEN_REQUEST_FAILED'));
    happens(failed('TOKEN_REQUEST_FAILED'), { account: 'east', tokenParams: 'scope 1a2b3c4d' });
    happens(failed('TOKEN_REQUEST_FAILED'), { account: 'east' });
    expect(lines.map((line) => line.slice(line.indexOf('next attempt')))).toEqual([
      'next attempt in 1 min, at 2026-01-15T03:01:00Z, or later, while it is in use',
      'next attempt in 1 min, at 2026-01-15T03:01:00Z, or later, while it is in use',
      'next attempt in 1 min, at 2026-01-15T03:01:00Z, then at growing intervals until it works',
    ]);
  });

  test('an outage is a line for the first ten within a minute, then one for all others, who are told at debug', () => {
    const { lines, happens } = setUp();
    const levels = (): string =>
      lines
        .splice(0)
        .map((line) => line[0])
        .join('');
    for (let i = 0; i < 1_000; i++) happens(failed('TOKEN_REQUEST_FAILED'), { account: `t-${i}` });
    expect(lines[10]).toMatch(/^ERROR acme: more of the accounts that the app looks up change; .* at level debug/);
    expect(levels()).toBe('E'.repeat(11) + 'D'.repeat(990));
    happens(failed('TOKEN_REQUEST_FAILED'), { account: 'east' });
    happens(failed('TOKEN_REQUEST_FAILED'), { account: 't-1', api: 'globex' });
    expect(levels()).toBe('EE'); // those of the options, and other APIs, are told as ever
    for (let i = 0; i < 20; i++) happens(refreshed(1, 3), { account: `t-${i}` }, AT + MINUTE);
    expect(levels()).toBe('L'.repeat(11) + 'D'.repeat(10));
  });

  test('trouble and its end are told as for every account', () => {
    const { lines, happens } = setUp();
    happens(failed('TOKEN_REQUEST_FAILED'));
    happens(refreshed(1, 3));
    happens(refreshed(2));
    expect(lines).toEqual([
      expect.stringMatching(/^ERROR acme: TOKEN_REQUEST_FAILED\. Meaning: no new token for now/),
      expect.stringMatching(/^LOG acme "t-1": recovered after 3 failed attempts; token received/),
      expect.stringMatching(/^DEBUG /),
    ]);
  });

  test('an id that nobody knows fills no log', () => {
    const { lines, happens } = setUp();
    for (let i = 0; i < 3; i++) {
      const error = { code: 'UNKNOWN_ACCOUNT' as const, message: `acme "made-up-${i}": there is no such account` };
      happens(
        { type: 'tokenRequestDenied', error, denials: 1, failingSince: AT, nextAttemptAt: AT + 5 * SECOND },
        { account: `made-up-${i}` },
      );
    }
    happens(refreshed(), { account: 'made-up-0' });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['DEBUG', 'DEBUG', 'DEBUG', 'DEBUG']);
  });

  test('one that had a token is not made up: that the app knows it no more is told', () => {
    const { lines, happens } = setUp();
    const error = { code: 'UNKNOWN_ACCOUNT' as const, message: 'acme "t-1": there is no such account' };
    const gone = {
      type: 'tokenRequestDenied',
      error,
      denials: 1,
      failingSince: AT,
      nextAttemptAt: AT + 5 * SECOND,
    } as const;
    happens({ ...gone, tokenUsableUntil: AT + MINUTE });
    happens(gone);
    happens(gone);
    expect(lines).toEqual([
      expect.stringMatching(
        /^WARN acme "t-1": there is no such account\. Meaning: the app knows this account no more; calls go on/,
      ),
      expect.stringMatching(
        /^ERROR .*the app knows this account no more, and there is no living token: calls fail at once/,
      ),
    ]);
  });

  test('one that makes room is told to those who look closely, and begins anew', () => {
    const { lines, happens } = setUp();
    happens(failed('TOKEN_REQUEST_FAILED'));
    happens({ type: 'accountEvicted', reason: 'capacity' });
    happens(failed('TOKEN_REQUEST_FAILED'));
    expect(lines).toEqual([
      expect.stringMatching(/^ERROR /),
      'DEBUG acme "t-1": dropped (capacity); its next call asks for a token anew',
      expect.stringMatching(/^ERROR /),
    ]);
  });

  test('tokens with parameters are told apart', () => {
    const { lines, happens } = setUp();
    happens(failed('TOKEN_REQUEST_FAILED'), { tokenParams: 'scope 1a2b3c4d' });
    happens(refreshed());
    happens(refreshed(), { tokenParams: 'scope 1a2b3c4d' });
    expect(lines).toEqual([
      expect.stringMatching(/^ERROR /),
      expect.stringMatching(/^DEBUG acme "t-1": token received/),
      expect.stringMatching(/^LOG acme "t-1" \[scope 1a2b3c4d\]: recovered; token received/),
    ]);
  });
});

test('a budget that is spent is one line a minute for all accounts of the API', () => {
  const { lines, happens } = setUp();
  for (let i = 0; i < 100; i++) happens(failed('TOKEN_RATE_LIMITED'), { account: `t-${i}` }, AT + i);
  happens(failed('TOKEN_RATE_LIMITED'), { api: 'other' }, AT + 100);
  happens(failed('TOKEN_RATE_LIMITED'), {}, AT + MINUTE - 1);
  expect(lines).toHaveLength(2);
  happens(failed('TOKEN_RATE_LIMITED'), {}, AT + MINUTE);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe(
    'WARN acme: TOKEN_RATE_LIMITED; tokens that live are served as ever, calls without one wait or fail until then',
  );
});

test('the store is nobody’s account: each loss and each return is told, however often', () => {
  const { lines, happens } = setUp();
  const store = { api: 'store', account: 'default' };
  for (let i = 0; i < 12; i++) {
    happens({ type: 'storeUnavailable', problem: 'no answer' }, store);
    happens({ type: 'storeAvailable' }, store);
  }
  expect(lines).toHaveLength(24);
  expect(lines.slice(-2)).toEqual([
    'WARN the token store cannot be had (no answer); calls go on, and until it is back each replica asks for tokens of its own',
    'LOG the token store is back; replicas share tokens again',
  ]);
});

test('a rotation is told with what to do next, and so is the way back', () => {
  const { lines, happens } = setUp();
  happens({ type: 'secretRotated', secret: 'next' }, { account: 'east' });
  happens({ type: 'secretRotated', secret: 'current' }, { account: 'east' });
  expect(lines).toEqual([
    expect.stringMatching(/^WARN acme "east": the vendor refuses the first .* can be taken out of the configuration$/),
    expect.stringMatching(/^WARN acme "east": the vendor takes the first of the two secrets again/),
  ]);
});
