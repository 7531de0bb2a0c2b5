import type { AxiosError } from 'axios';
import axios from 'axios';
import { expect, test } from 'vitest';
import { failureOf, timed } from '../../support/outcome.js';
import { sparkflyApp } from '../../support/vendors.js';

const TIMEOUT = 150;

function expectTimeout(error: AxiosError, timeout = TIMEOUT): void {
  expect(axios.isAxiosError(error)).toBe(true);
  expect(error).toBeInstanceOf(axios.AxiosError);
  expect(error).toMatchObject({ code: 'ECONNABORTED', message: `timeout of ${timeout}ms exceeded` });
  expect(error.config).toMatchObject({ url: '/offers', timeout });
}

test('timeout covers the wait for a token', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 2_000 } });
  const took = await timed(async () => expectTimeout(await failureOf(client.get('/offers', { timeout: TIMEOUT }))));
  expect(took).toBeGreaterThanOrEqual(TIMEOUT - 5);
  expect(took).toBeLessThan(1_500);
  expect(vendor.counters.apiRequests).toBe(0);
});

test('timeout covers the call', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ on: 'api', action: 'hang' });
  const took = await timed(async () => expectTimeout(await failureOf(client.get('/offers', { timeout: TIMEOUT }))));
  expect(took).toBeLessThan(1_500);
});

test('timeout covers the wait for a token and the call together, and tells of the whole', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 400 } });
  vendor.failNext({ on: 'api', action: 'hang' });
  const took = await timed(async () => expectTimeout(await failureOf(client.get('/offers', { timeout: 600 })), 600));
  expect(took).toBeGreaterThanOrEqual(595);
  expect(took).toBeLessThan(950);
});

test('timeout covers the wait for the replacement of a refused token', async () => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  vendor.revokeTokens();
  vendor.failNext({ action: 'hang' });
  const took = await timed(async () => expectTimeout(await failureOf(client.get('/offers', { timeout: TIMEOUT }))));
  expect(took).toBeLessThan(1_500);
  expect(vendor.counters.apiRequests).toBe(1);
});

test('timeout covers the first call and its replay together', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ on: 'api', status: 401, delayMs: 400 });
  vendor.failNext({ on: 'api', action: 'hang' });
  const took = await timed(async () => expectTimeout(await failureOf(client.get('/offers', { timeout: 600 })), 600));
  expect(took).toBeGreaterThanOrEqual(595);
  expect(took).toBeLessThan(950);
  expect(vendor.counters.apiRequests).toBe(2);
});

test('the message of timeoutErrorMessage and the code of clarifyTimeoutError are as axios has them', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 2_000 } });
  const config = { timeout: 50, timeoutErrorMessage: 'too slow', transitional: { clarifyTimeoutError: true } };
  expect(await failureOf(client.get('/offers', config))).toMatchObject({ code: 'ETIMEDOUT', message: 'too slow' });
  vendor.setLatency(0);
});

test('the timeout of the account counts for every call', async () => {
  const { client } = await sparkflyApp({ fake: { tokenLatencyMs: 2_000 }, account: { http: { timeout: TIMEOUT } } });
  expectTimeout(await failureOf(client.get('/offers')));
});

test('a token that cannot be had in time is told as such, not as a timeout of the call', async () => {
  const { vendor, client } = await sparkflyApp({ options: { tokenWaitTimeoutMs: 100 } });
  vendor.failNext({ action: 'hang', times: 9 });
  const error = await failureOf<{ code: string; retryable: boolean }>(client.get('/offers', { timeout: 5_000 }));
  expect(error).toMatchObject({ name: 'TokenUnavailableError', code: 'TOKEN_UNAVAILABLE', retryable: true });
  expect(axios.isAxiosError(error)).toBe(false);
});
