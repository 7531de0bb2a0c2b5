import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

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
