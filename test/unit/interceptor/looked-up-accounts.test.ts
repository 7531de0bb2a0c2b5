// Covers `lib/interceptor/outbound-account.ts`: accounts that are resolved by id.
import type { InternalAxiosRequestConfig } from 'axios';
import { describe, expect, test } from 'vitest';
import type { Account, Candidate } from '../../../lib/accounts/account.js';
import type { Site } from '../../../lib/config/site.js';
import type { TokenParams } from '../../../lib/request/round-trip.js';
import { accountByTarget } from '../../../lib/interceptor/account-by-target.js';
import { ownAccount } from '../../../lib/interceptor/outbound-account.js';
import { contextOf, siteOf } from '../../support/site.js';
import { setUp } from '../../support/token-source.js';

const to = (url?: string, more: object = {}): InternalAxiosRequestConfig => ({ url, ...more }) as never;
const naming = (account: string, tokenParams?: TokenParams): object => ({ authApis: { account, tokenParams } });
const thrownBy = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it threw nothing');
};

const siteAt = (baseURL: string): Site => siteOf({ baseURL });

/** An API whose accounts are looked up by any id, and which were asked for. */
function lookedUp(api: string, site: Site) {
  const opened: string[] = [];
  const account = (id: string, tokenParams?: TokenParams): Account => {
    opened.push([id, ...Object.values(tokenParams ?? {})].join(' '));
    return { site, tokens: setUp({ label: { api, account: id } }).tokens };
  };
  const candidate: Candidate = { api, site, account };
  return { opened, account, candidate };
}

const labelOf = (account: Account | undefined) => account?.tokens.label;

describe('a client that stands for no account', () => {
  const site = siteAt('https://api.test/v1');
  function setUpShared() {
    const { opened, account } = lookedUp('acme', site);
    const told: unknown[] = [];
    const originNotAllowed = (...facts: unknown[]): void => void told.push(facts);
    return {
      choose: ownAccount({
        site,
        find: (id, tokenParams) => account(id!, tokenParams),
        api: 'acme',
        resolvesIds: true,
        context: contextOf({ reports: { originNotAllowed, isUnauthorizedThrew() {} } }),
      }),
      opened,
      told,
    };
  }

  test('takes the one that a call names, with its parameters', () => {
    const { choose, opened } = setUpShared();
    expect(labelOf(choose(to('/x', { baseURL: site.baseURL, ...naming('t-1') })))).toMatchObject({ account: 't-1' });
    choose(to('https://api.test/v1/x', naming('t-1', { scope: 's' })));
    expect(opened).toEqual(['t-1', 't-1 s']);
  });

  test('tells a call that names none what to do, with or without parameters', () => {
    for (const more of [{}, { authApis: {} }, { authApis: { tokenParams: { scope: 's' } } }]) {
      const { choose, opened } = setUpShared();
      const error = thrownBy(() => choose(to('/x', { baseURL: site.baseURL, ...more })));
      expect(error).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT', api: 'acme' });
      expect(error.message).toBe(
        'The accounts of acme are looked up by id, and this call names none: ' +
          'use `client.for(id)`, or say `authApis: { account: id }`',
      );
      expect(opened).toEqual([]);
    }
  });

  test('has nothing to say against calls elsewhere, nor to where tokens are asked for', () => {
    const { choose, told } = setUpShared();
    expect(choose(to('https://elsewhere.test/x'))).toBeUndefined();
    expect(choose(to('/auth', { baseURL: site.baseURL }))).toBeUndefined();
    expect(choose(to('/x'))).toBeUndefined();
    expect(told).toEqual([[{ api: 'acme', account: 'default' }, 'https://elsewhere.test']]);
  });

  test('sends no named account’s token elsewhere', () => {
    const { choose } = setUpShared();
    const error = thrownBy(() => choose(to('https://elsewhere.test/x', naming('t-1'))));
    expect(error).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', api: 'acme', account: 't-1' });
  });
});

describe('an HttpService of the app', () => {
  const site = siteAt('https://a.test/v1');

  test('takes the account that a call names, by an id that may look like one with its API', () => {
    const { candidate, opened } = lookedUp('acme', site);
    const choose = accountByTarget([candidate]);
    for (const name of ['t-1', 'acme/t-1', 'other/t-1']) choose(to('https://a.test/v1/x', naming(name)));
    choose(to('https://a.test/v1/x', naming('t-1', { scope: 's' })));
    expect(opened).toEqual(['t-1', 'acme/t-1', 'other/t-1', 't-1 s']);
  });

  test('takes an id as it is, also where there are several APIs at other places', () => {
    const [one, two] = [lookedUp('one', site), lookedUp('two', siteAt('https://b.test'))];
    const fixed: Candidate = { ...two.candidate, name: 'east' };
    for (const others of [[two.candidate], [fixed]]) {
      const choose = accountByTarget([one.candidate, ...others]);
      for (const name of ['t-1', 'one/t-1', 'other/t-1']) choose(to('https://a.test/v1/x', naming(name)));
    }
    expect(one.opened).toEqual(['t-1', 'one/t-1', 'other/t-1', 't-1', 'one/t-1', 'other/t-1']);
    expect(two.opened).toEqual([]);
  });

  test('takes an id that looks like the qualified name of a fixed account for an id', () => {
    const { candidate, account, opened } = lookedUp('acme', site);
    const fixed = (name: string): Candidate => ({ ...candidate, name, account: () => account(`options:${name}`) });
    const choose = accountByTarget([fixed('default'), fixed('east'), candidate]);
    for (const name of ['acme/east', 'acme', 'east']) choose(to('https://a.test/v1/x', naming(name)));
    expect(opened).toEqual(['acme/east', 'acme', 'east']);
  });

  test('takes "default" for an id beside the unnamed account', () => {
    const { candidate, account, opened } = lookedUp('acme', site);
    const unnamed: Candidate = { ...candidate, name: 'default', account: () => account('options:default') };
    accountByTarget([unnamed, candidate])(to('https://a.test/v1/x', naming('default')));
    expect(opened).toEqual(['default']);
    accountByTarget([unnamed])(to('https://a.test/v1/x', naming('default')));
    expect(opened).toEqual(['default', 'options:default']);
  });

  test('tells a call that names none what to do', () => {
    const { candidate, opened } = lookedUp('acme', site);
    const error = thrownBy(() => accountByTarget([candidate])(to('https://a.test/v1/x')));
    expect(error).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT', api: 'acme' });
    expect(opened).toEqual([]);
  });

  test('leaves calls elsewhere alone, unless they name an account', () => {
    const { candidate, opened } = lookedUp('acme', site);
    const choose = accountByTarget([candidate]);
    expect(choose(to('https://elsewhere.test/x'))).toBeUndefined();
    expect(choose(to('https://a.test/v1/auth'))).toBeUndefined();
    expect(thrownBy(() => choose(to('https://elsewhere.test/x', naming('t-1'))))).toMatchObject({
      code: 'ORIGIN_NOT_ALLOWED',
      api: 'acme',
      account: 't-1',
    });
    expect(opened).toEqual([]);
  });

  test('finds no account of the options by an id that is its name', () => {
    const { candidate, account, opened } = lookedUp('acme', site);
    const choose = accountByTarget([
      { ...candidate, name: 'east', account: (id) => account(`options:${id}`) },
      candidate,
    ]);
    choose(to('https://a.test/v1/x', naming('east')));
    choose(to('https://a.test/v1/x', naming('west')));
    expect(opened).toEqual(['east', 'west']);
  });

  test('finds the unnamed account of the options when a call names none', () => {
    const { candidate, account, opened } = lookedUp('acme', site);
    const unnamed = { ...candidate, name: 'default', account: (id: string) => account(`options:${id}`) };
    accountByTarget([unnamed, candidate])(to('https://a.test/v1/x'));
    expect(opened).toEqual(['options:default']);
  });

  test('asks at the API whose base URL is the longest', () => {
    const [shallow, deep] = [lookedUp('shallow', siteAt('https://a.test')), lookedUp('deep', site)];
    const choose = accountByTarget([shallow.candidate, deep.candidate]);
    choose(to('https://a.test/v1/x', naming('t-1')));
    choose(to('https://a.test/v2/x', naming('t-2')));
    expect(deep.opened).toEqual(['t-1']);
    expect(shallow.opened).toEqual(['t-2']);
  });

  test('takes parameters to the account that a call finds by its target', () => {
    const { candidate, account, opened } = lookedUp('acme', site);
    const unnamed = { ...candidate, name: 'default', account };
    accountByTarget([unnamed])(to('https://a.test/v1/x', { authApis: { tokenParams: { scope: 's' } } }));
    expect(opened).toEqual(['default s']);
  });

  test('tells several that fit by what they are called', () => {
    const [one, two] = [lookedUp('one', site), lookedUp('two', siteAt('https://a.test/v1'))];
    const error = thrownBy(() => accountByTarget([one.candidate, two.candidate])(to('https://a.test/v1/x')));
    expect(error.message).toBe(
      "Several accounts fit a call to https://a.test: name one with `authApis: { account }`, of 'one/*', 'two/*'",
    );
  });

  test('asks that API for an id which the call names, where several look ids up at the same place', () => {
    const [one, two] = [lookedUp('one', site), lookedUp('two', siteAt('https://a.test/v1'))];
    accountByTarget([one.candidate, two.candidate])(to('https://a.test/v1/x', naming('two/t-1')));
    expect(one.opened).toEqual([]);
    expect(two.opened).toEqual(['t-1']);
  });
});
