import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

describe.each([
  ['Verbit', () => verbitApp()],
  ['Sparkfly', () => sparkflyApp()],
])('%s', (_, start) => {
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
