import type { InternalAxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { answer, sleep, until } from '../../support/outcome.js';
import { sparkflyApp } from '../../support/vendors.js';

test('a call that nobody subscribes to sends nothing, not even for a token', async () => {
  const { vendor, client } = await sparkflyApp();
  client.get('/offers');
  await sleep(30);
  expect(vendor.requests).toHaveLength(0);
});

test('every subscription is a call of its own', async () => {
  const { vendor, client } = await sparkflyApp();
  const offers = client.get('/offers');
  await firstValueFrom(offers);
  await firstValueFrom(offers);
  expect(vendor.counters).toMatchObject({ apiRequests: 2, tokenRequests: 1 });
});

test('unsubscribing while the token is on its way sends nothing to the API; the token request goes on', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 60 } });
  const subscription = client.get('/offers').subscribe({ error: () => expect.unreachable() });
  await until(() => vendor.counters.tokenRequests === 1);
  subscription.unsubscribe();
  await until(() => client.tokens.peek() !== undefined);
  await sleep(20);
  expect(vendor.counters).toMatchObject({ apiRequests: 0, tokensIssued: 1 });
  expect(client.tokens.peek()).toBeDefined();
});

test('one of two who wait for the same token leaves without harm to the other', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 60 } });
  const leaving = client.get('/offers').subscribe({ error: () => undefined });
  const staying = firstValueFrom(client.get('/offers'));
  await until(() => vendor.counters.tokenRequests === 1);
  leaving.unsubscribe();
  expect((await staying).status).toBe(200);
  expect(vendor.counters).toMatchObject({ apiRequests: 1, tokenRequests: 1 });
});

test('unsubscribing while the replacement of a refused token is on its way replays nothing', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 60 } });
  vendor.rejectNext();
  const subscription = client.get('/offers').subscribe({ error: () => undefined });
  await until(() => vendor.counters.tokenRequests === 2);
  subscription.unsubscribe();
  await until(() => client.tokens.peek() !== undefined);
  await sleep(20);
  expect(vendor.counters.apiRequests).toBe(1);
});

test('with a token at hand the transport is reached in the very tick of the subscription', async () => {
  const seen: InternalAxiosRequestConfig[] = [];
  const adapter = async (config: InternalAxiosRequestConfig) => (seen.push(config), answer(config));
  const { vendor, client } = await sparkflyApp({ account: { http: { adapter } } });
  await client.tokens.get();
  const subscription = client.get('/offers').subscribe();
  expect(seen).toHaveLength(1);
  expect(seen[0]?.headers.get('X-Auth-Token')).toBe(vendor.tokensIssued[0]);
  void client.axiosRef.get('/offers');
  expect(seen).toHaveLength(2);
  subscription.unsubscribe();
});

test('what goes to the transport is a copy: the config of the answer has no token', async () => {
  const { client } = await sparkflyApp();
  const { config, request } = await firstValueFrom(client.get('/offers'));
  expect(config.headers.has('X-Auth-Token')).toBe(false);
  expect(request).toMatchObject({ method: 'GET', path: '/v1.0/offers' });
});
