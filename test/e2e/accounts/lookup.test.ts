import { Injectable } from '@nestjs/common';
import { getAuthClientToken, InjectSparkfly, InjectVerbit, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeEcho } from '../../support/acme.js';
import { acme, acmeApp, everyId, keyOf, lookingUp } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf, sleep } from '../../support/outcome.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount } from '../../support/vendors.js';

const TENANTS = { 'tenant-1': 'key-1', 'tenant-2': 'key-2' } as const;

test('any Sparkfly account that the app knows is there when first used, each with its own token', async () => {
  const vendor = await fakeSparkfly({ accounts: TENANTS });
  const asked: string[] = [];
  const resolve = (id: string) => {
    asked.push(id);
    return { identity: id, key: TENANTS[id as keyof typeof TENANTS] };
  };
  const app = await startApp({ sparkfly: { baseURL: vendor.baseURL, accounts: { resolve } } });
  const client = app.get(SparkflyClient);
  const [one, two] = [client.for('tenant-1'), client.for('tenant-2')];
  expect(asked).toEqual([]);
  for (const each of [one, two, one, two]) await firstValueFrom(each.get('/offers'));
  const owners = vendor.requests
    .filter(({ kind }) => kind === 'api')
    .map(({ headers }) => vendor.tokenDetails(headers['x-auth-token']!)?.identity);
  expect(owners).toEqual(['tenant-1', 'tenant-2', 'tenant-1', 'tenant-2']);
  expect(asked).toEqual(['tenant-1', 'tenant-2']);
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiUnauthorized: 0 });
});

test('Verbit accounts are looked up alike, by an async function', async () => {
  const vendor = await fakeVerbit({ apiKey: ['key-1', 'key-2'] });
  const resolve = async (id: string) => (await sleep(5), { apiKey: `key-${id}` });
  const app = await startApp({ verbit: { baseURL: vendor.baseURL, accounts: { resolve } } });
  const client = app.get(VerbitClient);
  await firstValueFrom(client.for('1').get('/orders/1'));
  await firstValueFrom(client.for('2').get('/orders/1'));
  await firstValueFrom(client.for('1').get('/orders/1'));
  const sent = vendor.requests.flatMap(({ kind, body }) => (kind === 'token' ? [body] : []));
  expect(sent).toEqual(['{"payload":{"api_key":"key-1"}}', '{"payload":{"api_key":"key-2"}}']);
});

test('a thousand first calls of one id at once ask the app once and the vendor once', async () => {
  let asked = 0;
  const resolve = async (id: string) => (asked++, await sleep(10), everyId(id));
  const { vendor, client } = await acmeApp(lookingUp({ resolve }));
  const tokens = await Promise.all(
    Array.from({ length: 1_000 }, async (_, i) =>
      i % 2 ? client.for('t-1').tokens.get() : client.for('t-1').tokens.get({ minRemainingMs: 1 }),
    ),
  );
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(1);
  expect([asked, vendor.asks.length]).toEqual([1, 1]);
  await Promise.all(Array.from({ length: 100 }, () => firstValueFrom(client.for('t-2').get('/x'))));
  expect([asked, vendor.asks.length]).toEqual([2, 2]);
});

test('client.for() gives the same client for the same id and parameters, and asks nobody', async () => {
  const { vendor, client, apis } = await acmeApp();
  const one = client.for('t-1');
  expect(client.for('t-1')).toBe(one);
  expect(one.for('t-1')).toBe(one);
  expect(apis.client(acme, 't-1')).toBe(one);
  expect(client.for('t-2')).not.toBe(one);
  const withRegion = client.for('t-1', { region: 'eu' });
  expect(withRegion).not.toBe(one);
  expect(one.for({ region: 'eu' })).toBe(withRegion);
  expect(client.for('t-1', { region: 'eu', user: undefined })).toBe(withRegion);
  expect(client.for('t-1', {})).toBe(one);
  expect(vendor.received).toHaveLength(0);
  expect(apis.statuses()).toEqual([]);
});

test('a call of the shared client names its account, as a client of that account would be called', async () => {
  const { vendor, client } = await acmeApp();
  const idOf = async (account: string) =>
    (await firstValueFrom(client.get<AcmeEcho>('/things', { authApis: { account } }))).data.id;
  expect(await Promise.all(['a', 'b', 'a', 'c', 'b'].map(idOf))).toEqual(['a', 'b', 'a', 'c', 'b']);
  expect(await idOf('c')).toBe('c');
  await firstValueFrom(client.for('a').get('/things'));
  expect(vendor.asks.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
});

test('on a client of an account a call that names another goes as that one', async () => {
  const { client } = await acmeApp();
  const { data } = await firstValueFrom(client.for('a').get<AcmeEcho>('/x', { authApis: { account: 'b' } }));
  expect(data.id).toBe('b');
});

test('the shared client by itself stands for no account: a typed error says what to do, and nothing is sent', async () => {
  const { vendor, client } = await acmeApp();
  const error = await failureOf(client.get('/things'));
  expect(error).toMatchObject({ name: 'AccountError', code: 'AMBIGUOUS_ACCOUNT', api: 'acme' });
  expect(error.message).toContain('use `client.for(id)`, or say `authApis: { account: id }`');
  for (const use of [() => client.tokens, () => client.authentication, () => client.for({ region: 'eu' })])
    expect(use).toThrow(/`client\.for\(id\)`/);
  expect(vendor.received).toHaveLength(0);
});

test.each([undefined, null])('an id that is %s is an error, and never another account', async (id) => {
  const { vendor, client } = await acmeApp(({ baseURL }) => [
    { baseURL, appId: 'fixed', appKey: keyOf('fixed') },
    { baseURL, accounts: { resolve: everyId } },
  ]);
  const outcomes = [client, client.for('t-1')].map((each) => {
    try {
      return each.for(id as never) === each ? 'another account' : 'a client of its own';
    } catch {
      return 'an error';
    }
  });
  expect(outcomes).toEqual(['an error', 'an error']);
  expect(vendor.received).toHaveLength(0);
});

test('accounts of the options stand beside a lookup: they are injected by their names, and ids are looked up', async () => {
  const asked: string[] = [];
  const { vendor, client, apis, app } = await acmeApp(
    ({ baseURL }) => [
      { baseURL, appId: 'unnamed', appKey: keyOf('unnamed') },
      { baseURL, name: 'east', appId: 'in-the-east', appKey: keyOf('in-the-east') },
      { baseURL, accounts: { resolve: (id) => (asked.push(id), everyId(id)) } },
    ],
    { prefetch: 'await' },
  );
  expect(vendor.asks.map(({ id }) => id)).toEqual(['unnamed', 'in-the-east']);
  const idOf = async (of: typeof client) => (await firstValueFrom(of.get<AcmeEcho>('/'))).data.id;
  expect(await idOf(client)).toBe('unnamed');
  expect(await idOf(app.get(getAuthClientToken(acme, 'east')))).toBe('in-the-east');
  expect(await idOf(client.for('east'))).toBe('east');
  expect(await idOf(client.for('t-1'))).toBe('t-1');
  expect(await idOf(apis.client(acme, 't-1'))).toBe('t-1');
  expect(asked).toEqual(['east', 't-1']);
  expect(apis.statuses().map(({ account }) => account)).toEqual(['default', 'east', 'east', 't-1']);
  await app.close();
});

test('the shared client is injected by its class and by its decorator, an id by its decorator', async () => {
  @Injectable()
  class Consumer {
    constructor(
      readonly sparkfly: SparkflyClient,
      @InjectSparkfly() readonly same: SparkflyClient,
      @InjectSparkfly('tenant-1') readonly one: SparkflyClient,
      @InjectVerbit() readonly verbit: VerbitClient,
    ) {}
  }
  const vendor = await fakeSparkfly({ accounts: TENANTS });
  const resolve = (id: string) => ({ identity: id, key: TENANTS[id as keyof typeof TENANTS] });
  const app = await startApp(
    {
      sparkfly: { baseURL: vendor.baseURL, accounts: { resolve } },
      verbit: { baseURL: vendor.baseURL, accounts: { resolve: () => undefined } },
    },
    { providers: [Consumer] },
  );
  const { sparkfly, same, one } = app.get(Consumer);
  expect(same).toBe(sparkfly);
  expect(sparkfly.for('tenant-1')).toBe(one);
  expect((await firstValueFrom(one.get('/offers'))).status).toBe(200);
});

test('rows may have more columns and nulls: only what the API knows is read', async () => {
  const touched: string[] = [];
  const row = {
    id: 7,
    created: new Date(),
    identity: 'me',
    key: 'k',
    keyPrefix: null,
    identityPrefix: undefined,
    authScope: null,
    forwardedFor: 'not read' as string | null,
    name: 'x',
    baseURL: 'https://evil.example',
  };
  row.forwardedFor = null;
  const watched = new Proxy(row, {
    get: (target, name, receiver) => (touched.push(String(name)), Reflect.get(target, name, receiver) as unknown),
  });
  const vendor = await fakeSparkfly({ identity: 'me', key: 'k' });
  const app = await startApp({ sparkfly: { baseURL: vendor.baseURL, accounts: { resolve: () => watched } } });
  await firstValueFrom(app.get(SparkflyClient).for('7').get('/offers'));
  expect(vendor.requests[0]?.headers).not.toHaveProperty('x-auth-scope');
  expect(vendor.requests[0]?.headers['x-auth-key']).toBe('k');
  const known = ['identity', 'key', 'authScope', 'forwardedFor', 'identityPrefix', 'keyPrefix', 'then'];
  expect([...new Set(touched)].filter((name) => !known.includes(name))).toEqual([]);
});

test('prefixes and parameters of a row go with it', async () => {
  const vendor = await fakeSparkfly({ identity: 'me', key: 'k', identityPrefix: 'Identity', keyPrefix: 'Key' });
  const row = {
    identity: 'me',
    key: 'k',
    identityPrefix: 'Identity',
    keyPrefix: 'Key',
    authScope: 'offers',
    forwardedFor: '203.0.113.7',
  };
  const app = await startApp({ sparkfly: { baseURL: vendor.baseURL, accounts: { resolve: () => row } } });
  await firstValueFrom(app.get(SparkflyClient).for('7').get('/offers'));
  expect(vendor.requests[0]?.headers).toMatchObject({
    'x-auth-identity': 'Identity me',
    'x-auth-key': 'Key k',
    'x-auth-scope': 'offers',
    'x-forwarded-for': '203.0.113.7',
  });
});

test('the lookup may be an object of a class, as one keeps a repository', async () => {
  class Repository {
    readonly #rows = new Map([['t-1', everyId('t-1')]]);
    resolve(id: string) {
      return this.#rows.get(id);
    }
  }
  const { client } = await acmeApp(({ baseURL }) => ({ baseURL, accounts: new Repository() }));
  expect((await firstValueFrom(client.for('t-1').get<AcmeEcho>('/x'))).data.id).toBe('t-1');
});

test('two lookups of one API, credentials or a name beside a lookup fail the boot', async () => {
  const vendor = await fakeSparkfly();
  const accounts = { resolve: () => undefined };
  const { baseURL } = vendor;
  const twice = await failureOf(
    startApp({
      sparkfly: [
        { baseURL, accounts },
        { baseURL, accounts },
      ],
    }),
  );
  expect(twice.message).toContain('sparkfly: `accounts` is given twice');
  const mixed = { ...sparkflyAccount(vendor), name: 'east', accounts } as never;
  const error = await failureOf(startApp({ sparkfly: mixed }));
  expect(error.message).toMatch(/sparkfly\.identity must not stand beside `accounts`/);
  expect(error.message).toMatch(/sparkfly\.key must not stand beside `accounts`/);
  expect(error.message).toMatch(/sparkfly\.name must not stand beside `accounts`/);
});
