import { afterEach, expect, test, vi } from 'vitest';
import { sparkflyApp } from '../../support/vendors.js';

afterEach(() => void vi.unstubAllGlobals());

/** The app's own mock of the global `fetch`, as tests write it; how often it was called. */
function mockOfFetch(...responses: unknown[]) {
  const mock = vi.fn(async () => responses[Math.min(mock.mock.calls.length, responses.length) - 1]);
  vi.stubGlobal('fetch', mock);
  return mock;
}

test('a bare 401 is repeated once with another token, and the second response is returned', async () => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  const mock = mockOfFetch({ ok: false, status: 401 }, { ok: true, status: 200, json: async () => 'data' });
  const response = await client.fetch('/offers');
  expect(await response.json()).toBe('data');
  expect(mock).toHaveBeenCalledTimes(2);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test.each([
  ['no headers', { ok: false, status: 401 }],
  ['plain headers', { ok: false, status: 401, headers: { 'content-type': 'text/plain' } }],
  ['a text for a body', { ok: false, status: 401, headers: new Map(), body: 'no' }],
])('a 401 with %s is the response when the second is one too', async (_, bare) => {
  const isUnauthorized = vi.fn(({ status, headers }) => status === 401 && typeof headers === 'object');
  const { client } = await sparkflyApp({ account: { isUnauthorized } });
  await client.tokens.get();
  const mock = mockOfFetch(bare);
  expect(await client.fetch('/offers')).toBe(bare);
  expect(mock).toHaveBeenCalledTimes(2);
  expect(isUnauthorized).toHaveReturnedWith(true);
  expect(isUnauthorized).not.toHaveReturnedWith(false);
});

test.each([
  ['a redirect without headers', { status: 302 }],
  ['an object without a status', { ok: true, json: async () => 1 }],
  ['nothing', undefined],
])('%s is returned as it is', async (_, bare) => {
  const { client } = await sparkflyApp();
  await client.tokens.get();
  const mock = mockOfFetch(bare);
  expect(await client.fetch('/offers')).toBe(bare);
  expect(mock).toHaveBeenCalledTimes(1);
});

test('a bare redirect with a location is followed', async () => {
  const { client } = await sparkflyApp();
  await client.tokens.get();
  const last = { ok: true, status: 200 };
  const mock = mockOfFetch({ status: 307, headers: new Headers({ location: '/elsewhere' }) }, last);
  expect(await client.fetch('/offers')).toBe(last);
  expect(mock).toHaveBeenCalledTimes(2);
});
