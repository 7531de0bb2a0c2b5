import { describe, expect, test } from 'vitest';
import type { Carrier } from '../../support/carriers.js';
import { carriedVendors, carriers, everyNameIsHere, sparkflyOver } from '../../support/carriers.js';
import { otherHosts, otherUserInfo } from '../../support/other-hosts.js';
import { plainServer } from '../../support/plain-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';

const statuses = [301, 302, 303, 307, 308];

describe.each(carriedVendors)('$carrier.name, $vendorName', ({ carrier, header, start }) => {
  const isUndici = carrier.name === 'undici';

  test.each(statuses)('a %i to another origin is followed, and the token stays behind', async (status) => {
    const stranger = await plainServer();
    const { vendor, send } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${stranger.origin}/file` } });
    const mine: Record<string, string> = isUndici ? {} : { 'X-Auth-Identity': 'mine', 'X-Auth-Key': 'mine' };
    const headers: Record<string, string> = { ...mine, 'X-Other': 'stays' };
    expect((await send('/echo', { method: 'POST', body: 'x', headers })).status).toBe(200);
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expect(stranger.requests).toHaveLength(1);
    expect(stranger.requests[0]?.headers['x-other']).toBe('stays');
    expectNoVendorHeader(stranger.requests[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test.each(statuses)('a %i within the origin stays authorized', async (status) => {
    const { vendor, send } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
    expect((await send('/echo')).status).toBe(200);
    expect(vendor.requests.at(-1)?.query).toEqual({ moved: '1' });
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
  });

  test.each([...otherHosts, ...(carrier.name === 'client.fetch' ? [] : otherUserInfo)])(
    'a redirect to the vendor’s server under %s leaves the token behind',
    async (_, host) => {
      everyNameIsHere();
      const { vendor, client, send } = await start({
        account: ({ baseURL }) => ({ baseURL: baseURL.replace('127.0.0.1', 'vendor.localhost') }),
      });
      const { value } = await client.tokens.get();
      const { port, pathname } = new URL(vendor.baseURL);
      const at = host.replaceAll('PORT', port).replace('\u0435', encodeURIComponent);
      vendor.failNext({ on: 'api', status: 307, headers: { Location: `http://${at}${pathname}/echo` } });
      expect((await send('/echo')).status).toBe(401);
      expect(vendor.requests.at(-2)?.headers).toHaveProperty(header);
      expect(JSON.stringify(vendor.requests.at(-1))).not.toContain(value);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
    },
  );

  test('a 401 from another origin after a redirect invalidates nothing, and is not retried', async () => {
    const stranger = await plainServer((__, response) => response.writeHead(401).end());
    const { vendor, client, send } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    expect((await send('/echo')).status).toBe(401);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(stranger.requests).toHaveLength(1);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('a 401 of the own origin after a redirect within it is retried', async () => {
    const { vendor, send } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
    vendor.failNext({ on: 'api', status: 401 });
    expect((await send('/echo')).status).toBe(200);
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  /** What the API is asked when a POST is redirected by a 303, and what follows gets a 401. */
  const asked = carrier.name.startsWith('client.') || isUndici ? ['POST', 'GET', 'GET'] : ['POST', 'GET', 'POST'];
  const which = asked[2] === 'GET' ? 'the request that got the 401' : 'the call from its beginning';

  test(`after a redirect a retry repeats ${which}`, async () => {
    const { vendor, send } = await start();
    vendor.failNext({ on: 'api', status: 303, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
    vendor.failNext({ on: 'api', status: 401 });
    expect((await send('/echo', { method: 'POST', body: 'once' })).status).toBe(200);
    expect(vendor.requests.filter(({ kind }) => kind === 'api').map(({ method }) => method)).toEqual(asked);
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test('a detour over another origin never sees the token; what comes back is answered 401 and invalidates nothing', async () => {
    const { vendor, client, send } = await start();
    const detour = await plainServer((__, response) => {
      response.writeHead(302, { Location: `${vendor.baseURL}/echo?moved=1` }).end();
    });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: detour.origin } });
    expect((await send('/echo')).status).toBe(401);
    expectNoVendorHeader(detour.requests[0]);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
  });

  // undici's `redirect` leaves `Authorization` behind and knows no other header of a vendor's.
  const goesAlong = isUndici && header !== 'authorization';
  const what = goesAlong ? 'goes along to another origin: undici takes it' : 'is left behind at another origin as well';
  test(`the vendor header that a caller set itself ${what}`, async () => {
    const stranger = await plainServer();
    const { vendor, send } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    await send('/echo', { headers: { [header]: 'mine' } });
    expect(vendor.requests[0]?.headers[header]).toBe('mine');
    expect(stranger.requests).toHaveLength(1);
    expect(stranger.requests[0]?.headers[header]).toBe(goesAlong ? 'mine' : undefined);
    expect(vendor.counters.tokenRequests).toBe(0);
  });
});

test.each(carriers)('over $name per-request options hold after a redirect too', async (carrier: Carrier) => {
  const { vendor, client, send } = await sparkflyOver(carrier);
  await client.tokens.get();
  vendor.failNext({ on: 'api', status: 302, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
  vendor.failNext({ on: 'api', status: 401 });
  expect((await send('/echo', { authApis: { retry: false } })).status).toBe(401);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
});

test.each(carriers)(
  'over $name a redirect away from the account that the call names is followed without the token',
  async (carrier: Carrier) => {
    const stranger = await plainServer();
    const { vendor, send } = await sparkflyOver(carrier);
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${stranger.origin}/file` } });
    expect((await send('/echo', { authApis: { account: 'default' } })).status).toBe(200);
    expect(stranger.requests).toHaveLength(1);
    expectNoVendorHeader(stranger.requests[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  },
);
