import type { AxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';
import { sparkflyApp } from '../../support/vendors.js';

type Hook = NonNullable<AxiosRequestConfig['beforeRedirect']>;

describe('a `beforeRedirect` of the caller’s', () => {
  test('is told of the redirect and of the answer that made it', async () => {
    const seen: unknown[] = [];
    const beforeRedirect: Hook = ({ href }, details) => void seen.push([href, details]);
    const { vendor, client } = await sparkflyApp();
    const to = `${vendor.baseURL}/offers`;
    vendor.failNext({ on: 'api', status: 302, headers: { Location: to, 'X-Why': 'moved' } });
    expect((await firstValueFrom(client.get('/echo', { beforeRedirect }))).status).toBe(200);
    const details = { statusCode: 302, headers: expect.objectContaining({ 'x-why': 'moved' }) as object };
    expect(seen).toEqual([[to, expect.objectContaining(details)]]);
  });

  test.each(['of a call', 'of the account'])('%s may change the request that follows', async (whose) => {
    const beforeRedirect: Hook = ({ headers }) => void Object.assign(headers as object, { 'X-Hook': 'was here' });
    const account = whose === 'of the account' ? { http: { beforeRedirect } } : {};
    const { vendor, client } = await sparkflyApp({ account });
    vendor.failNext({ on: 'api', status: 307, headers: { Location: `${vendor.baseURL}/echo` } });
    const config = whose === 'of a call' ? { beforeRedirect } : {};
    await firstValueFrom(client.post('/echo', { a: 1 }, config));
    expect(vendor.requests.at(-1)?.headers).toMatchObject({
      'x-hook': 'was here',
      'x-auth-token': vendor.tokensIssued[0],
    });
  });

  test('that throws ends the call with what it threw', async () => {
    const refusal = new Error('not there');
    const beforeRedirect: Hook = () => {
      throw refusal;
    };
    const { vendor, client } = await sparkflyApp();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: '/elsewhere' } });
    const error = await failureOf(client.get('/echo', { beforeRedirect }));
    expect(error.message).toContain('not there');
    expect(vendor.counters.apiRequests).toBe(1);
  });

  test('sees no vendor header of a request that leaves the origin', async () => {
    const seen: object[] = [];
    const beforeRedirect: Hook = ({ headers }) => void seen.push({ ...(headers as object) });
    const elsewhere = await plainServer();
    const { vendor, client } = await sparkflyApp();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${elsewhere.origin}/file` } });
    await firstValueFrom(client.get('/echo', { beforeRedirect }));
    expect(seen).toHaveLength(1);
    expectNoVendorHeader({
      headers: Object.fromEntries(Object.entries(seen[0]!).map(([n, v]) => [n.toLowerCase(), String(v)])),
    });
    expectNoVendorHeader(elsewhere.requests[0]);
  });
});
