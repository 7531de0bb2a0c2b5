// Covers `lib/common/account-id.ts` and how secrets, messages and errors name an account.
import { describe, expect, test } from 'vitest';
import { accountIdProblem } from '../../../lib/common/account-id.js';
import {
  AccountError,
  CredentialsRejectedError,
  isTokenRateLimitError,
  TokenRateLimitError,
} from '../../../lib/common/errors.js';
import { accountText } from '../../../lib/common/messages.js';
import { Secret, secretValueProblem } from '../../../lib/common/secret.js';

describe('the id of an account', () => {
  test.each([
    'a',
    'tenant-7',
    '7f9c24e8-3b12-4fef-91e0-5d8c5a1c9f2b',
    'Zoë & Söhne',
    'a/b',
    '__proto__',
    'x'.repeat(256),
  ])('may be %j', (id) => {
    expect(accountIdProblem(id)).toBeUndefined();
  });

  test.each([
    '',
    '  ',
    '\t',
    'a\nb',
    'a\rb',
    'a\u0000',
    '\u001b[31mred',
    'a\u2028b',
    'a\u0085b',
    7,
    null,
    undefined,
    {},
  ])('cannot be %j', (id) => {
    expect(accountIdProblem(id)).toBe('must be a string of one line that is not empty');
  });

  test('has an end', () => {
    expect(accountIdProblem('x'.repeat(257))).toBe('must not be longer than 256 characters');
  });
});

describe('a secret', () => {
  test('may be a value or a pair', () => {
    for (const value of ['k', ['k', 'l'], ['same', 'same']]) expect(secretValueProblem(value)).toBeUndefined();
  });

  test.each<[unknown, string]>([
    [undefined, 'is missing'],
    [null, 'is missing'],
    ['', 'is empty'],
    [7, 'must be a string'],
    [{}, 'must be a string'],
    [' k', 'begins or ends with white space'],
    [[], 'must be one value, or a pair [current, next]'],
    [['k'], 'must be one value, or a pair [current, next]'],
    [['k', 'l', 'm'], 'must be one value, or a pair [current, next]'],
    [[undefined, 'l'], 'is missing (the first of the pair)'],
    [['k', undefined], 'is missing (the second of the pair)'],
    [['k', 'l\n'], 'contains a line break (the second of the pair)'],
    [['k', ['l', 'm']], 'must be a string (the second of the pair)'],
  ])('cannot be %j', (value, problem) => {
    expect(secretValueProblem(value)).toBe(problem);
  });

  test('that is a pair is fixed, and read as it is', async () => {
    const pair = ['k', 'l'] as const;
    expect(new Secret(pair).isDynamic).toBe(false);
    expect(await new Secret(pair).read()).toEqual(pair);
    expect(await new Secret(async () => pair).read()).toEqual(pair);
  });
});

test('an account is called by its parameters too', () => {
  expect(accountText({ api: 'acme', account: 'default', tokenParams: 'scope 1a2b' })).toBe('acme [scope 1a2b]');
  expect(accountText({ api: 'acme', account: 'east', tokenParams: 'scope 1a2b' })).toBe('acme "east" [scope 1a2b]');
});

describe('errors', () => {
  test('of a spent budget may pass, and are recognized', () => {
    const error = new TokenRateLimitError('spent', { api: 'acme', retryAt: 7 });
    expect(error).toMatchObject({ code: 'TOKEN_RATE_LIMITED', retryable: true, api: 'acme', retryAt: 7 });
    expect(isTokenRateLimitError(error)).toBe(true);
    expect(isTokenRateLimitError(new CredentialsRejectedError('no'))).toBe(false);
  });

  test('are said again whole, to another caller at another time', () => {
    const label = { api: 'acme', account: 't-1', tokenParams: 'scope 1a2b' };
    const unknown = new AccountError('UNKNOWN_ACCOUNT', 'there is none', label);
    const again = unknown.again(7);
    expect(again).not.toBe(unknown);
    expect(again).toBeInstanceOf(AccountError);
    expect(again).toMatchObject({ ...label, code: 'UNKNOWN_ACCOUNT', message: 'there is none', retryAt: 7 });
    const refused = new CredentialsRejectedError('no', { ...label, vendorStatus: 401 }).again(7);
    expect(refused).toMatchObject({ ...label, code: 'CREDENTIALS_REJECTED', vendorStatus: 401, retryAt: 7 });
  });
});
