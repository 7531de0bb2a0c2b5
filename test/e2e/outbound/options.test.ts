import { SparkflyClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount, sparkflyApp, verbitApp } from '../../support/vendors.js';

test('a header that the caller set wins, asks for no token, and a 401 to it changes nothing', async () => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  const error = await failureOf(client.get('/offers', { headers: { 'x-auth-token': 'my-own' } }));
  expect(error.response?.status).toBe(401);
  expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBe('my-own');
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
});

test('a header that an interceptor set wins as well', async () => {
  const { vendor, client } = await verbitApp();
  client.axiosRef.interceptors.request.use((config) => {
    config.headers.setAuthorization('Bearer mine');
    return config;
  });
  expect((await failureOf(client.get('/orders/1'))).response?.status).toBe(401);
  expect(vendor.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer mine']);
});

test.each([
  ['the auth of axios', (): object => ({ auth: { username: 'me', password: 'pw' } })],
  ['user info in a base URL of the request', (base: string): object => ({ baseURL: base.replace('//', '//me:pw@') })],
])('basic authentication by %s wins over a bearer token, and a 401 to it changes nothing', async (_, config) => {
  const { vendor, client } = await verbitApp();
  await client.tokens.get();
  const error = await failureOf(client.get('/orders/1', config(vendor.baseURL)));
  expect(error.response?.status).toBe(401);
  expect(vendor.requests.at(-1)?.headers['authorization']).toMatch(/^Basic /);
  expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
});

test('authApis: { skip: true } leaves a call alone', async () => {
  const { vendor, client } = await sparkflyApp();
  const error = await failureOf(client.get('/offers', { authApis: { skip: true } }));
  expect(error.response?.status).toBe(401);
  expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBeUndefined();
  expect(vendor.counters).toMatchObject({ tokenRequests: 0, apiRequests: 1 });
});

test('authApis: { retry: false } surfaces the 401, and the next call has another token', async () => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  vendor.revokeTokens();
  const error = await failureOf(client.get('/offers', { authApis: { retry: false } }));
  expect(error.response?.status).toBe(401);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  expect((await firstValueFrom(client.get('/offers', { authApis: { retry: false } }))).status).toBe(200);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('authApis in the http of the account is the default of its calls', async () => {
  const { vendor, client } = await sparkflyApp({ account: { http: { authApis: { retry: false } } } });
  vendor.rejectNext();
  expect((await failureOf(client.get('/offers'))).response?.status).toBe(401);
  expect(vendor.counters.apiRequests).toBe(1);
});

test('authApis: { account } takes the token of another account of the same API', async () => {
  const vendor = await fakeSparkfly();
  const app = await startApp({
    prefetch: 'none',
    sparkfly: [sparkflyAccount(vendor), sparkflyAccount(vendor, { name: 'east', authScope: 'east' })],
  });
  await firstValueFrom(app.get(SparkflyClient).get('/offers', { authApis: { account: 'east' } }));
  const sent = vendor.requests.at(-1)?.headers['x-auth-token'] ?? '';
  expect(vendor.tokenDetails(sent)).toMatchObject({ scope: 'east' });
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('authApis: { account } that nobody configured is a typed error, and nothing is sent', async () => {
  const { vendor, client } = await sparkflyApp();
  const error = await failureOf(client.get('/offers', { authApis: { account: 'west' } }));
  expect(error).toMatchObject({ name: 'AccountError', code: 'UNKNOWN_ACCOUNT', api: 'sparkfly', account: 'west' });
  expect(error.message).toContain('configured: default');
  expect(vendor.requests).toHaveLength(0);
});

test.each([
  ['() => true', () => true],
  ['null', null],
  ['401 is fine', (status: number) => status === 401 || status < 300],
])('validateStatus %s: a 401 is replayed all the same', async (_, validateStatus) => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  const { status } = await firstValueFrom(client.get('/offers', { validateStatus }));
  expect(status).toBe(200);
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
});

test('validateStatus decides about the last answer alone', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext(2);
  const { status } = await firstValueFrom(client.get('/offers', { validateStatus: () => true }));
  expect(status).toBe(401);
  const error = await failureOf(client.get('/offers', { validateStatus: (code) => code === 418 }));
  expect(error.response?.status).toBe(200);
});

test('an account named for a host that its token may not go to is a typed error, and nothing is sent', async () => {
  const [here, there] = [await fakeSparkfly(), await fakeSparkfly()];
  const app = await startApp({
    prefetch: 'none',
    sparkfly: [sparkflyAccount(here), sparkflyAccount(there, { name: 'east' })],
  });
  const error = await failureOf(app.get(SparkflyClient).get('/offers', { authApis: { account: 'east' } }));
  expect(error).toMatchObject({ name: 'AccountError', code: 'ORIGIN_NOT_ALLOWED', account: 'east' });
  expect([...here.requests, ...there.requests]).toHaveLength(0);
});
