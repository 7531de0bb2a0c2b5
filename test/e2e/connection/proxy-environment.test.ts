import type { SparkflyOptions } from 'nestjs-auth-apis';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ProxyServer } from '../../support/proxy-server.js';
import { proxyServer } from '../../support/proxy-server.js';
import { sparkflyApp } from '../../support/vendors.js';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** A proxy that these variables name, and no others do. */
async function proxyIn(...names: string[]): Promise<ProxyServer> {
  const proxy = await proxyServer();
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of VARIABLES) vi.stubEnv(name, names.includes(name) ? proxy.origin : undefined);
  return proxy;
}

describe.each([
  ['HTTP_PROXY', ['HTTP_PROXY']],
  ['http_proxy', ['http_proxy']],
  ['ALL_PROXY', ['ALL_PROXY']],
  ['all of them', ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']],
])('with %s in the environment', (_, names) => {
  const start = async (account?: Partial<SparkflyOptions>) => {
    const proxy = await proxyIn(...names);
    return { proxy, ...(await sparkflyApp({ account })) };
  };

  test('an account on this machine over plain http sends it neither key nor token', async () => {
    const { proxy, vendor, client } = await start();
    await firstValueFrom(client.get('/offers'));
    await firstValueFrom(client.get(`${vendor.baseURL}/offers`));
    await client.authentication.postAuth();
    vendor.revokeTokens();
    await firstValueFrom(client.post('/echo', { a: 1 }));
    expect(proxy.requests).toEqual([]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 3, apiRequests: 4, apiUnauthorized: 1 });
  });

  test('nor does an HttpService of the app’s that calls such an account', async () => {
    const { proxy, vendor, app } = await start();
    const http = new HttpService(axios.create());
    app.get(OutboundAuthorizationInterceptor).attach(http);
    await firstValueFrom(http.get(`${vendor.baseURL}/offers`));
    expect(proxy.requests).toEqual([]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  });

  test('nor does a redirect within the account’s origin', async () => {
    const { proxy, vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${new URL(vendor.baseURL).pathname}/offers` } });
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
    expect(proxy.requests).toEqual([]);
  });

  test('`allowInsecure` gives way to the environment', async () => {
    const { proxy, vendor, client } = await start({ allowInsecure: true });
    expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
    expect(proxy.requests.map(({ target }) => target)).toEqual([`${vendor.baseURL}/auth`, `${vendor.baseURL}/offers`]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  });

  test('a proxy of the account’s own is taken, and the environment’s is not', async () => {
    const own = await proxyServer();
    const { proxy, vendor, client } = await start({ http: { proxy: own.config } });
    expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
    expect(own.requests.map(({ target }) => target)).toEqual([`${vendor.baseURL}/auth`, `${vendor.baseURL}/offers`]);
    expect(proxy.requests).toEqual([]);
  });

  test('a proxy that one call names is taken for that call', async () => {
    const own = await proxyServer();
    const { proxy, vendor, client } = await start();
    await firstValueFrom(client.get('/offers', { proxy: own.config }));
    await firstValueFrom(client.get('/offers'));
    expect(own.requests.map(({ target }) => target)).toEqual([`${vendor.baseURL}/offers`]);
    expect(proxy.requests).toEqual([]);
  });
});

test('calls that carry nothing of the account’s take the environment’s proxy as ever', async () => {
  const proxy = await proxyIn('HTTP_PROXY');
  const { vendor, client } = await sparkflyApp();
  await firstValueFrom(client.get('/offers', { authApis: { skip: true }, validateStatus: null }));
  expect(proxy.requests.map(({ target }) => target)).toEqual([`${vendor.baseURL}/offers`]);
  expect(vendor.counters.tokenRequests).toBe(0);
});
