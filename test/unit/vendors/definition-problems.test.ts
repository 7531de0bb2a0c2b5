import { describe, expect, test } from 'vitest';
import { ACCOUNT_OPTION_NAMES } from '../../../lib/vendors/account-option-names.js';
import { definitionProblems } from '../../../lib/vendors/definition-problems.js';

const definition = {
  name: 'acme',
  credentials: ['key'],
  tokenURL: 'token',
  lifetimeMs: 60_000,
  placement: { scheme: 'Bearer' },
  request: () => ({}),
  parseResponse: () => ({}),
};
const problemsWith = (more: object): string[] => definitionProblems({ ...definition, ...more });

test('what can work has none', () => {
  expect(definitionProblems(definition)).toEqual([]);
});

test.each([undefined, null, 7, 'acme', []])('%j is no definition', (given) => {
  expect(definitionProblems(given)).toEqual(['it must be an object']);
});

describe('its refresh policy', () => {
  test.each<unknown>([
    undefined,
    {},
    { enabled: false },
    { aheadRatio: 0.3 },
    { aheadRatio: undefined },
    { aheadCapMs: 1 },
    { aheadCapMs: 366 * 24 * 3_600_000 },
    { backoff: {} },
    { backoff: { initialMs: 1 } },
    { backoff: { maxMs: 2, initialMs: undefined } },
    { enabled: true, aheadRatio: 0.99, aheadCapMs: 3_600_000, backoff: { initialMs: 1_000, maxMs: 60_000 } },
  ])('may be %j', (refresh) => {
    expect(problemsWith({ refresh })).toEqual([]);
  });

  test.each<[unknown, string]>([
    [null, 'refresh must be an object'],
    [true, 'refresh must be an object'],
    ['often', 'refresh must be an object'],
    [[], 'refresh must be an object'],
    [{ enabled: 'yes' }, 'refresh.enabled must be true or false'],
    [{ enabled: null }, 'refresh.enabled must be true or false'],
    [{ aheadRatio: 0 }, 'refresh.aheadRatio must be a number between 0 and 1'],
    [{ aheadRatio: 1 }, 'refresh.aheadRatio must be a number between 0 and 1'],
    [{ aheadRatio: '0.3' }, 'refresh.aheadRatio must be a number between 0 and 1'],
    [{ aheadRatio: Number.NaN }, 'refresh.aheadRatio must be a number between 0 and 1'],
    [{ aheadCapMs: 0 }, 'refresh.aheadCapMs must be a number of milliseconds'],
    [{ aheadCapMs: -1 }, 'refresh.aheadCapMs must be a number of milliseconds'],
    [{ aheadCapMs: Infinity }, 'refresh.aheadCapMs must be a number of milliseconds'],
    [{ aheadCapMs: 366 * 24 * 3_600_000 + 1 }, 'refresh.aheadCapMs must be a number of milliseconds'],
    [{ backoff: null }, 'refresh.backoff must be an object'],
    [{ backoff: 1_000 }, 'refresh.backoff must be an object'],
    [{ backoff: { initialMs: 0 } }, 'refresh.backoff.initialMs must be a number of milliseconds'],
    [{ backoff: { maxMs: '60s' } }, 'refresh.backoff.maxMs must be a number of milliseconds'],
    [{ backoff: { jitter: 1 } }, 'refresh.backoff.jitter is not an option'],
    [{ concurrency: 3 }, 'refresh.concurrency is an option of forRoot alone'],
    [{ toString: true }, 'refresh.toString is not an option'],
    [{ aheadRatio: 0.3, ahead: 1 }, 'refresh.ahead is not an option'],
  ])('cannot be %j', (refresh, problem) => {
    expect(problemsWith({ refresh })).toEqual([expect.stringContaining(problem)]);
  });
});

describe('its rule for what is unauthorized', () => {
  test('may be a function, or not there', () => {
    expect(problemsWith({ isUnauthorized: () => true })).toEqual([]);
    expect(problemsWith({ isUnauthorized: undefined })).toEqual([]);
  });

  test.each<unknown>([null, true, 401, 'status 401', {}])('cannot be %j', (isUnauthorized) => {
    expect(problemsWith({ isUnauthorized })).toEqual([
      'isUnauthorized must be a function: gets the response, tells whether the token is not valid',
    ]);
  });
});

describe.each(ACCOUNT_OPTION_NAMES)('the option "%s"', (name) => {
  test.each<[string, object]>([
    ['a credential', { credentials: ['key', name] }],
    ['a parameter of its tokens', { tokenParams: [name] }],
    ['a parameter of single requests', { perRequest: [name] }],
  ])('cannot be %s', (_, more) => {
    expect(problemsWith(more)).toEqual([`"${name}" is an option of every account: choose another name`]);
  });
});

test.each(ACCOUNT_OPTION_NAMES)('the option "%s" cannot be a setting', (name) => {
  expect(problemsWith({ settings: { [name]: 'text' } })).toEqual([
    `"${name}" is an option of every account: choose another name`,
  ]);
});
