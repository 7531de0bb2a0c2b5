import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

const statuses = [301, 302, 303, 307, 308];

describe.each([
  ['Verbit', 'authorization', () => verbitApp()],
  ['Sparkfly', 'x-auth-token', () => sparkflyApp()],
])('%s', (_, header, start) => {
  test.each(statuses)('a %i to another origin is followed without any vendor header', async (status) => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${stranger.origin}/file` } });
    const headers = { 'X-Auth-Identity': 'mine', 'X-Auth-Key': 'mine', 'X-Other': 'stays' };
    const { status: found } = await firstValueFrom(client.post('/echo', { a: 1 }, { headers }));
    expect(found).toBe(200);
    const [request] = stranger.requests;
    expect(request?.headers['x-other']).toBe('stays');
    for (const name of ['authorization', 'x-auth-token', 'x-auth-identity', 'x-auth-key']) {
      expect(request?.headers[name]).toBeUndefined();
    }
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test.each(statuses)('a %i within the origin stays authorized', async (status) => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
    const { status: found } = await firstValueFrom(client.get('/echo'));
    expect(found).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
  });

  test('a 401 from another origin after a redirect invalidates nothing and is not replayed', async () => {
    const stranger = await plainServer((__, response) => response.writeHead(401).end());
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    expect((await failureOf(client.get('/echo'))).response?.status).toBe(401);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('a 401 of the own origin after a redirect within it is replayed', async () => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${vendor.baseURL}/echo` } });
    vendor.failNext({ on: 'api', status: 401 });
    expect((await firstValueFrom(client.get('/echo'))).status).toBe(200);
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test('a 401 after a detour over another origin, where the token was left behind, invalidates nothing', async () => {
    const { vendor, client } = await start();
    const detour = await plainServer((__, response) => {
      response.writeHead(302, { Location: `${vendor.baseURL}/echo` }).end();
    });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: detour.origin } });
    expect((await failureOf(client.get('/echo'))).response?.status).toBe(401);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(vendor.counters.tokenRequests).toBe(1);
  });

  test('the vendor header that a caller set itself is left behind at another origin as well', async () => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    await firstValueFrom(client.get('/echo', { headers: { [header]: 'mine' } }));
    expect(vendor.requests[0]?.headers[header]).toBe('mine');
    expect(stranger.requests[0]?.headers).not.toHaveProperty(header);
  });

  test('sensitiveHeaders of the caller count beside ours', async () => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    await firstValueFrom(client.get('/echo', { headers: { 'X-Mine': 'a' }, sensitiveHeaders: ['X-Mine'] }));
    expect(stranger.requests[0]?.headers).not.toHaveProperty('x-mine');
    expect(stranger.requests[0]?.headers).not.toHaveProperty('x-auth-token');
  });

  test('with the fetch adapter a redirect to another origin carries no vendor header either', async () => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    // fetch has no list of headers to leave behind: the redirect may as well not be followed at all.
    await client.axiosRef.get('/echo', { adapter: 'fetch' }).catch(() => undefined);
    for (const { headers } of stranger.requests) {
      expect(headers).not.toHaveProperty('x-auth-token');
      expect(headers).not.toHaveProperty('authorization');
    }
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });
});

test('a redirect of the token endpoint is not followed: the credentials would travel', async () => {
  const stranger = await plainServer();
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ status: 307, headers: { Location: `${stranger.origin}/auth` } });
  expect(await failureOf(client.tokens.refresh())).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: 307 });
  expect(stranger.requests).toHaveLength(0);
});
