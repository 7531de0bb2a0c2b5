// Covers `lib/common`: the small functions: backoff, Retry-After, secrets, errors, messages.
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../../lib/common/backoff.js';
import {
  AuthApisClosedError,
  AuthApisError,
  AuthApisOptionsError,
  CredentialsRejectedError,
  isAuthApisClosedError,
  isAuthApisError,
  isCredentialsRejectedError,
  isTokenEndpointError,
  isTokenUnavailableError,
  SecretUnavailableError,
  TokenEndpointError,
  TokenUnavailableError,
} from '../../../lib/common/errors.js';
import { accountText, durationText, timeText } from '../../../lib/common/messages.js';
import { raceAbort } from '../../../lib/common/race-abort.js';
import { retryAfterMs } from '../../../lib/common/retry-after.js';
import { redactText } from '../../../lib/common/redact-text.js';
import { Secret, secretProblem } from '../../../lib/common/secret.js';
import { VERSION } from '../../../lib/common/version.js';
import { errorOf, HOUR, START_AT } from '../../support/token-source.js';

describe('the backoff', () => {
  const options = { initialMs: 1_000, maxMs: 60_000, jitter: 0.5 };

  test('doubles from the first pause to the longest', () => {
    expect([1, 2, 3, 6, 7, 8].map((n) => backoffMs(n, options, () => 0))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
  });

  test('is never longer than the cap nor shorter than the jitter allows, after any number of failures', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), chance, (failures, random) => {
        const whole = Math.min(60_000, 1_000 * 2 ** (failures - 1));
        const pause = backoffMs(failures, options, () => random);
        expect(pause).toBeLessThanOrEqual(whole);
        expect(pause).toBeGreaterThanOrEqual(whole / 2);
      }),
    );
  });
});

describe('Retry-After', () => {
  const inSeconds = (seconds: number): string => new Date(START_AT + seconds * 1_000).toUTCString();

  test('is read as seconds and as a date', () => {
    expect(retryAfterMs('0', START_AT)).toBe(0);
    expect(retryAfterMs('120', START_AT)).toBe(120_000);
    expect(retryAfterMs(' 7 ', START_AT)).toBe(7_000);
    expect(retryAfterMs(inSeconds(90), START_AT)).toBe(90_000);
  });

  test('is capped at an hour in both forms', () => {
    expect(retryAfterMs('3601', START_AT)).toBe(HOUR);
    expect(retryAfterMs('9'.repeat(400), START_AT)).toBe(HOUR);
    expect(retryAfterMs(inSeconds(86_400), START_AT)).toBe(HOUR);
  });

  test('of a date that is past is no pause', () => {
    expect(retryAfterMs(inSeconds(-5), START_AT)).toBe(0);
  });

  test.each([
    undefined,
    '',
    '-1',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    '5s',
    '1, 2',
    'soon',
    'Infinity',
    'NaN',
    '2026-01-15T12:00:00Z',
    'Thu, 15 Jan 2026 12:00:00 +0100',
    'Thu, 15 Jan 2026 12:00:00',
    'Thursday, 15-Jan-26 12:00:00 GMT',
    'Xxx, 99 Yyy 2026 12:00:00 GMT',
    'Thu, 15 Jan 2026 25:00:00 GMT',
  ])('of %j counts as absent', (header) => {
    expect(retryAfterMs(header, START_AT)).toBeUndefined();
  });

  test('is absent or between zero and an hour, whatever the header says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat().map(String),
          fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
        ),
        (header) => {
          const ms = retryAfterMs(header, START_AT) ?? 0;
          expect(ms >= 0 && ms <= HOUR).toBe(true);
        },
      ),
    );
  });
});

describe('a secret', () => {
  test.each([
    [undefined, 'is missing'],
    [null, 'is missing'],
    ['', 'is empty'],
    [42, 'must be a string'],
    ['a\nb', 'line break'],
    ['ab\r\n', 'line break'],
    [' ab', 'white space'],
    ['ab\t', 'white space'],
    ['schlüssel', 'cannot carry'],
    ['a\u0000b', 'cannot carry'],
    ['a\tb', 'cannot carry'],
    ['a\u200bb', 'cannot carry'],
  ])('of %j is refused in words that name the reason', (value, reason) => {
    expect(secretProblem(value)).toContain(reason);
  });

  test.each(['k', 'a b', '~!"#$%&', 'x'.repeat(4_096)])('of visible ASCII is taken', (value) => {
    expect(secretProblem(value)).toBeUndefined();
  });

  test('of any content is refused without showing it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: 'binary' }), (value) => {
        expect(secretProblem(value) ?? '').not.toContain(value);
      }),
    );
  });

  test('is read at every use when it is a function, sync or async', async () => {
    let n = 0;
    const secret = new Secret(async () => `key-${++n}`);
    expect([await secret.read(), await secret.read()]).toEqual(['key-1', 'key-2']);
    expect(secret.isDynamic).toBe(true);
    expect(new Secret('plain').isDynamic).toBe(false);
    expect(await new Secret(() => 'sync').read()).toBe('sync');
  });

  test('function that throws at once is a rejection like any other', async () => {
    const secret = new Secret(() => {
      throw new Error('sealed');
    });
    expect(await errorOf(secret.read())).toMatchObject({ message: 'sealed' });
  });

  test('is shown by no inspection and no JSON', () => {
    const secret = new Secret('e5cret');
    const shown = [
      inspect(secret, { showHidden: true, depth: Infinity }),
      JSON.stringify({ secret }),
      inspect(Object.entries(secret)),
    ];
    expect(shown.join()).not.toContain('e5cret');
  });
});

describe('redacting a text', () => {
  test('replaces every occurrence of every secret', () => {
    expect(redactText('k1 and k1 and k2$&', ['k1', 'k2$&'])).toBe('[secret] and [secret] and [secret]');
  });

  test('leaves no rest of a secret that begins with another', () => {
    const clean = redactText('identity shop, key shop-9f8e7d', ['shop', 'shop-9f8e7d']);
    expect(clean).not.toContain('9f8e7d');
  });

  test.each([
    ['inside of a word', 'Promise.withResolvers is no key', ['i', 'k'], 'Promise.withResolvers is no key'],
    ['as a word', 'no "i", key=k.', ['i', 'k'], 'no "[secret]", key=[secret].'],
    ['inside of a word with underscores', 'no client_id', ['id'], 'no client_id'],
    ['of signs', 'got $& and a$&b', ['$&'], 'got [secret] and a$&b'],
    ['beside letters of any script', 'éi iñ', ['i'], 'éi iñ'],
    ['of four, anywhere', 'xabcdx', ['abcd'], 'x[secret]x'],
  ])('a dummy of up to three characters %s', (_, text, secrets, clean) => {
    expect(redactText(text, secrets)).toBe(clean);
  });
});

describe('errors', () => {
  test('are recognized by their guards, and by no other', () => {
    const refused = new CredentialsRejectedError('no');
    const failed = new TokenEndpointError('no');
    const unavailable = new TokenUnavailableError('no');
    const closed = new AuthApisClosedError('no');
    const all = [refused, failed, unavailable, closed, new Error('x'), undefined, null, 'x', {}];
    expect(all.map(isAuthApisError)).toEqual([true, true, true, true, false, false, false, false, false]);
    expect(all.map(isCredentialsRejectedError).filter(Boolean)).toHaveLength(1);
    expect(all.map(isTokenEndpointError).filter(Boolean)).toHaveLength(2);
    expect(all.map(isTokenUnavailableError).filter(Boolean)).toHaveLength(1);
    expect(all.map(isAuthApisClosedError).filter(Boolean)).toHaveLength(1);
  });

  test('of another copy of the package are recognized by their brand', () => {
    const foreign = { [Symbol.for('nestjs-auth-apis.error')]: true, code: 'CREDENTIALS_REJECTED' };
    expect(isAuthApisError(foreign)).toBe(true);
    expect(isCredentialsRejectedError(foreign)).toBe(true);
    expect(isTokenUnavailableError(foreign)).toBe(false);
  });

  test('say whether a retry can help, and carry only what was given', () => {
    expect(new TokenUnavailableError('x')).toMatchObject({ retryable: true, code: 'TOKEN_UNAVAILABLE' });
    expect(new SecretUnavailableError('x')).toMatchObject({ retryable: true, code: 'SECRET_UNAVAILABLE' });
    expect(new AuthApisClosedError('x')).toMatchObject({ retryable: false, code: 'CLOSED' });
    expect(new CredentialsRejectedError('x')).toMatchObject({ retryable: false, name: 'CredentialsRejectedError' });
    const cause = new Error('below');
    expect(new AuthApisError('CLOSED', 'x', { cause, api: 'verbit', account: 'a', retryAt: 7 })).toMatchObject({
      cause,
      api: 'verbit',
      account: 'a',
      retryAt: 7,
    });
    expect('cause' in new AuthApisError('CLOSED', 'x')).toBe(false);
  });

  test('of options list every problem', () => {
    const error = new AuthApisOptionsError(['verbit.apiKey is missing', 'sparkfly.key is missing']);
    expect(error.problems).toHaveLength(2);
    expect(error.message).toContain('  - verbit.apiKey is missing\n  - sparkfly.key is missing');
  });
});

describe('waiting with a signal', () => {
  test('ends with the signal’s reason, before or while waiting, and leaves no listener', async () => {
    const reason = new Error('mine');
    expect(await errorOf(raceAbort(new Promise(() => {}), AbortSignal.abort(reason)))).toBe(reason);
    const controller = new AbortController();
    const wait = raceAbort(new Promise(() => {}), controller.signal);
    controller.abort(reason);
    expect(await errorOf(wait)).toBe(reason);
  });

  test('gives what the promise gives when the signal stays silent', async () => {
    const { signal } = new AbortController();
    expect(await raceAbort(Promise.resolve(7), signal)).toBe(7);
    expect(await errorOf(raceAbort(Promise.reject(new Error('x')), signal))).toMatchObject({ message: 'x' });
  });
});

test('durations, points in time and accounts read as a person would say them', () => {
  expect([450, 2_500, 90_000, 23 * 60_000, 5.4 * HOUR].map(durationText)).toEqual([
    '450 ms',
    '2.5 s',
    '1.5 min',
    '23 min',
    '5.4 h',
  ]);
  expect(timeText(START_AT)).toBe('2026-01-15T12:00:00Z');
  expect(accountText({ api: 'sparkfly', account: 'east' })).toBe('sparkfly "east"');
  expect(accountText({ api: 'sparkfly', account: 'default' })).toBe('sparkfly');
});

test('the version is that of the package', () => {
  const file = new URL('../../../package.json', import.meta.url);
  expect(VERSION).toBe((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version);
});
