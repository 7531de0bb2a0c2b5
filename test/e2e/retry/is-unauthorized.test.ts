import axios from 'axios';
import { HttpService } from '@nestjs/axios';
import type { INestApplicationContext } from '@nestjs/common';
import type { AuthApisOptions, AuthClient } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { beacon, beaconApp, beaconVendor, oauthBeacon } from '../../support/beacon.js';
import { logLines } from '../../support/log-lines.js';
import { sparkflyApp } from '../../support/vendors.js';

type Rule = NonNullable<AuthApisOptions['isUnauthorized']>;
type Response = Parameters<Rule>[0];

const throwing = (): Rule => () => {
  throw new TypeError('what the app says');
};
/** Written by somebody who tried it with axios alone. */
const readsData = (): Rule => {
  return ({ status, data }) => status === 401 || (data as { error: string }).error === 'bad token';
};
const isStatus =
  (wanted: number): Rule =>
  ({ status }) =>
    status === wanted;

interface Call {
  readonly app: INestApplicationContext;
  readonly client: Pick<AuthClient, 'axiosRef' | 'fetch'>;
  readonly origin: string;
  /** Which account, where calls have to say so. */
  readonly account?: string;
}

const anyStatus = { validateStatus: () => true };

/** The status that a call of `/offers` gets, by each way that there is. */
const ways = {
  client: ({ client }) => client.axiosRef.get('/offers', anyStatus).then(({ status }) => status),
  attach: ({ app, origin, account }) => {
    const service = new HttpService(axios.create());
    app.get(OutboundAuthorizationInterceptor).attach(service);
    const authApis = account === undefined ? {} : { authApis: { account } };
    return service.axiosRef.get(`${origin}/offers`, { ...anyStatus, ...authApis }).then(({ status }) => status);
  },
  fetch: ({ client }) => client.fetch('/offers').then(({ status }) => status),
  'undici.request': async ({ client, origin }) => {
    const agent = new Agent();
    onTestFinished(() => agent.destroy());
    const dispatcher = agent.compose(authorizationInterceptor(client as AuthClient));
    const { statusCode, body } = await request(`${origin}/offers`, { dispatcher });
    await body.dump();
    return statusCode;
  },
} satisfies Record<string, (call: Call) => Promise<number>>;

const BY_ACCOUNT = 470;
const BY_DEFINITION = 471;
const BY_FOR_ROOT = 472;
const DEFAULT = 401;

describe.each(Object.entries(ways))('%s', (_way, call) => {
  describe.each(['an account of the options', 'a dynamic account'])('%s', (which) => {
    test.each<[string, { account?: Rule; definition?: Rule; forRoot?: Rule }, number]>([
      ['nobody', {}, DEFAULT],
      ['forRoot', { forRoot: isStatus(BY_FOR_ROOT) }, BY_FOR_ROOT],
      ['the definition', { definition: isStatus(BY_DEFINITION) }, BY_DEFINITION],
      ['the account', { account: isStatus(BY_ACCOUNT) }, BY_ACCOUNT],
      [
        'definition and forRoot',
        { definition: isStatus(BY_DEFINITION), forRoot: isStatus(BY_FOR_ROOT) },
        BY_DEFINITION,
      ],
      ['account and forRoot', { account: isStatus(BY_ACCOUNT), forRoot: isStatus(BY_FOR_ROOT) }, BY_ACCOUNT],
      [
        'all three',
        {
          account: isStatus(BY_ACCOUNT),
          definition: isStatus(BY_DEFINITION),
          forRoot: isStatus(BY_FOR_ROOT),
        },
        BY_ACCOUNT,
      ],
    ])('with rules of %s the most specific one decides', async (_, { account, definition, forRoot }, decisive) => {
      const isDynamic = which === 'a dynamic account';
      const { app, vendor, clientOf } = await beaconApp(
        (baseURL) => ({
          baseURL,
          isUnauthorized: account,
          ...(isDynamic ? { accounts: { resolve: (id: string) => ({ key: id }) } } : { key: 'k' }),
        }),
        { api: beacon({ isUnauthorized: definition }), isUnauthorized: forRoot },
      );
      const called: Call = isDynamic
        ? { app, client: clientOf('t-1'), origin: vendor.origin, account: 't-1' }
        : { app, client: clientOf(), origin: vendor.origin };
      const got: Record<number, number> = {};
      for (const status of [DEFAULT, BY_ACCOUNT, BY_DEFINITION, BY_FOR_ROOT]) {
        vendor.rejectNextWith = status;
        got[status] = await call(called);
      }
      const passedOn = { [DEFAULT]: 401, [BY_ACCOUNT]: 470, [BY_DEFINITION]: 471, [BY_FOR_ROOT]: 472 };
      expect(got).toEqual({ ...passedOn, [decisive]: 200 });
      expect(vendor.tokenRequests).toHaveLength(2);
    });
  });

  test('a rule of one account says nothing about another', async () => {
    const { app, vendor, clientOf } = await beaconApp(
      (baseURL) => [
        { name: 'east', baseURL, key: 'east', isUnauthorized: isStatus(BY_ACCOUNT) },
        { name: 'west', baseURL, key: 'west' },
      ],
      { prefetch: 'background' },
    );
    const of = (account: string): Call => ({ app, client: clientOf(account), origin: vendor.origin, account });
    vendor.rejectNextWith = BY_ACCOUNT;
    expect(await call(of('east'))).toBe(200);
    vendor.rejectNextWith = BY_ACCOUNT;
    expect(await call(of('west'))).toBe(BY_ACCOUNT);
    vendor.rejectNextWith = 401;
    expect(await call(of('east'))).toBe(401);
    vendor.rejectNextWith = 401;
    expect(await call(of('west'))).toBe(200);
  });

  describe.each([
    ['throws', throwing()],
    ['reads what is not there', readsData()],
  ])('a rule that %s', (_, rule) => {
    test.each(['forRoot', 'definition', 'account'])('of %s falls back to status 401', async (where) => {
      const { app, vendor, clientOf } = await beaconApp(
        (baseURL) => ({ baseURL, key: 'k', ...(where === 'account' && { isUnauthorized: rule }) }),
        {
          ...(where === 'definition' && { api: beacon({ isUnauthorized: rule }) }),
          ...(where === 'forRoot' && { isUnauthorized: rule }),
        },
      );
      const called = { app, client: clientOf(), origin: vendor.origin };
      expect(await call(called)).toBe(200);
      vendor.rejectNextWith = 403;
      expect(await call(called)).toBe(403);
      vendor.rejectNextWith = 401;
      expect(await call(called)).toBe(200);
      expect(vendor.tokenRequests).toHaveLength(2);
    });
  });
});

test.each<[keyof typeof ways, string | undefined]>([
  ['client', '{"status":419}'],
  ['attach', '{"status":419}'],
  ['fetch', undefined],
  ['undici.request', undefined],
])('over %s a rule is given status, headers, and as data %s', async (way, data) => {
  const given: Response[] = [];
  const { app, vendor, clientOf } = await beaconApp((baseURL) => ({
    baseURL,
    key: 'k',
    isUnauthorized: (response) => {
      given.push(response);
      return response.status === 419;
    },
  }));
  vendor.rejectNextWith = 419;
  expect(await ways[way]({ app, client: clientOf(), origin: vendor.origin })).toBe(200);
  expect(given.map(({ status }) => status)).toEqual([419, 200]);
  expect(given[0]!.headers['content-type']).toBe('application/json');
  expect(given[0]!.data).toBe(data);
});

test('a rule may go by the body of a call that axios carries', async () => {
  const { vendor, clientOf } = await beaconApp((baseURL) => ({
    baseURL,
    key: 'k',
    isUnauthorized: ({ data }) => String(data).includes('"status":299'),
  }));
  vendor.rejectNextWith = 299;
  expect((await clientOf().axiosRef.get('/offers')).data).toEqual({ status: 200 });
  expect(vendor.tokenRequests).toHaveLength(2);
});

test('oauth2ClientCredentials takes a rule as well', async () => {
  const vendor = await beaconVendor();
  const api = oauthBeacon({ isUnauthorized: isStatus(BY_DEFINITION) });
  const account = { baseURL: vendor.origin, clientId: 'me', clientSecret: 's' };
  const app = await startApp({
    prefetch: 'none',
    isUnauthorized: isStatus(BY_FOR_ROOT),
    apis: [accountsFor(api, account)],
  });
  const client = app.get(AuthApis).client(api);
  vendor.rejectNextWith = BY_DEFINITION;
  expect((await client.axiosRef.get('/offers')).status).toBe(200);
  vendor.rejectNextWith = BY_FOR_ROOT;
  expect((await client.axiosRef.get('/offers', anyStatus)).status).toBe(BY_FOR_ROOT);
});

describe('the log line', () => {
  test.each(['forRoot', 'definition', 'account'])('reports a rule of %s once, without its words', async (where) => {
    const isUnauthorized = throwing();
    const { clientOf } = await beaconApp(
      (baseURL) => ({ baseURL, key: 'k', ...(where === 'account' && { isUnauthorized }) }),
      {
        ...(where === 'definition' && { api: beacon({ isUnauthorized }) }),
        ...(where === 'forRoot' && { isUnauthorized }),
      },
    );
    const warnings = logLines('warn');
    for (let i = 0; i < 3; i++) await clientOf().axiosRef.get('/offers');
    expect(warnings).toEqual([expect.stringMatching(/^beacon: `isUnauthorized` has thrown \(TypeError\)/)]);
    expect(warnings.join()).not.toContain('what the app says');
  });

  test('is one for each rule, and one for a rule that several accounts share', async () => {
    const { clientOf } = await beaconApp(
      (baseURL) => [
        { name: 'own-1', baseURL, key: 'a', isUnauthorized: throwing() },
        { name: 'own-2', baseURL, key: 'b', isUnauthorized: throwing() },
        { name: 'shares-1', baseURL, key: 'c' },
        { name: 'shares-2', baseURL, key: 'd' },
      ],
      { isUnauthorized: throwing() },
    );
    const warnings = logLines('warn');
    const names = ['own-1', 'own-2', 'shares-1', 'shares-2'];
    for (const name of [...names, ...names]) await clientOf(name).axiosRef.get('/offers');
    expect(warnings).toHaveLength(3);
  });
});

test('the built-in APIs have the option in an account too', async () => {
  const { client, vendor } = await sparkflyApp({
    account: { isUnauthorized: isStatus(404) },
    options: { isUnauthorized: () => false },
  });
  await client.axiosRef.get('/nowhere', anyStatus);
  expect(vendor.counters.tokenRequests).toBe(2);
  vendor.rejectNext();
  expect((await client.axiosRef.get('/offers', anyStatus)).status).toBe(401);
});
