import { Agent } from 'node:http';
import type { InternalAxiosRequestConfig } from 'axios';
import type { FakeFault } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { answer, failureOf, timed, until } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

function fewSockets(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 40 });
  onTestFinished(() => agent.destroy());
  return agent;
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test('ten thousand calls without a token buy one token', async () => {
  const sent: unknown[] = [];
  const adapter = async (config: InternalAxiosRequestConfig) => {
    sent.push(config.headers.get('Authorization'));
    return answer(config);
  };
  const { vendor, client } = await verbitApp({ fake: { tokenLatencyMs: 50 }, account: { http: { adapter } } });
  const took = await timed(() => Promise.all(times(10_000, (i) => firstValueFrom(client.get(`/orders/${i}`)))));
  expect(vendor.counters.tokenRequests).toBe(1);
  expect(sent).toHaveLength(10_000);
  expect(new Set(sent)).toEqual(new Set([`Bearer ${vendor.tokensIssued[0]}`]));
  expect(took).toBeLessThan(8_000);
});

test('calls that are refused while the new token is on its way wait for that one', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 150 } });
  await firstValueFrom(client.get('/offers'));
  vendor.revokeTokens();
  const first = firstValueFrom(client.get('/offers'));
  await until(() => vendor.counters.tokenRequests === 2);
  const second = firstValueFrom(client.get('/offers'));
  expect((await first).status).toBe(200);
  expect((await second).status).toBe(200);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test.each<[string, FakeFault]>([
  ['is cut off', { action: 'reset' }],
  ['takes its time', { delayMs: 2_000 }],
])('a replay that %s holds up no other: what other calls meet tells as much of the new token', async (_, fault) => {
  const { vendor, client } = await sparkflyApp();
  const get = () => client.axiosRef.get('/offers', { validateStatus: null }).catch((error: unknown) => error);
  await get();
  vendor.failNext({ on: 'api', status: 401 });
  vendor.failNext({ on: 'api', ...fault });
  const first = get();
  await until(() => vendor.counters.apiRequests === 3);
  expect(await get()).toMatchObject({ status: 200 });
  vendor.revokeTokens();
  expect(await get()).toMatchObject({ status: 200 });
  expect(vendor.counters.tokenRequests).toBe(3);
  await first;
});

test('an API that always answers 401 buys two tokens, and a thousand callers get their 401 without delay', async () => {
  const { vendor, client } = await sparkflyApp({ account: { http: { httpAgent: fewSockets() } } });
  vendor.rejectNext(Infinity);
  const first = await Promise.all(times(500, () => failureOf(client.get('/offers'))));
  expect(first.every(({ response }) => response?.status === 401)).toBe(true);
  expect(vendor.counters.tokenRequests).toBe(2);
  const took = await timed(async () => {
    const later = await Promise.all(times(500, () => failureOf(client.get('/offers'))));
    expect(later.every(({ response }) => response?.status === 401)).toBe(true);
  });
  expect(vendor.counters.tokenRequests).toBe(2);
  expect(took).toBeLessThan(4_000);
});

test('a replay with a token that is not brand-new says nothing about tokens: the next call buys another', async () => {
  const { vendor, client } = await sparkflyApp();
  await firstValueFrom(client.get('/offers'));
  vendor.failNext({ on: 'api', status: 401, delayMs: 200 });
  const slow = failureOf(client.get('/offers'));
  await until(() => vendor.counters.apiRequests === 2);
  await client.tokens.refresh();
  await firstValueFrom(client.get('/offers'));
  vendor.revokeTokens();
  await slow;
  expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
});

test('isUnauthorized decides otherwise, and sees the answer as it came', async () => {
  const seen: unknown[] = [];
  const { vendor, client } = await sparkflyApp({
    options: {
      isUnauthorized: ({ status, data, headers }) => {
        seen.push([status, data, headers['x-why']]);
        return status === 403;
      },
    },
  });
  vendor.failNext({ on: 'api', status: 403, body: '{"a":1}', headers: { 'X-Why': 'token' } });
  expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
  expect(seen[0]).toEqual([403, '{"a":1}', 'token']);
  expect(vendor.counters.tokenRequests).toBe(2);
});
