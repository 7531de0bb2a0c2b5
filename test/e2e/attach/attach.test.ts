import { createRequire } from 'node:module';
import { HttpModule, HttpService } from '@nestjs/axios';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import axios from 'axios';
import type { AuthApisOptions, SparkflyOptions } from 'nestjs-auth-apis';
import { OutboundAuthorizationInterceptor, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

/** What an app has that calls the vendor with an `HttpService` of its own. */
async function start(options: AuthApisOptions) {
  const app = await startApp({ prefetch: 'none', ...options }, { imports: [HttpModule.register({})] });
  return { app, http: app.get(HttpService, { strict: false }), interceptor: app.get(OutboundAuthorizationInterceptor) };
}

const accounts = (vendor: FakeSparkfly, ...list: Partial<SparkflyOptions>[]): SparkflyOptions[] =>
  list.map((more) => sparkflyAccount(vendor, more));

const scopeOfLast = (vendor: FakeSparkfly): string | undefined =>
  vendor.tokenDetails(vendor.requests.at(-1)?.headers['x-auth-token'] ?? '')?.scope;

test('an HttpService that the app has is authorized from attach to detach', async () => {
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({ sparkfly: sparkflyAccount(vendor) });
  const detach = interceptor.attach(http);
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
  vendor.revokeTokens();
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 3 });
  detach();
  detach();
  expect((await failureOf(http.get(`${vendor.baseURL}/offers`))).response?.status).toBe(401);
  expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBeUndefined();
  expect(vendor.counters.tokenRequests).toBe(2);
});

describe('the axios of the whole process', () => {
  const required = createRequire(import.meta.url)('axios') as typeof axios;
  const shared: Record<string, HttpService> = {
    'of new HttpService()': new HttpService(),
    'that `import` gives': new HttpService(axios),
    'that `require` gives': new HttpService(required),
    'by another name': new HttpService(new Proxy(axios, {})),
    'by its defaults': new HttpService(Object.assign(axios.create(), { defaults: axios.defaults })),
  };

  test.each(Object.entries(shared))('%s is refused, and the error names the remedy', async (_, service) => {
    const vendor = await fakeSparkfly();
    const { interceptor } = await start({ sparkfly: sparkflyAccount(vendor) });
    expect(() => interceptor.attach(service)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining('HttpModule.register({})') }),
    );
    expect((await failureOf(axios.get(`${vendor.baseURL}/offers`))).response?.status).toBe(401);
    expect(vendor.counters.tokenRequests).toBe(0);
  });

  test('in `attachTo` fails the boot, and nothing is attached', async () => {
    const vendor = await fakeSparkfly();
    const own = new HttpService(axios.create());
    const options = { prefetch: 'none' as const, attachTo: ['OWN', HttpService], sparkfly: sparkflyAccount(vendor) };
    const providers = [{ provide: 'OWN', useValue: own }];
    const error = await failureOf(startApp(options, { imports: [HttpModule], providers }));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(error.message).toMatch(/attachTo: HttpService.*HttpModule\.register\(\{\}\)/s);
    for (const instance of [axios, own.axiosRef]) {
      expect((await failureOf(instance.get(`${vendor.baseURL}/offers`))).response?.status).toBe(401);
    }
    expect(vendor.counters.tokenRequests).toBe(0);
  });
});

test('the shared axios of the process stays as it is', async () => {
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({ sparkfly: sparkflyAccount(vendor) });
  interceptor.attach(http);
  expect((await failureOf(axios.get(`${vendor.baseURL}/offers`))).response?.status).toBe(401);
  expect(vendor.counters.tokenRequests).toBe(0);
});

test('errors are of the build of axios that made the instance, also of the one that `require` gives', async () => {
  const vendor = await fakeSparkfly();
  const { interceptor } = await start({ sparkfly: sparkflyAccount(vendor) });
  for (const build of [axios, createRequire(import.meta.url)('axios') as typeof axios]) {
    const instance = build.create({ baseURL: vendor.baseURL });
    interceptor.attach(new HttpService(instance));
    await instance.get('/offers');
    const errors = [
      await failureOf(instance.get('/nowhere')),
      await failureOf(instance.get(vendor.baseURL.replace(/\d+$/, '9'))),
      await failureOf(instance.get('/offers', { signal: AbortSignal.abort() })),
    ];
    expect(errors.map((error) => error instanceof build.AxiosError)).toEqual([true, true, true]);
    expect(errors[2]).toBeInstanceOf(build.CanceledError);
  }
});

test('attaching twice is once', async () => {
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({ sparkfly: sparkflyAccount(vendor) });
  const detach = interceptor.attach(http);
  expect(interceptor.attach(http)).toBe(detach);
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
  expect(vendor.requests.at(-1)?.rawHeaders.filter((name) => name === 'X-Auth-Token')).toHaveLength(1);
  vendor.rejectNext(2);
  await failureOf(http.get(`${vendor.baseURL}/offers`));
  expect(vendor.counters.apiRequests).toBe(3);
  detach();
  interceptor.attach(http);
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
});

class LegacyHttp extends HttpService {}

function legacyModule(): Type {
  @Module({
    imports: [HttpModule.register({})],
    providers: [
      { provide: LegacyHttp, useFactory: () => new LegacyHttp(axios.create()) },
      { provide: 'LEGACY', useExisting: HttpService },
    ],
  })
  class LegacyModule {}
  return LegacyModule;
}

test.each([
  ['a class', LegacyHttp],
  ['a string', 'LEGACY'],
  ['the HttpService itself', HttpService],
])('attachTo by %s authorizes it before the app has started', async (_, target) => {
  const vendor = await fakeSparkfly();
  const options = { prefetch: 'none' as const, attachTo: [target], sparkfly: sparkflyAccount(vendor) };
  const app: INestApplicationContext = await startApp(options, { imports: [legacyModule()] });
  const http = app.get<HttpService>(target, { strict: false });
  expect((await firstValueFrom(http.get(`${vendor.baseURL}/offers`))).status).toBe(200);
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('an app that is started again, as tests do, is attached to its own accounts and not to those of the closed one', async () => {
  // `HttpModule.register()` makes its axios instance once, when the decorator runs: both apps have the same.
  const imports = [legacyModule()];
  const first = await fakeSparkfly();
  const second = await fakeSparkfly();
  const boot = (vendor: FakeSparkfly) =>
    startApp({ prefetch: 'none', attachTo: [HttpService], sparkfly: sparkflyAccount(vendor) }, { imports });
  await (await boot(first)).close();
  const app = await boot(second);
  const http = app.get(HttpService, { strict: false });
  expect((await firstValueFrom(http.get(`${second.baseURL}/offers`))).status).toBe(200);
  await app.close();
  const error = await failureOf(http.get(`${second.baseURL}/offers`));
  expect(error.response?.status).toBe(401);
});

test.each([
  ['no provider of that token', 'NOWHERE', /attachTo: no provider NOWHERE/],
  ['a provider that is no HttpService', VerbitClient.name, /attachTo: VerbitClient is not an HttpService/],
])('attachTo with %s fails the boot', async (_, target, message) => {
  const providers = [{ provide: VerbitClient.name, useValue: {} }];
  const vendor = await fakeSparkfly();
  const options = { prefetch: 'none' as const, attachTo: [target], sparkfly: sparkflyAccount(vendor) };
  const error = await failureOf(startApp(options, { providers }));
  expect(error).toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringMatching(message) as string });
});

test('the account with the longest base URL that the call is below gives its token', async () => {
  const vendor = await fakeSparkfly();
  const origin = { baseURL: vendor.origin, tokenURL: vendor.tokenURL };
  const { http, interceptor } = await start({
    sparkfly: accounts(
      vendor,
      { authScope: 'unnamed', ...origin },
      { name: 'v1', authScope: 'v1' },
      { name: 'echo', authScope: 'echo', baseURL: `${vendor.baseURL}/echo`, tokenURL: vendor.tokenURL },
    ),
  });
  interceptor.attach(http);
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
  expect(scopeOfLast(vendor)).toBe('v1');
  await firstValueFrom(http.get(`${vendor.baseURL}/echo?x=1`));
  expect(scopeOfLast(vendor)).toBe('echo');
  await failureOf(http.get(`${vendor.origin}/v1.0-beta/offers`));
  expect(scopeOfLast(vendor)).toBe('unnamed');
});

test('among two accounts of one base URL the unnamed one gives its token, or the one that is named', async () => {
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({
    sparkfly: accounts(vendor, { name: 'east', authScope: 'east' }, { authScope: 'unnamed' }),
  });
  interceptor.attach(http);
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
  expect(scopeOfLast(vendor)).toBe('unnamed');
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`, { authApis: { account: 'east' } }));
  expect(scopeOfLast(vendor)).toBe('east');
});

test('a slash at the end of a base URL makes it no longer: the unnamed account is still the one', async () => {
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({
    sparkfly: accounts(
      vendor,
      { authScope: 'unnamed' },
      { name: 'east', authScope: 'east', baseURL: `${vendor.baseURL}/` },
    ),
  });
  interceptor.attach(http);
  await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
  expect(scopeOfLast(vendor)).toBe('unnamed');
});

test('two named accounts of one base URL are a typed error, and nothing is sent', async () => {
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({ sparkfly: accounts(vendor, { name: 'east' }, { name: 'west' }) });
  interceptor.attach(http);
  const error = await failureOf(http.get(`${vendor.baseURL}/offers?secret=1`));
  expect(error).toMatchObject({ name: 'AccountError', code: 'AMBIGUOUS_ACCOUNT' });
  expect(error.message).toMatch(/authApis: \{ account \}`, of 'sparkfly\/east', 'sparkfly\/west'/);
  expect(error.message).not.toContain('secret');
  expect(vendor.requests).toHaveLength(0);
  const named = { authApis: { account: 'nobody' } };
  expect(await failureOf(http.get(`${vendor.baseURL}/offers`, named))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
});

test('calls elsewhere go out as they are, and no line complains of them', async () => {
  const stranger = await plainServer();
  const vendor = await fakeSparkfly();
  const { http, interceptor } = await start({ sparkfly: sparkflyAccount(vendor) });
  interceptor.attach(http);
  const { request, config } = await firstValueFrom(http.get(stranger.origin));
  expect(stranger.requests[0]?.headers).not.toHaveProperty('x-auth-token');
  expect(vendor.requests).toHaveLength(0);
  expect(typeof (request as { getHeader?: unknown }).getHeader).toBe('function');
  expect(config.headers.has('X-Auth-Token')).toBe(false);
});

test('attached to one of our own clients it does no harm: one header, of that client’s account', async () => {
  const verbit = await fakeVerbit();
  const vendor = await fakeSparkfly();
  const app = await startApp({
    prefetch: 'none',
    verbit: verbitAccount(verbit),
    sparkfly: accounts(vendor, { authScope: 'unnamed' }, { name: 'east', authScope: 'east' }),
  });
  const client = app.get(SparkflyClient);
  const detach = app.get(OutboundAuthorizationInterceptor).attach(client);
  await firstValueFrom(client.get('/offers'));
  expect(vendor.requests.at(-1)?.rawHeaders.filter((name) => name === 'X-Auth-Token')).toHaveLength(1);
  vendor.rejectNext(2);
  await failureOf(client.get('/offers'));
  expect(vendor.counters).toMatchObject({ apiRequests: 3, tokenRequests: 2 });
  detach();
  expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
});

test('an instance that has a base URL and calls relative to it is authorized', async () => {
  const vendor = await fakeVerbit();
  const { interceptor } = await start({ verbit: verbitAccount(vendor) });
  const http = new HttpService(axios.create({ baseURL: `${vendor.origin}/api` }));
  interceptor.attach(http);
  await firstValueFrom(http.get('v1/orders/1'));
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiUnauthorized: 0 });
});

test('attachTo a token that several modules provide reaches all of them, or says at boot that it cannot', async () => {
  const vendor = await fakeSparkfly();
  const [one, two] = [new HttpService(axios.create()), new HttpService(axios.create())];
  const providing = (useValue: HttpService) => {
    @Module({ providers: [{ provide: HttpService, useValue }] })
    class Providing {}
    return Providing;
  };
  const options = { prefetch: 'none' as const, attachTo: [HttpService], sparkfly: sparkflyAccount(vendor) };
  const boot = startApp(options, { imports: [providing(one), providing(two)] });
  const told = await boot.then(
    () => false,
    () => true,
  );
  if (told) return;
  expect((await firstValueFrom(one.get(`${vendor.baseURL}/offers`))).status).toBe(200);
  expect((await firstValueFrom(two.get(`${vendor.baseURL}/offers`))).status).toBe(200);
});

test('a gateway of both vendors: what is below neither base URL can be told apart by the name of the API', async () => {
  const gateway = await plainServer();
  const verbit = await fakeVerbit();
  const sparkfly = await fakeSparkfly();
  const { http, interceptor } = await start({
    verbit: { ...verbitAccount(verbit), baseURL: `${gateway.origin}/verbit`, tokenURL: verbit.tokenURL },
    sparkfly: { ...sparkflyAccount(sparkfly), baseURL: `${gateway.origin}/sparkfly`, tokenURL: sparkfly.tokenURL },
  });
  interceptor.attach(http);
  await firstValueFrom(http.get(`${gateway.origin}/verbit/x`));
  await firstValueFrom(http.get(`${gateway.origin}/sparkfly/x`));
  const error = await failureOf(http.get(`${gateway.origin}/other`));
  expect(error.message).toContain("of 'verbit', 'sparkfly'");
  await firstValueFrom(http.get(`${gateway.origin}/other`, { authApis: { account: 'sparkfly' } }));
  const sent = gateway.requests.map(({ headers }) => [headers['authorization'], headers['x-auth-token']]);
  const [jwt, opaque] = [`Bearer ${verbit.tokensIssued[0]}`, sparkfly.tokensIssued[0]];
  expect(sent).toEqual([
    [jwt, undefined],
    [undefined, opaque],
    [undefined, opaque],
  ]);
});
