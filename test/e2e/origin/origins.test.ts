import type { IncomingMessage } from 'node:http';
import type { InternalAxiosRequestConfig, LookupAddressEntry } from 'axios';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { PlainServer } from '../../support/plain-server.js';
import { plainServer } from '../../support/plain-server.js';
import { failureOf } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

/** Every name is this machine. */
const lookup = async (): Promise<LookupAddressEntry> => ({ address: '127.0.0.1', family: 4 });

function expectNoVendorHeader(requests: readonly IncomingMessage[]): void {
  expect(requests.length).toBeGreaterThan(0);
  for (const { headers } of requests) {
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^x-auth-/)]));
    expect(headers['authorization'] ?? '').not.toMatch(/bearer/i);
  }
}

const elsewhere: [string, (stranger: PlainServer, vendor: { origin: string; baseURL: string }) => object][] = [
  ['a base URL of the request', ({ origin }) => ({ baseURL: origin, url: '/x' })],
  [
    'a base URL of the request with user info',
    ({ port }) => ({ baseURL: `http://vendor@127.0.0.1:${port}`, url: 'x' }),
  ],
  ['an absolute URL beside a base URL', ({ origin }, { baseURL }) => ({ baseURL, url: `${origin}/x` })],
];

test.each(elsewhere)('a Sparkfly call to %s carries no token', async (_, config) => {
  const stranger = await plainServer();
  const { vendor, client } = await sparkflyApp({ account: { http: { lookup } } });
  await client.tokens.get();
  await firstValueFrom(client.request(config(stranger, vendor)));
  expectNoVendorHeader(stranger.requests);
  expect(stranger.requests).toHaveLength(1);
});

test.each(elsewhere)('a Verbit call to %s carries no token', async (_, config) => {
  const stranger = await plainServer();
  const { vendor, client } = await verbitApp({ account: { http: { lookup } } });
  await client.tokens.get();
  await firstValueFrom(client.request(config(stranger, vendor)));
  expectNoVendorHeader(stranger.requests);
});

test('//host is nowhere: the call fails, and nothing is sent', async () => {
  const stranger = await plainServer();
  const { vendor, client } = await sparkflyApp();
  const error = await failureOf(client.get(`//127.0.0.1:${stranger.port}/x`));
  expect(error.code).toBe('ERR_INVALID_URL');
  expect(stranger.requests).toHaveLength(0);
  expect(vendor.requests).toHaveLength(0);
});

test('allowAbsoluteUrls: false keeps an absolute URL below the base URL, authorized', async () => {
  const stranger = await plainServer();
  const { vendor, client } = await sparkflyApp();
  await failureOf(client.get(`${stranger.origin}/x`, { allowAbsoluteUrls: false }));
  expect(stranger.requests).toHaveLength(0);
  expect(vendor.requests.at(-1)?.path).toContain('/v1.0/http:');
  expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBe(vendor.tokensIssued[0]);
});

test.each([
  ['url', (config: InternalAxiosRequestConfig, origin: string) => void (config.url = `${origin}/x`)],
  ['baseURL', (config: InternalAxiosRequestConfig, origin: string) => void (config.baseURL = origin)],
])('an interceptor that rewrites the %s of a call takes it away from the token', async (_, rewrite) => {
  const stranger = await plainServer();
  const { client } = await sparkflyApp();
  client.axiosRef.interceptors.request.use((config) => (rewrite(config, stranger.origin), config));
  await firstValueFrom(client.get('/offers'));
  expectNoVendorHeader(stranger.requests);
});

test('the own origin as a base URL of the request is authorized', async () => {
  const { vendor, client } = await sparkflyApp();
  await firstValueFrom(client.get('/v1.0/offers', { baseURL: vendor.origin }));
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
});
