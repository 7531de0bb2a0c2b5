import type { SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import type { FakeRequest } from 'nestjs-auth-apis/testing';
import type { Observable } from 'rxjs';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

type Client = VerbitClient | SparkflyClient;

const methods: [string, string, (client: Client) => Observable<unknown>][] = [
  ['get', 'GET', (client) => client.get('/echo')],
  ['post', 'POST', (client) => client.post('/echo', { a: 1 })],
  ['put', 'PUT', (client) => client.put('/echo', { a: 1 })],
  ['patch', 'PATCH', (client) => client.patch('/echo', { a: 1 })],
  ['delete', 'DELETE', (client) => client.delete('/echo')],
  ['head', 'HEAD', (client) => client.head('/echo')],
  ['request', 'OPTIONS', (client) => client.request({ url: '/echo', method: 'OPTIONS' })],
  ['postForm', 'POST', (client) => client.postForm('/echo', { a: 1 })],
  ['putForm', 'PUT', (client) => client.putForm('/echo', { a: 1 })],
  ['patchForm', 'PATCH', (client) => client.patchForm('/echo', { a: 1 })],
];

/** Values of the headers spelled exactly so. */
const valuesOf = ({ rawHeaders }: FakeRequest, name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1] === name);

test.each(methods)('%s of a Verbit client arrives with its bearer token', async (_, verb, call) => {
  const { vendor, client } = await verbitApp();
  await firstValueFrom(call(client));
  const request = vendor.requests.at(-1)!;
  expect(request.method).toBe(verb);
  expect(valuesOf(request, 'Authorization')).toEqual([`Bearer ${vendor.tokensIssued[0]}`]);
  expect(request.headers['x-auth-token']).toBeUndefined();
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
});

test.each(methods)(
  '%s of a Sparkfly client arrives with its token, the header in this very case',
  async (_, verb, call) => {
    const { vendor, client } = await sparkflyApp();
    await firstValueFrom(call(client));
    const request = vendor.requests.at(-1)!;
    expect(request.method).toBe(verb);
    expect(valuesOf(request, 'X-Auth-Token')).toEqual([vendor.tokensIssued[0]]);
    expect(request.headers['authorization']).toBeUndefined();
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  },
);

test('query, where Node and this axios have it, arrives authorized', async () => {
  const { vendor, client } = await sparkflyApp();
  const adapter: typeof client.axiosRef.defaults.adapter = async (config) => {
    expect(config.method).toBe('query');
    expect(config.headers.get('X-Auth-Token')).toBe(vendor.tokensIssued[0]);
    return { status: 200, statusText: '', data: {}, headers: {}, config };
  };
  await firstValueFrom(client.query('/echo', { a: 1 }, { adapter }));
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('axiosRef, as a function and by its methods, is authorized', async () => {
  const { vendor, client } = await verbitApp();
  await client.axiosRef('/orders/1');
  await client.axiosRef({ url: '/orders/2' });
  await client.axiosRef.get('/orders/3');
  await client.axiosRef.request({ url: '/orders/4' });
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 4, apiUnauthorized: 0 });
});

test('what the caller gives travels along: query, headers, body, and the http of the account', async () => {
  const { vendor, client } = await verbitApp({
    account: { http: { headers: { 'X-App': 'tests' }, params: { a: '1' } } },
  });
  await firstValueFrom(client.post('/echo', { b: 2 }, { params: { c: '3' }, headers: { 'X-Call': 'yes' } }));
  expect(vendor.requests.at(-1)).toMatchObject({
    query: { a: '1', c: '3' },
    headers: { 'x-app': 'tests', 'x-call': 'yes', 'content-type': 'application/json' },
    body: '{"b":2}',
  });
});

test('header buckets of the account do not reach the token endpoint as headers of their name', async () => {
  const http = { headers: { common: { 'X-App': 'tests' }, get: { 'X-Get': 'yes' } } as never };
  const { vendor, client } = await verbitApp({ account: { http } });
  await firstValueFrom(client.get('/orders/1'));
  expect(vendor.requests.at(-1)?.headers).toMatchObject({ 'x-app': 'tests', 'x-get': 'yes' });
  expect(vendor.requests[0]?.headers).not.toHaveProperty('common');
  expect(vendor.requests[0]?.headers).not.toHaveProperty('get');
});
