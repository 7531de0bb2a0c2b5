import type { ModuleMetadata } from '@nestjs/common';
import { Inject, Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import {
  accountsFor,
  AuthApis,
  AuthApisModule,
  AuthClient,
  defineTokenApi,
  getAuthClientToken,
  InjectAuthClient,
  SparkflyClient,
} from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AcmeClient, AcmeEcho, AcmeVendor } from '../../support/acme.js';
import { acme, acmeVendor, everyId, keyOf } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';

@Injectable()
class Consumer {
  @InjectAuthClient('acme')
  readonly byProperty!: AcmeClient;
  @Inject(getAuthClientToken('acme', 'east'))
  readonly eastByToken!: AcmeClient;

  constructor(
    @InjectAuthClient('acme') readonly byName: AcmeClient,
    @InjectAuthClient(acme) readonly byApi: AcmeClient,
    @InjectAuthClient(acme, 'east') readonly east: AcmeClient,
    readonly apis: AuthApis,
  ) {}
}

type ImportedModule = NonNullable<ModuleMetadata['imports']>[number];

const optionsFor = ({ baseURL }: AcmeVendor): AuthApisOptions => ({
  prefetch: 'none',
  apis: [
    accountsFor(acme, [
      { baseURL, appId: 'main', appKey: keyOf('main') },
      { baseURL, name: 'east', appId: 'in-the-east', appKey: keyOf('in-the-east') },
    ]),
  ],
});

async function start(metadata: ModuleMetadata) {
  const testing = await Test.createTestingModule(metadata).compile();
  testing.useLogger(false);
  onTestFinished(() => testing.close());
  return testing.init();
}

const idOf = async (client: AcmeClient): Promise<string> =>
  (await firstValueFrom(client.get<AcmeEcho>('/things'))).data.id;

describe.each([
  ['forRoot', (options: AuthApisOptions) => AuthApisModule.forRoot(options)],
  ['forRootAsync', (options: AuthApisOptions) => AuthApisModule.forRootAsync({ useFactory: async () => options })],
])('under %s', (_, register) => {
  test('the clients of an own API are injected by its name, by itself, and by the account’s name', async () => {
    const vendor = await acmeVendor();
    const app = await start({ imports: [register(optionsFor(vendor))], providers: [Consumer] });
    const found = app.get(Consumer);
    expect(found.byName).toBeInstanceOf(AuthClient);
    for (const same of [found.byApi, found.byProperty, found.apis.client(acme)]) expect(same).toBe(found.byName);
    for (const same of [found.eastByToken, found.apis.client(acme, 'east'), found.byName.for('east')])
      expect(same).toBe(found.east);
    expect(await idOf(found.byName)).toBe('main');
    expect(await idOf(found.east)).toBe('in-the-east');
    expect(vendor.asks).toHaveLength(2);
  });

  test('of accounts that are looked up the shared client is injected by the API, and one by its id', async () => {
    const vendor = await acmeVendor();
    const { baseURL } = vendor;
    const apis = [accountsFor(acme, { baseURL, accounts: { resolve: everyId } })];
    const app = await start({ imports: [register({ apis })], providers: [Consumer] });
    const { byName, byApi, east, apis: registry } = app.get(Consumer);
    expect(byApi).toBe(byName);
    expect(byName.for('east')).toBe(east);
    expect(registry.client(acme)).toBe(byName);
    expect(await idOf(byName.for('t-1'))).toBe('t-1');
    expect(await idOf(east)).toBe('east');
  });

  test('who injects an account that the options do not have fails the boot, with the remedy', async () => {
    const error = await failureOf(start({ imports: [register({ prefetch: 'none' })], providers: [Consumer] }));
    expect(error).toMatchObject({ code: 'NOT_CONFIGURED' });
    expect(error.message).toMatch(
      /Consumer injects the client of acme, .* set the option `apis`, with accountsFor\(\)/,
    );
  });

  test('who injects no account by name where all have one is told the decorator', async () => {
    const apis = [accountsFor(acme, { baseURL: 'http://127.0.0.1:9', name: 'east', appId: 'a', appKey: 'b' })];
    const metadata = { imports: [register({ prefetch: 'none', apis })], providers: [Consumer] };
    expect((await failureOf(start(metadata))).message).toMatch(
      /Consumer injects the client of acme, but .* inject it by name, @InjectAuthClient\('acme', 'east'\), or/,
    );
  });

  test('an override in a test takes the place of the client', async () => {
    const vendor = await acmeVendor();
    const testing = Test.createTestingModule({ imports: [register(optionsFor(vendor))], providers: [Consumer] });
    const fake = { get: () => 'fake' };
    const app = await testing.overrideProvider(getAuthClientToken(acme, 'east')).useValue(fake).compile();
    onTestFinished(() => app.close());
    await app.init();
    expect(app.get(Consumer).east).toBe(fake);
    expect(await idOf(app.get(Consumer).byName)).toBe('main');
  });
});

test.each<[string, string, (options: AuthApisOptions, name: string) => ImportedModule]>([
  ['forRoot, which sees the names itself', 'early-east', (options) => AuthApisModule.forRoot(options)],
  [
    'forRootAsync, which is told by `names`',
    'lazy-east',
    (options, name) => AuthApisModule.forRootAsync({ useFactory: () => options, names: { acme: [name] } }),
  ],
])('a lazily loaded module injects an account under %s', async (_, name, register) => {
  const vendor = await acmeVendor();
  const account = { baseURL: vendor.baseURL, name, appId: 'lazy', appKey: keyOf('lazy') };
  const app = await start({ imports: [register({ prefetch: 'none', apis: [accountsFor(acme, account)] }, name)] });
  const module = await app.get(LazyModuleLoader).load(async () => {
    @Injectable()
    class Late {
      constructor(@InjectAuthClient('acme', name) readonly east: AcmeClient) {}
    }
    @Module({ providers: [Late, { provide: 'late', useExisting: Late }] })
    class LateModule {}
    return LateModule;
  });
  expect(await idOf(module.get<{ east: AcmeClient }>('late').east)).toBe('lazy');
});

test('of an API that nobody configured AuthApis tells which there are', async () => {
  const app = await start({ imports: [AuthApisModule.forRoot(optionsFor(await acmeVendor()))] });
  const apis = app.get(AuthApis);
  const nobody = defineTokenApi({
    name: 'nobody',
    credentials: ['key'],
    baseURL: 'https://api.nobody.example',
    tokenURL: 'token',
    lifetimeMs: 1_000,
    placement: { in: 'header', name: 'X-Token' },
    request: ({ url }) => ({ method: 'POST', url, headers: {} }),
    parseResponse: ({ json }) => ({ token: json.token }),
  });
  const error = await failureOf(Promise.resolve().then(() => apis.client(nobody)));
  expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT', message: 'There is no API "nobody"; configured: acme' });
  const missing = await failureOf(Promise.resolve().then(() => apis.client(acme, 'west')));
  expect(missing).toMatchObject({ code: 'UNKNOWN_ACCOUNT', api: 'acme', account: 'west' });
  expect(missing.message).toContain('configured: default, east');
});

test('one API given twice, or under the name of a built-in one, fails the boot', async () => {
  const vendor = await acmeVendor();
  const one = optionsFor(vendor).apis![0]!;
  const error = await failureOf(start({ imports: [AuthApisModule.forRoot({ apis: [one, one] })] }));
  expect(error.message).toContain('apis[1] is another API called "acme": give all accounts of an API at once');
});

test('injection by class stands beside own APIs', async () => {
  const vendor = await acmeVendor();
  const sparkfly = { baseURL: 'http://127.0.0.1:1', accounts: { resolve: () => undefined } };
  const app = await start({ imports: [AuthApisModule.forRoot({ ...optionsFor(vendor), sparkfly })] });
  expect(app.get(SparkflyClient)).toBe(app.get(AuthApis).client('sparkfly'));
  expect(app.get(SparkflyClient).for('x')).toBeInstanceOf(SparkflyClient);
});
