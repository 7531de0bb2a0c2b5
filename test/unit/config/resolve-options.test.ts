import type { AuthApisOptions } from 'nestjs-auth-apis';
import { accountsFor, defineTokenApi, isAuthApisOptionsError } from 'nestjs-auth-apis';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ResolvedApi } from '../../../lib/config/resolve-options.js';
import { resolveOptions } from '../../../lib/config/resolve-options.js';
import { HOUR } from '../../support/token-source.js';

const definition = {
  name: 'acme',
  credentials: ['appId', 'appKey'],
  tokenParams: ['zone'],
  settings: { tier: ['gold', 'tin'], prefix: 'text' },
  baseURL: 'https://api.acme.example/v2',
  tokenURL: 'token',
  lifetimeMs: HOUR,
  placement: { in: 'header', name: 'X-Acme-Token' },
  request: ({ url }: { url: string }) => ({ method: 'POST' as const, url, headers: {} }),
  parseResponse: () => ({ token: 't' }),
} as const;
const acme = defineTokenApi(definition);
const one = { appId: 'me', appKey: 'k' };
const resolve = () => one;

const resolved = (accounts: unknown): ResolvedApi =>
  resolveOptions({ apis: [accountsFor(acme, accounts as never)] }).apis.at(-1)!;

function problemsOf(options: unknown): readonly string[] {
  try {
    resolveOptions(options as AuthApisOptions);
  } catch (error) {
    if (isAuthApisOptionsError(error)) return error.problems;
    throw error;
  }
  return [];
}
const problemsWith = (accounts: unknown, api: object = acme): readonly string[] =>
  problemsOf({ apis: [accountsFor(api as never, accounts as never)] });

describe('accounts of an API that the app defines', () => {
  test('are one, several with names, or looked up', () => {
    expect(resolved(one).accounts.map(({ name }) => name)).toEqual(['default']);
    expect(resolved([one, { ...one, name: 'east' }]).accounts.map(({ name }) => name)).toEqual(['default', 'east']);
    const { accounts, lookup } = resolved([{ ...one, name: 'east' }, { accounts: { resolve, maxAccounts: 5 } }]);
    expect(accounts.map(({ name }) => name)).toEqual(['east']);
    expect(lookup).toMatchObject({ maxAccounts: 5, idleMs: 24 * HOUR });
    expect(lookup!.resolve('t-1')).toBe(one);
    expect(resolved({ accounts: { resolve } }).lookup).toMatchObject({ maxAccounts: 100_000 });
    expect(resolved([]).accounts).toEqual([]);
  });

  test('are looked up by a function of the object that was given, and get nothing but the id', () => {
    const rows = { 't-1': one };
    const calls: unknown[] = [];
    const plain = {
      maxAccounts: 7,
      resolve(...args: string[]) {
        calls.push([this, args]);
        return one;
      },
    };
    class Repository {
      readonly #rows: Record<string, typeof one> = rows;
      readonly idleMs = HOUR;
      readonly unrelated = 'not an option';
      resolve(id: string) {
        return this.#rows[id];
      }
      get maxAccounts() {
        return 9;
      }
    }
    class Inheriting extends Repository {}
    const ofPlain = resolved({ accounts: plain }).lookup!;
    expect(ofPlain.resolve('t-1')).toBe(one);
    expect(calls).toEqual([[expect.anything(), ['t-1']]]);
    expect((calls as [[unknown]])[0][0]).toBe(plain);
    expect(ofPlain).toMatchObject({ maxAccounts: 7, idleMs: 24 * HOUR });
    for (const repository of [new Repository(), new Inheriting()]) {
      const { lookup } = resolved({ accounts: repository });
      expect(lookup).toMatchObject({ maxAccounts: 9, idleMs: HOUR });
      expect(lookup!.resolve('t-1')).toBe(one);
      expect(lookup!.resolve('t-2')).toBeUndefined();
    }
  });

  test('are not looked up by an object of a class that has no way to', () => {
    class Empty {}
    class Wrong {
      resolve = [one];
      maxAccounts = 0;
    }
    const problem = "apis[0].accounts.resolve must be a function: gets an account's id, gives its credentials";
    expect(problemsWith({ accounts: new Empty() })).toEqual([problem]);
    expect(problemsWith({ accounts: new Wrong() })).toEqual([
      problem,
      'apis[0].accounts.maxAccounts must be a whole number of accounts above 0 and up to 1,000,000',
    ]);
  });

  test('say what the definition names', () => {
    const { site } = resolved({ ...one, tier: 'gold', prefix: 'p', zone: 'eu' }).accounts[0]!;
    expect(site.settings).toEqual({ tier: 'gold', prefix: 'p' });
    expect(site.tokenParams).toEqual({ zone: 'eu' });
    expect(site.tokenURLs).toEqual(['https://api.acme.example/v2/token']);
  });

  test('may have pairs for credentials, and a budget', () => {
    const given = { appId: ['a', 'b'], appKey: () => ['k', 'l'] as const, maxTokenRequestsPerMinute: 60 };
    expect(resolved(given).maxTokenRequestsPerMinute).toBe(60);
    expect(resolved([one, { accounts: { resolve }, maxTokenRequestsPerMinute: 7 }]).maxTokenRequestsPerMinute).toBe(7);
  });

  test('are shown by nothing', () => {
    const accounts = accountsFor(acme, { appId: 'e5cret-id', appKey: 'e5cret-key' });
    expect(inspect(accounts, { showHidden: true, depth: Infinity }) + JSON.stringify(accounts)).not.toContain('e5cret');
  });

  test.each<[string, unknown, string]>([
    [
      'without a credential',
      { appId: 'me' },
      'apis[0].appKey is missing: give the value or a function that returns it (is ACME_APP_KEY set?)',
    ],
    [
      'with an empty one',
      { ...one, appKey: '' },
      'apis[0].appKey is empty: give the value or a function that returns it (is ACME_APP_KEY set?)',
    ],
    [
      'with half a pair',
      { ...one, appKey: ['k'] },
      'apis[0].appKey must be one value, or a pair [current, next]: give it as the vendor issued it, or a function that returns it',
    ],
    [
      'with a number',
      { ...one, appKey: 7 },
      'apis[0].appKey must be a string, a pair of strings, or a function that returns one',
    ],
    ['with a tier that there is not', { ...one, tier: 'silver' }, "apis[0].tier must be one of 'gold', 'tin'"],
    ['with a misspelled option', { ...one, zoen: 'eu' }, 'apis[0].zoen is not an option: check its spelling'],
    [
      'with a parameter of two lines',
      { ...one, zone: 'a\nb' },
      "apis[0].zone must be a string that an HTTP header can carry, without line breaks or outer spaces, e.g. 'text'",
    ],
    [
      'with a budget of nothing',
      { ...one, maxTokenRequestsPerMinute: 0 },
      'apis[0].maxTokenRequestsPerMinute must be a whole number of token requests above 0 and up to 1,000,000',
    ],
    [
      'with a name of two lines',
      { ...one, name: 'a\nb' },
      "apis[0].name must be a string of one line that is not empty, e.g. 'east'",
    ],
    ['that is none', 7, "apis[0] must be an object with the account's credentials"],
    [
      'without a name, twice',
      [one, one],
      'apis[0][1].name is missing: one account may be unnamed, give each other a `name`',
    ],
    [
      'of the same name',
      [
        { ...one, name: 'a' },
        { ...one, name: 'a' },
      ],
      'apis[0][1].name is used twice ("a"): give each account a `name` of its own',
    ],
    [
      'with two budgets',
      [
        { ...one, maxTokenRequestsPerMinute: 1 },
        { ...one, name: 'a', maxTokenRequestsPerMinute: 1 },
      ],
      'apis[0]: `maxTokenRequestsPerMinute` is given twice, it is for the API as a whole: let one entry say it',
    ],
  ])('cannot be one %s', (_, accounts, problem) => {
    expect(problemsWith(accounts)).toEqual([problem]);
  });

  test.each<[string, unknown, string]>([
    [
      'without a way to',
      {},
      "apis[0].accounts.resolve must be a function: gets an account's id, gives its credentials",
    ],
    [
      'with a list',
      { resolve: [one] },
      "apis[0].accounts.resolve must be a function: gets an account's id, gives its credentials",
    ],
    [
      'with no room',
      { resolve, maxAccounts: 0 },
      'apis[0].accounts.maxAccounts must be a whole number of accounts above 0 and up to 1,000,000',
    ],
    [
      'with no time',
      { resolve, idleMs: 0 },
      'apis[0].accounts.idleMs must be a number of milliseconds above 0 and up to 366 days',
    ],
    [
      'with a misspelled option',
      { resolve, maxAcounts: 5 },
      'apis[0].accounts.maxAcounts is not an option: check its spelling',
    ],
    ['with nothing at all', 7, 'apis[0].accounts must be an object'],
  ])('cannot be looked up %s', (_, accounts, problem) => {
    expect(problemsWith({ accounts })).toEqual([problem]);
  });

  test('that are looked up say nothing that is each one’s own', () => {
    const problems = problemsWith({ accounts: { resolve }, appKey: 'k', name: 'east' });
    expect(new Set(problems)).toEqual(
      new Set([
        "apis[0].appKey must not stand beside `accounts`, whose `resolve` gives each account's own",
        'apis[0].name must not stand beside `accounts`: their ids are their names',
      ]),
    );
    expect(problemsWith([{ accounts: { resolve } }, { accounts: { resolve } }])).toEqual([
      'apis[0]: `accounts` is given twice, it is for the API as a whole: let one entry say it',
    ]);
  });
});

describe('the option `apis`', () => {
  test.each<[string, unknown, string]>([
    ['no list', accountsFor(acme, one), 'apis must be an array, e.g. [accountsFor(acme, { ... })]'],
    ['a list of something else', [one], 'apis[0] must be made with accountsFor(api, { ... })'],
    [
      'the same API twice',
      [accountsFor(acme, one), accountsFor(acme, one)],
      'apis[1] is another API called "acme": give all accounts of an API at once',
    ],
    [
      'another Verbit',
      [accountsFor(defineTokenApi({ ...definition, name: 'verbit' }), one)],
      'apis[0] is another API called "verbit": give all accounts of an API at once',
    ],
  ])('cannot be %s', (_, apis, problem) => {
    expect(problemsOf({ apis })).toContain(problem);
  });

  test.each([undefined, null, 'acme', {}, { name: 'acme' }, definition])('takes no %s for an API', (api) => {
    expect(() => accountsFor(api as never, one as never)).toThrow('the API must be one that defineTokenApi has made');
  });
});

describe('URLs that a definition says', () => {
  const { baseURL: _, ...bare } = definition;
  const withURLs = (more: object) =>
    defineTokenApi(Object.assign({}, bare, { baseURL: 'https://api.acme.example' }, more));

  test('may be missing, and then each account must say them', () => {
    expect(problemsWith(one, defineTokenApi(bare))).toEqual([
      'apis[0].baseURL is missing: none is documented for acme, give it',
    ]);
    const api = withURLs({ tokenURL: ({ tier }: { tier?: string }) => (tier === 'tin' ? undefined : 'token') });
    expect(problemsWith({ ...one, tier: 'tin' }, api)).toEqual([
      "apis[0].tokenURL is missing: no token endpoint is documented for tier 'tin', give its URL",
    ]);
    expect(problemsWith({ ...one, tier: 'tin', tokenURL: 'login' }, api)).toEqual([]);
  });

  test.each<[string, object]>([
    ['a base URL', { baseURL: 'http://api.acme.example' }],
    ['a token endpoint', { tokenURL: 'http://login.acme.example/token' }],
    ['a further origin', { origins: ['http://files.acme.example'] }],
  ])('as plain http, %s, need allowInsecure as those of an account do', (_, urls) => {
    const problems = problemsWith(one, withURLs(urls));
    expect(problems).not.toEqual([]);
    for (const problem of problems) expect(problem).toContain('allowInsecure');
    expect(problemsWith({ ...one, allowInsecure: true }, withURLs(urls))).toEqual([]);
  });

  test.each<[string, object]>([
    ['a base URL that is none', { baseURL: 'nonsense' }],
    ['a base URL with a user', { baseURL: 'https://me:pw@api.acme.example' }],
    ['a base URL that is a number', { baseURL: () => 7 }],
    ['a function that throws', { baseURL: () => JSON.parse('{') as string }],
    ['a token endpoint that is a number', { tokenURL: () => 7 }],
    ['a list of nothing', { tokenURL: () => [undefined] }],
    ['origins that are none', { origins: ['nonsense'] }],
    ['no list of origins', { origins: () => undefined }],
  ])('cannot be %s', (_, urls) => {
    expect(problemsWith(one, withURLs(urls))).not.toEqual([]);
  });
});
