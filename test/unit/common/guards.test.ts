// Covers `lib/common/errors.ts`: properties and guards, and the edges of waiting, secrets and durations.
import { describe, expect, test } from 'vitest';
import {
  AccountError,
  AuthApisClosedError,
  AuthApisError,
  AuthApisOptionsError,
  CredentialsRejectedError,
  isAccountError,
  isAuthApisClosedError,
  isAuthApisOptionsError,
  isCredentialsRejectedError,
  isSecretUnavailableError,
  isTokenEndpointError,
  isTokenUnavailableError,
  SecretUnavailableError,
  TokenEndpointError,
  TokenUnavailableError,
} from '../../../lib/common/errors.js';
import { durationText, timeText } from '../../../lib/common/messages.js';
import { raceAbort } from '../../../lib/common/race-abort.js';
import { redactText } from '../../../lib/common/redact-text.js';
import { Secret } from '../../../lib/common/secret.js';
import { errorOf } from '../../support/token-source.js';

const thrown = {
  rejected: new CredentialsRejectedError('x'),
  endpoint: new TokenEndpointError('x'),
  secret: new SecretUnavailableError('x'),
  unavailable: new TokenUnavailableError('x'),
  closed: new AuthApisClosedError('x'),
  options: new AuthApisOptionsError(['x']),
  notConfigured: new AccountError('NOT_CONFIGURED', 'x'),
  unknown: new AccountError('UNKNOWN_ACCOUNT', 'x'),
  ambiguous: new AccountError('AMBIGUOUS_ACCOUNT', 'x'),
  foreign: new AccountError('ORIGIN_NOT_ALLOWED', 'x'),
  another: new Error('x'),
  lookalike: { code: 'SECRET_UNAVAILABLE' },
  invalid: { code: 'INVALID_OPTIONS' },
  account: { code: 'UNKNOWN_ACCOUNT' },
  nothing: undefined,
};

test.each([
  ['isCredentialsRejectedError', isCredentialsRejectedError, ['rejected']],
  ['isTokenEndpointError', isTokenEndpointError, ['rejected', 'endpoint']],
  ['isSecretUnavailableError', isSecretUnavailableError, ['secret']],
  ['isTokenUnavailableError', isTokenUnavailableError, ['unavailable']],
  ['isAuthApisClosedError', isAuthApisClosedError, ['closed']],
  ['isAuthApisOptionsError', isAuthApisOptionsError, ['options']],
  ['isAccountError', isAccountError, ['notConfigured', 'unknown', 'ambiguous', 'foreign']],
])('%s recognizes its errors and no other', (_, guard, expected) => {
  const recognized = Object.entries(thrown).filter(([, error]) => guard(error));
  expect(recognized.map(([name]) => name)).toEqual(expected);
});

test('an error carries no property that was not given', () => {
  const bare = Object.keys(new TokenEndpointError('x')).toSorted();
  expect(bare).toEqual(['code', 'name', 'retryable']);
  expect(Object.keys(new AuthApisError('CLOSED', 'x')).toSorted()).toEqual(bare);
});

test('an error of the token endpoint carries all that was given', () => {
  const given = {
    api: 'verbit',
    account: 'east',
    retryable: true,
    retryAt: 7,
    vendorStatus: 503,
    errors: [{ message: 'busy' }],
    error: 'busy',
    tracingId: 't1',
    retryAfterMs: 5,
  };
  expect(new TokenEndpointError('x', given)).toMatchObject(given);
});

test('an error of options names what it is about', () => {
  expect(new AuthApisOptionsError(['a is missing', 'b is missing']).message).toBe(
    'The options of AuthApisModule are not valid:\n  - a is missing\n  - b is missing',
  );
  expect(new AuthApisOptionsError(['a is missing'], 'The parameters').message).toBe(
    'The parameters are not valid:\n  - a is missing',
  );
});

describe('a wait with a signal', () => {
  test('leaves no listener on it when it is over', async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners.add(args[1]), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      if (args[0] === 'abort') listeners.delete(args[1]);
      remove(...args);
    };
    const waits = [raceAbort(Promise.resolve(7), signal), errorOf(raceAbort(Promise.reject(new Error('x')), signal))];
    expect(listeners.size).toBe(2);
    await Promise.all(waits);
    await new Promise(setImmediate);
    expect(listeners.size).toBe(0);
  });
});

test('a secret stands in JSON as a placeholder', () => {
  expect(JSON.stringify({ key: new Secret('e5cret') })).toBe('{"key":"[secret]"}');
});

test('an empty secret leaves a text as it is', () => {
  expect(redactText('no key', ['', 'key'])).toBe('no [secret]');
});

test('a duration of exactly one of a unit is said in that unit', () => {
  expect([1_000, 60_000, 3_600_000].map(durationText)).toEqual(['1 s', '1 min', '1 h']);
});

test('a duration that is rounded up to the next unit is said in that', () => {
  expect([999.4, 999.6, 59_940, 59_960, 59.94 * 60_000, 59.97 * 60_000].map(durationText)).toEqual([
    '999 ms',
    '1 s',
    '59.9 s',
    '1 min',
    '59.9 min',
    '1 h',
  ]);
});

test('a point in time is said to the second', () => {
  expect(timeText(Date.UTC(2026, 0, 15, 12, 0, 7, 89))).toBe('2026-01-15T12:00:07Z');
});
