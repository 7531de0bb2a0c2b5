// Covers public methods and functions that are told nonsense: a typed error says what is wrong, or nothing happens.
import { FakeVerbit, ManualClock } from 'nestjs-auth-apis/testing';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import {
  accountsFor,
  AuthApisModule,
  defineTokenApi,
  getAuthClientToken,
  healthOf,
  InjectAuthClient,
  InjectSparkfly,
  isAccountError,
  isAuthApisError,
  isAuthApisOptionsError,
  isUnknownAccountError,
  oauth2ClientCredentials,
  OutboundAuthorizationInterceptor,
  TokenCache,
} from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { acme, acmeApp, lookingUp } from '../../support/acme.js';

const NONSENSE: readonly unknown[] = [null, 7, NaN, true, Symbol('x'), [], ['x'], () => 'x', new Map()];

async function setUp() {
  const given = await acmeApp(lookingUp());
  return { ...given, unnamed: given.client, client: given.client.for('t-1') };
}

type Told = (nonsense: never, given: Awaited<ReturnType<typeof setUp>>) => unknown;

/** Where every kind of nonsense is an error. */
const REFUSED: Record<string, Told> = {
  'AuthApis.client(api)': (api, { apis }) => apis.client(api),
  'AuthApis.client(api, id)': (id, { apis }) => apis.client('acme' as never, id),
  'AuthApis.forget(api)': (api, { apis }) => apis.forget(api, 't-1'),
  'AuthApis.forget(api, id)': (id, { apis }) => apis.forget('acme', id),
  'attach()': (http, { app }) => app.get(OutboundAuthorizationInterceptor).attach(http),
  'authorizationInterceptor(client)': (one) => authorizationInterceptor(one),
  'authorizationInterceptor(client, { origin })': (origin, { client }) => authorizationInterceptor(client, { origin }),
  'accountsFor(api)': (api) => accountsFor(api, {}),
  'defineTokenApi()': (definition) => defineTokenApi(definition),
  'oauth2ClientCredentials()': (options) => oauth2ClientCredentials(options),
  'getAuthClientToken(api)': (api) => getAuthClientToken(api),
  'getAuthClientToken(api, name)': (name) => getAuthClientToken('acme', name),
  'InjectAuthClient(api)': (api) => InjectAuthClient(api),
  'InjectSparkfly(name)': (name) => InjectSparkfly(name),
  'healthOf()': (status) => healthOf(status),
  'new TokenCache(source)': (source) => new TokenCache(source),
  'a name in AuthApisModule.forRootAsync({ names })': (name) =>
    AuthApisModule.forRootAsync({ useFactory: () => ({}), names: { acme: [name] } }),
};

test.each(Object.entries(REFUSED))('%s says so in a typed error, whatever it is told', async (_, tell) => {
  const given = await setUp();
  for (const nonsense of NONSENSE) {
    const error = thrownBy(() => tell(nonsense as never, given));
    expect(isAuthApisOptionsError(error) || isAccountError(error), String(error)).toBe(true);
  }
});

test('client.for() says so, but for an object that names no parameter', async () => {
  const { client } = await setUp();
  for (const nonsense of [undefined, ...NONSENSE]) {
    expect(isAuthApisError(thrownBy(() => client.for(nonsense as never)))).toBe(true);
  }
  expect(client.for({})).toBe(client);
});

test.each<[string, unknown]>([
  ['null', null],
  ['a number', 7],
  ['a text', 'x'],
  ['an array', []],
  ['minRemainingMs that is a text', { minRemainingMs: '60000' }],
  ['minRemainingMs that is NaN', { minRemainingMs: NaN }],
  ['a signal that is none', { signal: {} }],
  ['a signal that is null', { signal: null }],
])('tokens.get() rejects with a typed error, and asks for no token, when it is given %s', async (_, options) => {
  const { client, vendor } = await setUp();
  const asked = vendor.asks.length;
  const error = await client.tokens.get(options as never).catch((caught: unknown) => caught);
  expect(isAuthApisOptionsError(error)).toBe(true);
  expect(vendor.asks).toHaveLength(asked);
});

test('tokens.invalidate() leaves the token alone where there is none to throw away, and refuses what is no token', async () => {
  const { client } = await setUp();
  const token = await client.tokens.get();
  for (const none of [undefined, null]) expect(client.tokens.invalidate(none as never)).toBe(false);
  for (const nonsense of [7, {}, [], Symbol('x'), { value: 7 }]) {
    expect(isAuthApisOptionsError(thrownBy(() => client.tokens.invalidate(nonsense as never)))).toBe(true);
  }
  expect(client.tokens.peek()).toBe(token);
});

test.each([null, 7, 'x', []])('options that are %j are refused', async (options) => {
  const { client } = await setUp();
  for (const tell of [
    () => authorizationInterceptor(client, options as never),
    () => new TokenCache({ fetch: () => new Promise(() => {}) }, options as never),
    () => AuthApisModule.forRootAsync(options as never),
    () => AuthApisModule.forRootAsync({ useFactory: () => ({}), names: options as never }),
  ]) {
    expect(isAuthApisOptionsError(thrownBy(tell))).toBe(true);
  }
});

test.each<[string, unknown]>([
  ['an id in the place of the options', 't-2'],
  ['a number', 7],
  ['an array', [{ account: 't-2' }]],
])('a call whose `authApis` is %s fails, and carries no other account’s token', async (_, authApis) => {
  const { client, unnamed, vendor } = await setUp();
  for (const call of [
    () => client.axiosRef.get('/x', { authApis } as never),
    () => unnamed.axiosRef.get('/x', { authApis } as never),
    () => client.fetch('/x', { authApis } as never),
  ]) {
    const error: unknown = await call().catch((caught: unknown) => caught);
    expect(isAuthApisOptionsError(error)).toBe(true);
  }
  expect(vendor.calls).toEqual([]);
});

test('guards say no to everything', () => {
  for (const nonsense of [undefined, ...NONSENSE, Object.create(null)]) {
    expect([isAuthApisError, isAccountError, isUnknownAccountError].map((guard) => guard(nonsense))).toEqual([
      false,
      false,
      false,
    ]);
  }
});

test('test doubles and the store name the argument and the remedy', async () => {
  const verbit = await FakeVerbit.start();
  const clock = new ManualClock();
  for (const nonsense of [null, 7, 'x', []]) {
    expect(() => verbit.failNext(nonsense as never)).toThrow(/failNext\(\): .*give/);
    expect(() => new RedisTokenStore(nonsense as never)).toThrow(/^RedisTokenStore: /);
  }
  for (const nonsense of [null, NaN, 'x', -1, undefined]) {
    await expect(clock.advance(nonsense as never)).rejects.toThrow(/advance\(\): "ms" .*give/);
  }
  for (const nonsense of [null, NaN, 'x']) {
    expect(() => clock.jumpWall(nonsense as never)).toThrow(/jumpWall\(\): "ms" .*give/);
    expect(() => new ManualClock(nonsense as never)).toThrow(/startAt/);
  }
  expect(clock.now()).toBe(0);
  await verbit.close();
});

test('an API is told by its name or by itself', async () => {
  const { apis, client } = await setUp();
  await client.tokens.get();
  expect(apis.client(acme, 't-1')).toBe(client);
  expect(apis.forget(acme, 't-1')).toBe(true);
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
