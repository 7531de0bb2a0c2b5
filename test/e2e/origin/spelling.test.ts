import { networkInterfaces } from 'node:os';
import type { PeerCertificate } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import type { AxiosRequestConfig, InternalAxiosRequestConfig, LookupAddressEntry } from 'axios';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { frontedVendors, trusting } from '../../support/fronted-vendors.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';

/** Every name is this machine, so that what is spelled otherwise arrives all the same. */
const lookup = async (): Promise<LookupAddressEntry> => ({ address: '127.0.0.1', family: 4 });

/** Node 22.23.3 finds no address of version 6 in any certificate. */
const provesIPv6 = !checkServerIdentity('::1', { subjectaltname: 'IP Address:0:0:0:0:0:0:0:1' } as PeerCertificate);
const hasIPv6 =
  provesIPv6 && Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe.each(frontedVendors)('%s', (_, __, start) => {
  /** An account whose origin is a name. */
  const startNamed = (http: AxiosRequestConfig = {}) =>
    start({
      scheme: 'http',
      account: ({ baseURL }) => ({
        baseURL: baseURL.replace('127.0.0.1', 'vendor.localhost'),
        http: { lookup, ...http },
      }),
    });

  describe.skipIf(!hasIPv6).each(['http', 'https'] as const)('an account at an IPv6 address, over %s', (scheme) => {
    const startAtSix = () =>
      start({
        scheme,
        host: '::1',
        account: () => ({
          http: { lookup: async () => ({ address: '::1', family: 6 }), httpsAgent: trusting() },
        }),
      });

    test('is its own however the address is spelled, and after a redirect', async () => {
      const { vendor, baseURL, client } = await startAtSix();
      const spelled = `${baseURL.replace('[::1]', '[0:0:0:0:0:0:0:1]')}/echo`;
      await firstValueFrom(client.get(spelled));
      vendor.failNext({ on: 'api', status: 302, headers: { Location: spelled } });
      await firstValueFrom(client.get('/echo'));
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 3, apiUnauthorized: 0 });
    });

    test('is another origin by name', async () => {
      const { vendor, baseURL, client } = await startAtSix();
      await client.tokens.get();
      const named = `${baseURL.replace('[::1]', 'localhost')}/echo`;
      await failureOf(client.get(named));
      expectNoVendorHeader(vendor.requests.at(-1));
      vendor.failNext({ on: 'api', status: 302, headers: { Location: named } });
      await failureOf(client.get('/echo'));
      expectNoVendorHeader(vendor.requests.at(-1));
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 3 });
    });
  });

  test.each(['//', '///', 'http:/', 'http:', 'http:\\\\', '\\\\', '/\\', ' //', '\t//'])(
    '%j before a host leads nowhere else, and its error shows no token',
    async (before) => {
      const elsewhere = await plainServer();
      const { client, secrets } = await startNamed();
      await client.tokens.get();
      const outcome: unknown = await firstValueFrom(client.get(`${before}127.0.0.1:${elsewhere.port}/x`)).catch(
        (error: unknown) => error,
      );
      expect(elsewhere.requests).toHaveLength(0);
      expectNoSecret(outcome, secrets());
    },
  );

  const moves: [string, (origin: string, ownURL: string) => AxiosRequestConfig][] = [
    [
      'a base URL elsewhere that an absolute URL of its own is put below',
      (baseURL, url) => ({ baseURL, url, allowAbsoluteUrls: false }),
    ],
    ['a base URL elsewhere', (baseURL) => ({ baseURL, url: '/x' })],
    ['an absolute URL elsewhere', (origin) => ({ url: `${origin}/x` })],
    [
      'no base URL and an absolute URL elsewhere',
      (origin) => ({ baseURL: '', url: `${origin}/x`, allowAbsoluteUrls: false }),
    ],
  ];

  test.each(moves)('%s gets no token', async (...row) => {
    const [, move] = row;
    const elsewhere = await plainServer();
    const { baseURL, client } = await startNamed();
    await client.tokens.get();
    await firstValueFrom(client.request(move(elsewhere.origin, `${baseURL}/echo`)));
    expect(elsewhere.requests).toHaveLength(1);
    expectNoVendorHeader(elsewhere.requests[0]);
  });

  test.each(moves)('nor does an interceptor that sets %s, whether added before or after others', async (...row) => {
    const [, move] = row;
    const elsewhere = await plainServer();
    const { baseURL, client } = await startNamed();
    await client.tokens.get();
    let isOn = true;
    const rewrite = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig =>
      isOn ? Object.assign(config, move(elsewhere.origin, `${baseURL}/echo`)) : config;
    client.axiosRef.interceptors.request.use((config) => config);
    client.axiosRef.interceptors.request.use(rewrite);
    client.axiosRef.interceptors.request.use(async (config) => config);
    await firstValueFrom(client.get('/echo'));
    expectNoVendorHeader(elsewhere.requests[0]);
    isOn = false;
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
  });

  test('the config of a failed call, sent again to another place, brings no token there', async () => {
    const elsewhere = await plainServer();
    const { vendor, client } = await startNamed();
    vendor.failNext({ on: 'api', status: 500 });
    const { config } = await failureOf(client.axiosRef.get('/echo'));
    await firstValueFrom(client.request({ ...config, url: `${elsewhere.origin}/x` }));
    await firstValueFrom(client.request({ ...config, baseURL: elsewhere.origin }));
    expect(elsewhere.requests).toHaveLength(2);
    elsewhere.requests.forEach(expectNoVendorHeader);
  });
});
