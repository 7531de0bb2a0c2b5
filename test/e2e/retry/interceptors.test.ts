import type { AxiosInstance } from 'axios';
import axiosRetry from 'axios-retry';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

const tokensSent = (raw: readonly string[]): string[] => raw.filter((_, i) => raw[i - 1] === 'X-Auth-Token');

test('request interceptors run once for a call that is replayed, and see no token', async () => {
  const { vendor, client } = await sparkflyApp();
  const seen: unknown[] = [];
  client.axiosRef.interceptors.request.use((config) => {
    seen.push(config.headers.get('X-Auth-Token'));
    config.headers.set('X-Mine', `${seen.length}`);
    return config;
  });
  let answers = 0;
  client.axiosRef.interceptors.response.use((response) => (answers++, response));
  vendor.rejectNext();
  await firstValueFrom(client.get('/offers'));
  expect(seen).toEqual([undefined]);
  expect(answers).toBe(1);
  const mine = vendor.requests.filter(({ kind }) => kind === 'api').map(({ headers }) => headers['x-mine']);
  expect(mine).toEqual(['1', '1']);
});

test('a request transform runs once for a call that is replayed', async () => {
  const { vendor, client } = await verbitApp();
  vendor.rejectNext();
  let runs = 0;
  const transformRequest = (): string => `body ${++runs}`;
  await firstValueFrom(client.post('/echo', {}, { transformRequest }));
  expect(vendor.requests.filter(({ kind }) => kind === 'api').map(({ body }) => body)).toEqual(['body 1', 'body 1']);
});

const orders: [string, (ref: AxiosInstance) => void][] = [
  ['alone', retry],
  [
    'before another interceptor',
    (ref) => {
      retry(ref);
      addHeader(ref);
    },
  ],
  [
    'after another interceptor',
    (ref) => {
      addHeader(ref);
      retry(ref);
    },
  ],
];

function retry(ref: AxiosInstance): void {
  axiosRetry(ref, { retries: 3, retryCondition: ({ response }) => response?.status === 503 });
}

function addHeader(ref: AxiosInstance): void {
  ref.interceptors.request.use(async (config) => {
    config.headers.set('X-Mine', 'yes');
    return config;
  });
}

test.each(orders)('axios-retry, registered %s, sends one header, and the fresh token on the retry', async (_, set) => {
  const { vendor, client } = await sparkflyApp();
  set(client.axiosRef);
  await firstValueFrom(client.get('/offers'));
  vendor.failNext({ on: 'api', status: 503, times: 2 });
  const call = firstValueFrom(client.get('/offers'));
  vendor.revokeTokens();
  expect((await call).status).toBe(200);
  for (const { rawHeaders, kind } of vendor.requests) {
    if (kind === 'api') expect(tokensSent(rawHeaders)).toHaveLength(1);
  }
  expect(tokensSent(vendor.requests.at(-1)!.rawHeaders)).toEqual([vendor.tokensIssued[1]]);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('axios-retry takes the token that is current at the retry, not the one of the first try', async () => {
  const { vendor, client } = await sparkflyApp();
  axiosRetry(client.axiosRef, {
    retries: 1,
    retryCondition: async ({ response }) => {
      await client.tokens.refresh();
      return response?.status === 503;
    },
  });
  vendor.failNext({ on: 'api', status: 503 });
  await firstValueFrom(client.get('/offers'));
  const sent = vendor.requests.filter(({ kind }) => kind === 'api').map(({ headers }) => headers['x-auth-token']);
  expect(sent).toEqual([vendor.tokensIssued[0], vendor.tokensIssued[1]]);
  expect(vendor.counters).toMatchObject({ apiUnauthorized: 0, tokenRequests: 2 });
});

test('axios-retry that retries every 401 makes no storm at the token endpoint', async () => {
  const { vendor, client } = await sparkflyApp();
  axiosRetry(client.axiosRef, { retries: 4, retryCondition: () => true });
  vendor.rejectNext(Infinity);
  const error = await failureOf(client.get('/offers'));
  expect(error.response?.status).toBe(401);
  expect(vendor.counters.apiRequests).toBe(6);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('repeating error.config by hand sends the current token once', async () => {
  const { vendor, client } = await verbitApp();
  vendor.failNext({ on: 'api', status: 503 });
  const error = await failureOf(client.axiosRef.get('/orders/1'));
  await client.tokens.refresh();
  const again = await client.axiosRef.request(error.config!);
  expect(again.status).toBe(200);
  expect(vendor.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${vendor.tokensIssued[1]}`);
  expect(vendor.counters.apiUnauthorized).toBe(0);
});
