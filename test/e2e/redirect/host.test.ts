import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { frontedVendors } from '../../support/fronted-vendors.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { proxyServer } from '../../support/proxy-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';

const statuses = [301, 302, 303, 307, 308];

/** A redirect without a host is taken to the one of the `Host` header, which may be copied from a stranger's request. */
describe.each(frontedVendors)('%s, with a Host header that is not the host', (_, header, start) => {
  test.each(statuses)('a %i to a path leads to that host, and the token stays behind', async (status) => {
    const elsewhere = await plainServer();
    const { vendor, client } = await start({ scheme: 'http' });
    vendor.failNext({ on: 'api', status, headers: { Location: '/file' } });
    const headers = { Host: new URL(elsewhere.origin).host, 'X-Auth-Key': 'mine', 'X-Mine': 'too', 'X-Other': 'stays' };
    await firstValueFrom(client.get('/echo', { headers, sensitiveHeaders: ['X-Mine'] }));
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expect(elsewhere.requests).toHaveLength(1);
    expectNoVendorHeader(elsewhere.requests[0]);
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-mine');
    expect(elsewhere.requests[0]?.headers['x-other']).toBe('stays');
  });

  test('the same with a Host header of the account', async () => {
    const elsewhere = await plainServer();
    const { vendor, client } = await start({
      scheme: 'http',
      account: () => ({ http: { headers: { Host: new URL(elsewhere.origin).host } } }),
    });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: '/file' } });
    await firstValueFrom(client.get('/echo'));
    expectNoVendorHeader(elsewhere.requests[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('the same through a proxy', async () => {
    const elsewhere = await plainServer();
    const proxy = await proxyServer();
    const { vendor, client } = await start({ scheme: 'http', account: () => ({ http: { proxy: proxy.config } }) });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: '/file' } });
    await firstValueFrom(client.get('/echo', { headers: { Host: new URL(elsewhere.origin).host } }));
    expect(elsewhere.requests).toHaveLength(1);
    expectNoVendorHeader(elsewhere.requests[0]);
    expectNoVendorHeader(proxy.requests.at(-1));
  });

  test('the vendor header that a caller set itself stays behind as well', async () => {
    const elsewhere = await plainServer();
    const { vendor, client } = await start({ scheme: 'http' });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: '/file' } });
    await firstValueFrom(client.get('/echo', { headers: { [header]: 'mine', Host: new URL(elsewhere.origin).host } }));
    expect(vendor.requests[0]?.headers[header]).toBe('mine');
    expectNoVendorHeader(elsewhere.requests[0]);
  });

  test('a 401 from there invalidates nothing and is not replayed', async () => {
    const elsewhere = await plainServer((__, response) => response.writeHead(401).end());
    const { vendor, client } = await start({ scheme: 'http' });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: '/file' } });
    const failure = failureOf(client.get('/echo', { headers: { Host: new URL(elsewhere.origin).host } }));
    expect((await failure).response?.status).toBe(401);
    expect(elsewhere.requests).toHaveLength(1);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('a beforeRedirect of the caller is still asked', async () => {
    const elsewhere = await plainServer();
    const { vendor, client } = await start({ scheme: 'http' });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${elsewhere.origin}/file` } });
    const seen: unknown[] = [];
    const beforeRedirect = ({ href }: Record<string, unknown>): void => void seen.push(href);
    await firstValueFrom(client.get('/echo', { beforeRedirect }));
    await firstValueFrom(client.get('/echo', { beforeRedirect }));
    expect(seen).toEqual([`${elsewhere.origin}/file`]);
  });
});
