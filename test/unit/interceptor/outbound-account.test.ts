import type { InternalAxiosRequestConfig } from 'axios';
import { describe, expect, test } from 'vitest';
import type { Account, Candidate } from '../../../lib/accounts/account.js';
import type { Site } from '../../../lib/config/site.js';
import type { CallReports } from '../../../lib/common/context.js';
import type { AccountChooser } from '../../../lib/interceptor/outbound-account.js';
import { accountByTarget } from '../../../lib/interceptor/account-by-target.js';
import { ownAccount } from '../../../lib/interceptor/outbound-account.js';
import { isRelativeTo, targetOf } from '../../../lib/interceptor/request-target.js';
import { contextOf, siteOf } from '../../support/site.js';
import { setUp as setUpTokens } from '../../support/token-source.js';

function siteAt(baseURL: string, ...otherOrigins: string[]): Site {
  const origins = new Set([new URL(baseURL).origin, ...otherOrigins]);
  return siteOf({ baseURL, tokenURLs: [`${baseURL}/auth`, `${baseURL}/v0/auth`], origins });
}

function accountAt(baseURL: string, account = 'default', ...otherOrigins: string[]): Account {
  const { tokens } = setUpTokens({ label: { api: 'sparkfly', account } });
  return { site: siteAt(baseURL, ...otherOrigins), tokens };
}

const candidateOf = (account: Account): Candidate => ({
  api: 'sparkfly',
  name: account.tokens.label.account,
  site: account.site,
  account: () => account,
});
const byTarget = (...accounts: Account[]): AccountChooser => accountByTarget(accounts.map(candidateOf));

const to = (url?: string, more: object = {}): InternalAxiosRequestConfig => ({ url, ...more }) as never;
const naming = (account: string): object => ({ authApis: { account } });
const thrownBy = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it threw nothing');
};

describe('for a client of one account', () => {
  const own = accountAt('https://api.test/v1', 'east');
  const west = accountAt('https://api.test/v1', 'west');
  function setUp(resolvesIds = false) {
    const told: string[] = [];
    const looked: unknown[][] = [];
    const reports: CallReports = {
      originNotAllowed: (label, origin) => void told.push(`${label.account} ${origin}`),
      isUnauthorizedThrew() {},
    };
    const choose = ownAccount({
      site: own.site,
      own,
      find: (...asked) => (looked.push(asked), asked[0] === 'east' ? own : west),
      api: 'sparkfly',
      resolvesIds,
      context: contextOf({ reports }),
    });
    return { choose, told, looked };
  }

  test('its own is not looked up unless a call names one', () => {
    const { choose, looked } = setUp();
    expect(choose(to('https://api.test/v1/x'))).toBe(own);
    expect(looked).toEqual([]);
    expect(choose(to('https://api.test/v1/x', naming('east')))).toBe(own);
    expect(choose(to('https://api.test/v1/x', naming('west')))).toBe(west);
    expect(looked).toEqual([
      ['east', undefined],
      ['west', undefined],
    ]);
  });

  test('parameters alone name another token of its own account', () => {
    const { choose, looked } = setUp();
    const tokenParams = { authScope: 'offers' };
    choose(to('https://api.test/v1/x', { authApis: { tokenParams } }));
    choose(to('https://api.test/v1/x', { authApis: { account: 'west', tokenParams } }));
    expect(looked).toEqual([
      [undefined, tokenParams],
      ['west', tokenParams],
    ]);
  });

  test.each([
    ['null', { account: null }, false],
    ['null, where ids are looked up', { account: null }, true],
    ['undefined, where ids are looked up', { account: undefined }, true],
  ])('a name that is %s is not taken for its own account', (_, missing, resolvesIds) => {
    const { choose, looked, told } = setUp(resolvesIds);
    for (const authApis of [missing, { ...missing, tokenParams: { authScope: 'offers' } }]) {
      for (const url of ['https://api.test/v1/x', 'https://evil.test/x']) {
        const error = thrownBy(() => choose(to(url, { authApis })));
        expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT', api: 'sparkfly' });
        expect(error.message).toBe(
          'sparkfly: the name or id of an account is missing, `authApis.account` is there without a value',
        );
      }
    }
    expect([looked, told]).toEqual([[], []]);
  });

  test('a name that is undefined is none where no id could be meant', () => {
    const { choose, looked } = setUp();
    expect(choose(to('https://api.test/v1/x', { authApis: { account: undefined } }))).toBe(own);
    expect(choose(to('https://api.test/v1/x', { authApis: {} }))).toBe(own);
    expect(looked).toEqual([]);
  });

  test('a call that says nothing of an account has its own, also where ids are looked up', () => {
    const { choose, looked } = setUp(true);
    for (const more of [{}, { authApis: {} }]) expect(choose(to('https://api.test/v1/x', more))).toBe(own);
    expect(looked).toEqual([]);
  });

  test('a call elsewhere is told, a call to nowhere is not, and neither has an account', () => {
    const { choose, told } = setUp();
    expect(choose(to('https://evil.test/x'))).toBeUndefined();
    expect(choose(to('/x'))).toBeUndefined();
    expect(told).toEqual(['east https://evil.test']);
  });

  test('naming an account for a call elsewhere says what to do', () => {
    const { choose } = setUp();
    const rest =
      'naming an account changes the token, not the host. ' +
      "Use that account's own client, whose base URL is https://api.test/v1";
    const elsewhere = thrownBy(() => choose(to('https://evil.test/x', naming('west'))));
    expect(elsewhere).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', account: 'west' });
    expect(elsewhere.message).toBe(`sparkfly "west" sends no token to https://evil.test: ${rest}`);
    const nowhere = thrownBy(() => choose(to('/x', naming('west'))));
    expect(nowhere.message).toBe(`sparkfly "west" sends no token to a URL that is none: ${rest}`);
  });
});

describe('for an HttpService of the app', () => {
  test('a call to nowhere has no account', () => {
    expect(byTarget(accountAt('https://api.test'))(to('/x'))).toBeUndefined();
  });

  test('a path counts only below its own origin', () => {
    const deep = accountAt('https://a.test/v1', 'deep', 'https://b.test');
    const shallow = accountAt('https://b.test', 'shallow');
    expect(byTarget(deep, shallow)(to('https://b.test/v1/x'))).toBe(shallow);
    expect(byTarget(deep)(to('https://b.test/elsewhere'))).toBe(deep);
  });

  test.each(['https://a.test/v1', 'https://a.test/v1/', 'https://a.test/v1//'])(
    'slashes at the end of the base URL %s make no difference',
    (baseURL) => {
      const [deep, shallow] = [accountAt(baseURL, 'deep'), accountAt('https://a.test', 'shallow')];
      const choose = byTarget(deep, shallow);
      expect(choose(to('https://a.test/v1/x'))).toBe(deep);
      expect(choose(to('https://a.test/v1'))).toBe(deep);
      expect(choose(to('https://a.test/v11'))).toBe(shallow);
    },
  );

  test('an account that is named for a call elsewhere is a typed error', () => {
    const choose = byTarget(accountAt('https://a.test', 'east'));
    expect(thrownBy(() => choose(to('https://evil.test/x', naming('east'))))).toMatchObject({
      code: 'ORIGIN_NOT_ALLOWED',
    });
  });

  test('an account that nobody configured is told with those that there are', () => {
    const accounts = [accountAt('https://a.test'), accountAt('https://a.test', 'east')];
    const error = thrownBy(() => byTarget(...accounts)(to('https://a.test', naming('west'))));
    expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT', account: 'west' });
    expect(error.message).toBe('There is no account "west"; configured: sparkfly, sparkfly "east"');
  });

  test('several that fit are told by name', () => {
    const accounts = [accountAt('https://a.test', 'east'), accountAt('https://a.test', 'west')];
    const error = thrownBy(() => byTarget(...accounts)(to('https://a.test/x')));
    expect(error).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT' });
    expect(error.message).toBe(
      'Several accounts fit a call to https://a.test: name one with `authApis: { account }`, ' +
        "of 'sparkfly/east', 'sparkfly/west'",
    );
  });
});

describe('a call to where tokens are asked for', () => {
  const account = accountAt('https://a.test/v1', 'default', 'https://b.test');
  const chooseOwn = ownAccount({
    site: account.site,
    own: account,
    find: () => account,
    api: 'sparkfly',
    resolvesIds: false,
    context: contextOf(),
  });

  test.each(['https://a.test/v1/auth', 'https://a.test/v1/v0/auth?key=x', 'https://A.test:443/v1/auth#top'])(
    'has no account: %s',
    (url) => {
      expect(chooseOwn(to(url))).toBeUndefined();
      expect(byTarget(account)(to(url))).toBeUndefined();
    },
  );

  test.each(['https://a.test/v1/author', 'https://a.test/v1/offers?from=/v1/auth', 'https://b.test/v1/auth'])(
    'is not every call that looks like one: %s',
    (url) => {
      expect(chooseOwn(to(url))).toBe(account);
      expect(byTarget(account)(to(url))).toBe(account);
    },
  );

  test('has no account below a base URL either', () => {
    const { baseURL } = account.site;
    expect(chooseOwn(to('/auth', { baseURL }))).toBeUndefined();
    expect(chooseOwn(to('/offers', { baseURL }))).toBe(account);
    expect(chooseOwn(to(undefined, { baseURL }))).toBe(account);
    expect(chooseOwn(to('/auth'))).toBeUndefined();
  });
});

test('an account is named by itself or with its API', () => {
  const [unnamed, east] = [accountAt('https://a.test'), accountAt('https://a.test', 'east')];
  const choose = byTarget(unnamed, east);
  expect(choose(to('https://a.test/x', naming('default')))).toBe(unnamed);
  expect(choose(to('https://a.test/x', naming('sparkfly')))).toBe(unnamed);
  expect(choose(to('https://a.test/x', naming('east')))).toBe(east);
  expect(choose(to('https://a.test/x', naming('sparkfly/east')))).toBe(east);
});

describe('the target of a request', () => {
  test.each([
    ['https://a.test/v1//', '/offers/1', undefined, 'https://a.test/v1/offers/1'],
    ['https://a.test/v1', 'offers//1', undefined, 'https://a.test/v1/offers//1'],
    ['https://a.test//v1', '//offers', false, 'https://a.test//v1/offers'],
    ['https://a.test/v1', undefined, undefined, 'https://a.test/v1/'],
    [undefined, 'https://b.test/x', undefined, 'https://b.test/x'],
  ])('of base %s and %s, absolute allowed %s, is %s', (baseURL, url, allowAbsoluteUrls, href) => {
    expect(targetOf(to(url, { baseURL, allowAbsoluteUrls }))?.href).toBe(href);
  });

  test('of neither base nor URL is nowhere', () => {
    expect(targetOf(to())).toBeUndefined();
  });

  test('is plainly below a base URL that the request has, unless its own URL is absolute', () => {
    const baseURL = 'https://a.test/v1';
    expect(isRelativeTo(baseURL, to('/x', { baseURL }))).toBe(true);
    expect(isRelativeTo(baseURL, to(undefined, { baseURL }))).toBe(true);
    expect(isRelativeTo(baseURL, to('https://b.test', { baseURL }))).toBe(false);
    expect(isRelativeTo(baseURL, to('/x', { baseURL: 'https://b.test' }))).toBe(false);
  });
});
