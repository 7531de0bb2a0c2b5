import { HttpService } from '@nestjs/axios';
import type { InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { frontedVendors, trusting } from '../../support/fronted-vendors.js';
import { failureOf } from '../../support/outcome.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';

const statuses = [301, 302, 303, 307, 308];

const directions = [
  { from: 'https', to: 'http' },
  { from: 'http', to: 'https' },
] as const;

describe.each(frontedVendors)('%s', (_, header, start) => {
  test('a call over https is authorized, and its token was asked for over https', async () => {
    const { vendor, stranger, client } = await start();
    await firstValueFrom(client.get('/echo'));
    await firstValueFrom(client.post('/echo', { a: 1 }));
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
    expect(stranger.requests).toHaveLength(0);
  });

  test('a 401 over https is replayed with another token', async () => {
    const { vendor, client } = await start();
    vendor.rejectNext(1);
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  });

  describe.each(directions)('from $from to $to of the same host and port', ({ from, to }) => {
    test.each(statuses)('a %i carries no vendor header', async (status) => {
      const { vendor, stranger, at, client } = await start({ scheme: from });
      vendor.failNext({ on: 'api', status, headers: { Location: `${at[to]}/v1.0/echo` } });
      const headers = { 'X-Auth-Identity': 'mine', 'X-Auth-Key': 'mine', 'X-Other': 'stays' };
      await firstValueFrom(client.post('/echo', { a: 1 }, { headers }));
      expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
      expect(stranger.requests).toHaveLength(1);
      expectNoVendorHeader(stranger.requests[0]);
      expect(stranger.requests[0]?.headers['x-other']).toBe('stays');
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
    });

    test('a chain that comes back has left the token behind, and the 401 it ends with invalidates none', async () => {
      const { vendor, stranger, at, baseURL, client } = await start({ scheme: from });
      stranger.answerWith((__, response) => response.writeHead(302, { Location: `${baseURL}/echo` }).end());
      vendor.failNext({ on: 'api', status: 302, headers: { Location: at[to] } });
      expect((await failureOf(client.get('/echo'))).response?.status).toBe(401);
      expectNoVendorHeader(stranger.requests[0]);
      expectNoVendorHeader(vendor.requests.at(-1));
      expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
    });

    test('a call in the other scheme gets nothing attached, and asks for no token', async () => {
      const { vendor, stranger, at, client } = await start({ scheme: from });
      const path = '/v1.0/echo';
      await firstValueFrom(client.get(at[to] + path));
      await firstValueFrom(client.get(path, { baseURL: at[to] }));
      expect(vendor.counters.tokenRequests).toBe(0);
      await client.tokens.get();
      await firstValueFrom(client.get(at[to].toUpperCase() + path));
      expect(stranger.requests).toHaveLength(3);
      for (const request of stranger.requests) expectNoVendorHeader(request);
    });

    test.each([
      ['url', (config: InternalAxiosRequestConfig, origin: string) => void (config.url = `${origin}/echo`)],
      ['baseURL', (config: InternalAxiosRequestConfig, origin: string) => void (config.baseURL = origin)],
    ])('an interceptor that changes the scheme of the %s takes the call away from the token', async (__, rewrite) => {
      const { vendor, stranger, at, client } = await start({ scheme: from });
      await client.tokens.get();
      client.axiosRef.interceptors.request.use((config) => (rewrite(config, at[to]), config));
      await firstValueFrom(client.get('/echo'));
      expect(stranger.requests).toHaveLength(1);
      expectNoVendorHeader(stranger.requests[0]);
      expect(vendor.counters.apiRequests).toBe(0);
    });

    test.each([...statuses])('a %i of the token endpoint is not followed', async (status) => {
      const { vendor, stranger, at, client } = await start({ scheme: from });
      vendor.failNext({ status, headers: { Location: `${at[to]}/auth` } });
      expect(await failureOf(client.tokens.refresh())).toMatchObject({
        code: 'TOKEN_REQUEST_FAILED',
        vendorStatus: status,
      });
      expect(stranger.requests).toHaveLength(0);
    });
  });

  test.each(directions)('an HttpService of the app, attached, gives no token to $to either', async ({ from, to }) => {
    const { vendor, stranger, at, baseURL, app } = await start({ scheme: from });
    const http = new HttpService(axios.create({ httpsAgent: trusting() }));
    app.get(OutboundAuthorizationInterceptor).attach(http);
    await firstValueFrom(http.get(`${baseURL}/echo`));
    await firstValueFrom(http.get(baseURL.replace(at[from], at[to]) + '/echo'));
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expect(stranger.requests).toHaveLength(1);
    expectNoVendorHeader(stranger.requests[0]);
  });

  test.each(statuses)('a %i within the https origin stays authorized', async (status) => {
    const { vendor, baseURL, client } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${baseURL}/echo?moved=1` } });
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
  });
});
