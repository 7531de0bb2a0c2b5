import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { frontedVendors, KEY, trusting } from '../../support/fronted-vendors.js';
import { plainServer } from '../../support/plain-server.js';
import { proxyServer } from '../../support/proxy-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';

const statuses = [301, 302, 303, 307, 308];

describe.each(frontedVendors)('%s', (_, header, start) => {
  /** An account of the vendor behind a new proxy. */
  async function startBehindProxy(scheme: 'http' | 'https') {
    const proxy = await proxyServer();
    const account = () => ({ http: { proxy: proxy.config, httpsAgent: trusting() } });
    return { proxy, ...(await start({ scheme, account })) };
  }

  test('over http, calls and token requests pass the proxy of the account', async () => {
    const { proxy, vendor, baseURL, client } = await startBehindProxy('http');
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
    expect(proxy.requests.map(({ target }) => target)).toEqual([`${baseURL}/auth`, `${baseURL}/echo`]);
    expect(proxy.requests[1]?.headers).toHaveProperty(header);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  });

  test('over https, they pass it in tunnels, and it reads neither key nor token', async () => {
    const { proxy, vendor, at, client, secrets } = await startBehindProxy('https');
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
    expect(proxy.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(
      Array(2).fill(`CONNECT 127.0.0.1:${at.port}`),
    );
    proxy.requests.forEach(expectNoVendorHeader);
    expect(proxy.overheard().length).toBeGreaterThan(0);
    for (const secret of secrets()) {
      expect(JSON.stringify(proxy.requests)).not.toContain(secret);
      expect(proxy.overheard()).not.toContain(secret);
    }
  });

  test.each(['http', 'https'] as const)('with an %s account, no other origin behind the proxy gets it', async (own) => {
    const { proxy, at, client } = await startBehindProxy(own);
    const elsewhere = await plainServer();
    await client.tokens.get();
    await firstValueFrom(client.get(`${elsewhere.origin}/x`));
    await firstValueFrom(client.get(`${at[own === 'http' ? 'https' : 'http']}/x`));
    await firstValueFrom(client.get('/x', { baseURL: elsewhere.origin }));
    expect(elsewhere.requests).toHaveLength(2);
    expect(proxy.requests).toHaveLength(4);
    proxy.requests.slice(1).forEach(expectNoVendorHeader);
    elsewhere.requests.forEach(expectNoVendorHeader);
  });

  test('the proxy itself as target gets nothing attached', async () => {
    const { proxy, client } = await startBehindProxy('http');
    await client.tokens.get();
    await firstValueFrom(client.get(`${proxy.origin}/status`));
    await firstValueFrom(client.get(`${proxy.origin}/status`, { proxy: false }));
    expect(proxy.requests.map(({ target }) => target).slice(1)).toEqual([`${proxy.origin}/status`, '/status']);
    proxy.requests.slice(1).forEach(expectNoVendorHeader);
  });

  test('a proxy that has the account’s own host and port gets no token for other origins', async () => {
    const { vendor, client } = await start({
      scheme: 'http',
      account: ({ at: { port } }) => ({ http: { proxy: { host: '127.0.0.1', port } } }),
    });
    const elsewhere = await plainServer();
    await client.tokens.get();
    vendor.failNext({ on: 'api', status: 200, body: '{}' });
    await firstValueFrom(client.get(`${elsewhere.origin}/v1.0/echo`, { validateStatus: null }));
    expect(vendor.requests).toHaveLength(2);
    expect(vendor.requests[1]?.headers['host']).toBe(new URL(elsewhere.origin).host);
    expectNoVendorHeader(vendor.requests[1]);
  });

  test.each(statuses)('a %i through the proxy to another origin carries no vendor header', async (status) => {
    const { proxy, vendor, client } = await startBehindProxy('http');
    const elsewhere = await plainServer();
    vendor.failNext({ on: 'api', status, headers: { Location: `${elsewhere.origin}/file` } });
    const headers = { 'X-Auth-Identity': 'mine', 'X-Auth-Key': 'mine', 'X-Other': 'stays' };
    await firstValueFrom(client.post('/echo', { a: 1 }, { headers }));
    expect(proxy.requests).toHaveLength(3);
    expectNoVendorHeader(proxy.requests[2]);
    expectNoVendorHeader(elsewhere.requests[0]);
    expect(elsewhere.requests[0]?.headers['x-other']).toBe('stays');
  });

  test.each([
    { own: 'http', other: 'https' },
    { own: 'https', other: 'http' },
  ] as const)('nor does a redirect from $own to $other of the same host, tunnel or not', async ({ own, other }) => {
    const { proxy, vendor, stranger, at, client } = await startBehindProxy(own);
    vendor.failNext({ on: 'api', status: 307, headers: { Location: `${at[other]}/file` } });
    await firstValueFrom(client.post('/echo', { a: 1 }));
    expect(proxy.requests).toHaveLength(3);
    expectNoVendorHeader(proxy.requests[2]);
    expectNoVendorHeader(stranger.requests[0]);
  });

  test.each(['http', 'https'] as const)(
    'a redirect through the proxy within the %s origin stays authorized',
    async (own) => {
      const { proxy, vendor, client } = await startBehindProxy(own);
      vendor.failNext({ on: 'api', status: 302, headers: { Location: `${new URL(vendor.baseURL).pathname}/echo` } });
      expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
      expect(proxy.requests).toHaveLength(3);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
    },
  );

  test('a redirect of the token endpoint is not followed through the proxy either', async () => {
    const { proxy, vendor, client } = await startBehindProxy('http');
    const elsewhere = await plainServer();
    vendor.failNext({ status: 307, headers: { Location: `${elsewhere.origin}/auth` } });
    await client.tokens.refresh().catch(() => undefined);
    expect(proxy.requests).toHaveLength(1);
    expect(elsewhere.requests).toHaveLength(0);
  });

  describe('with a proxy in the environment', () => {
    /** A proxy, and variables of nobody else's. */
    async function proxyIn(environment: (origin: string) => Record<string, string>) {
      const proxy = await proxyServer();
      onTestFinished(() => void vi.unstubAllEnvs());
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
        vi.stubEnv(name, environment(proxy.origin)[name]);
        vi.stubEnv(name.toLowerCase(), undefined);
      }
      return proxy;
    }

    test.each([
      { scheme: 'http', name: 'HTTP_PROXY' },
      { scheme: 'https', name: 'HTTPS_PROXY' },
    ] as const)('$name is taken for calls and token requests, and changes nothing about who gets them', async (row) => {
      const proxy = await proxyIn((origin) => ({ [row.name]: origin }));
      // Else plain http to this machine does not take it, see proxy-environment.test.ts.
      const account = () => ({ allowInsecure: true });
      const { vendor, stranger, at, client } = await start({ scheme: row.scheme, account });
      await firstValueFrom(client.get('/echo'));
      expect(proxy.requests).toHaveLength(2);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
      await firstValueFrom(client.get(`${at[row.scheme === 'http' ? 'https' : 'http']}/x`));
      stranger.requests.forEach(expectNoVendorHeader);
      expect(stranger.requests).toHaveLength(1);
    });

    test('NO_PROXY leads calls and token requests past it', async () => {
      const proxy = await proxyIn((origin) => ({ HTTP_PROXY: origin, NO_PROXY: '127.0.0.1' }));
      const { vendor, client } = await start({ scheme: 'http', account: () => ({ allowInsecure: true }) });
      await firstValueFrom(client.get('/echo'));
      expect(proxy.requests).toHaveLength(0);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
    });

    test('`proxy: false` of the account leads both past it', async () => {
      const proxy = await proxyIn((origin) => ({ HTTP_PROXY: origin, HTTPS_PROXY: origin }));
      const account = () => ({ allowInsecure: true, http: { proxy: false as const } });
      const { vendor, client } = await start({ scheme: 'http', account });
      await firstValueFrom(client.get('/echo'));
      expect(proxy.requests).toHaveLength(0);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
    });

    test('a redirect that leaves the proxy by NO_PROXY carries no vendor header', async () => {
      const elsewhere = await plainServer();
      const proxy = await proxyIn((origin) => ({
        HTTP_PROXY: origin,
        NO_PROXY: `127.0.0.1:${elsewhere.port}`,
      }));
      const { vendor, client } = await start({ scheme: 'http', account: () => ({ allowInsecure: true }) });
      vendor.failNext({ on: 'api', status: 307, headers: { Location: `${elsewhere.origin}/file` } });
      await firstValueFrom(client.get('/echo'));
      expect(proxy.requests).toHaveLength(2);
      expectNoVendorHeader(elsewhere.requests[0]);
    });
  });

  test.each(['http', 'https'] as const)(
    'of the request an answer through it keeps where it went, over %s',
    async (own) => {
      const { baseURL, client } = await startBehindProxy(own);
      const { host, pathname } = new URL(baseURL);
      const { request } = await firstValueFrom(client.get('/echo?key=1'));
      expect(request).toMatchObject({ method: 'GET', host, path: `${pathname}/echo` });
    },
  );

  test('the password for the proxy goes to the proxy alone, and the key not to it', async () => {
    const proxy = await proxyServer();
    const auth = { username: 'app', password: 'for-the-proxy' };
    const account = () => ({ http: { proxy: { ...proxy.config, auth }, httpsAgent: trusting() } });
    const { vendor, client } = await start({ account });
    await firstValueFrom(client.get('/echo'));
    const expected = `Basic ${Buffer.from('app:for-the-proxy').toString('base64')}`;
    expect(proxy.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([expected, expected]);
    for (const { headers } of vendor.requests) expect(headers).not.toHaveProperty('proxy-authorization');
    expect(JSON.stringify(proxy.requests)).not.toContain(KEY);
  });
});
