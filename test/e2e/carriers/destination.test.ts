import { AuthApis, SparkflyClient } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import type { Carrier } from '../../support/carriers.js';
import {
  carriedVendors,
  carriers,
  carriersBut,
  everyNameIsHere,
  sparkflyOver,
  verbitOver,
} from '../../support/carriers.js';
import { logLines } from '../../support/log-lines.js';
import { otherHosts, otherUserInfo } from '../../support/other-hosts.js';
import { failureOf } from '../../support/outcome.js';
import type { PlainServer } from '../../support/plain-server.js';
import { plainServer } from '../../support/plain-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const elsewhere: [string, (stranger: PlainServer, vendor: { origin: string }) => string][] = [
  ['an absolute URL', ({ origin }) => `${origin}/x`],
  ['an absolute URL in capitals', ({ origin }) => `${origin.toUpperCase()}/x`],
  ['the same host at another port', ({ port }) => `http://127.0.0.1:${port}/v1.0/offers`],
  ['a look-alike suffix', ({ port }) => `http://127.0.0.1.evil.example:${port}/x`],
  ['a look-alike prefix', ({ port }) => `http://evil127.0.0.1.example:${port}/x`],
];

const userInfo: typeof elsewhere = [
  ['user info that looks like the vendor', ({ port }, { origin }) => `${origin}@127.0.0.1:${port}/x`],
  ['user info with an encoded slash', ({ port }, { origin }) => `${origin}%2F@127.0.0.1:${port}/x`],
];

const ownSpellings = ['VENDOR.LocalHost', '%76endor.localhost', 'vendor%2Elocalhost', 'ｖendor.localhost'];

describe.each(carriedVendors)('$carrier.name, $vendorName', ({ carrier, header, start }) => {
  /** Node's `fetch` takes no URL with user info. */
  const takesUserInfo = carrier.name !== 'client.fetch';

  test.each([...elsewhere, ...(takesUserInfo ? userInfo : [])])('a call to %s carries no token', async (_, url) => {
    everyNameIsHere();
    const stranger = await plainServer();
    const { vendor, client, send } = await start();
    const { value } = await client.tokens.get();
    await send(url(stranger, vendor));
    expect(stranger.requests).toHaveLength(1);
    // User info makes an `Authorization: Basic`, with axios.
    const { authorization: own, ...headers } = stranger.requests[0]!.headers;
    expectNoVendorHeader({ headers });
    expect(own ?? 'Basic').toMatch(/^Basic/);
    expect(JSON.stringify(stranger.requests[0]!.headers)).not.toContain(value);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 0 });
  });

  /** An account whose origin is a name. */
  const startNamed = () => {
    everyNameIsHere();
    return start({ account: ({ baseURL }) => ({ baseURL: baseURL.replace('127.0.0.1', 'vendor.localhost') }) });
  };
  const echoAt = (host: string, { baseURL }: { baseURL: string }): string => {
    const { port, pathname } = new URL(baseURL);
    return `http://${host.replaceAll('PORT', port)}${pathname}/echo`;
  };

  test.each(ownSpellings)('its own host, spelled %s, is its own', async (host) => {
    const { vendor, send } = await startNamed();
    await send(echoAt(`${host}:PORT`, vendor));
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  });

  test.each([...otherHosts, ...(takesUserInfo ? otherUserInfo : [])])(
    'the vendor’s server under %s is another origin: no token, no harm by its 401',
    async (_, host) => {
      const { vendor, client, send } = await startNamed();
      const { value } = await client.tokens.get();
      expect((await send(echoAt(host, vendor))).status).toBe(401);
      const received = vendor.requests.at(-1);
      expect(received?.kind).toBe('api');
      expect(JSON.stringify(received)).not.toContain(value);
      expect(client.tokens.peek()?.value).toBe(value);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
    },
  );
});

describe.each(carriers)('$name', (carrier) => {
  test('a call carries the token that the client has', async () => {
    const { vendor, client, send } = await verbitOver(carrier);
    const { status, text } = await send(`${vendor.baseURL}/echo`);
    expect(status).toBe(200);
    const { headers } = JSON.parse(text) as { headers: Record<string, string> };
    expect(headers['authorization']).toBe(`Bearer ${client.tokens.peek()?.value}`);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('a call elsewhere asks for no token, and its 401 invalidates none', async () => {
    const stranger = await plainServer((_, response) => response.writeHead(401).end());
    const { vendor, client, send } = await sparkflyOver(carrier);
    expect((await send(`${stranger.origin}/x`)).status).toBe(401);
    expect(vendor.counters.tokenRequests).toBe(0);
    await client.tokens.get();
    await send(stranger.origin);
    expect(client.tokens.peek()).toBeDefined();
    expect(stranger.requests).toHaveLength(2);
    stranger.requests.forEach(expectNoVendorHeader);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 0 });
  });

  test('the own origin, spelled absolutely and in another case, is authorized', async () => {
    const { vendor, send } = await sparkflyOver(carrier);
    await send(`${vendor.baseURL}/offers`);
    await send(`${vendor.origin.replace('http', 'HTTP')}/v1.0/offers`);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
  });

  test('allowedOrigins get the token, and a 401 there is retried', async () => {
    const gateway = await plainServer((_, response) =>
      response.writeHead(gateway.requests.length > 1 ? 200 : 401).end(),
    );
    const { vendor, send } = await sparkflyOver(carrier, { account: { allowedOrigins: [gateway.origin] } });
    expect((await send(`${gateway.origin}/x`)).status).toBe(200);
    expect(gateway.requests.map(({ headers }) => headers['x-auth-token'])).toEqual([...vendor.tokensIssued]);
    expect(vendor.tokensIssued).toHaveLength(2);
  });

  test.each(['', '?again=1', '#top'])('the token endpoint itself is never decorated: auth%s', async (more) => {
    const { vendor, client, send } = await sparkflyOver(carrier);
    const { value } = await client.tokens.get();
    expect((await send(vendor.tokenURL + more, { method: 'POST' })).status).toBe(401);
    expect((await send(`/auth${more}`, { method: 'POST' })).status).toBe(401);
    expect(vendor.requests.map(({ headers }) => headers['x-auth-token'])).toEqual([undefined, undefined, undefined]);
    expect(client.tokens.peek()?.value).toBe(value);
    expect(vendor.counters).toMatchObject({ tokenRequests: 3, apiRequests: 0 });
  });

  test('the token endpoint at an origin that is not the account’s is told first: no line, no error for a name', async () => {
    const accounts = await plainServer();
    const vendor = await fakeSparkfly();
    const account = sparkflyAccount(vendor, { name: 'east', tokenURL: `${accounts.origin}/auth` });
    const app = await startApp({ prefetch: 'none', sparkfly: account });
    const send = carrier.over(app, app.get(AuthApis).client('sparkfly', 'east'));
    const warnings = logLines('warn');
    await send(`${accounts.origin}/auth`);
    await send(`${accounts.origin}/auth`, { authApis: { account: 'east' } });
    accounts.requests.forEach(expectNoVendorHeader);
    expect(accounts.requests).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  test.each(['/authors', '/echo?for=/v1.0/auth'])(
    'a path that has the words of the token endpoint is no such: %s',
    async (path) => {
      const { vendor, send } = await sparkflyOver(carrier);
      await send(path);
      expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBe(vendor.tokensIssued[0]);
      expect(vendor.counters.tokenRequests).toBe(1);
    },
  );

  test('//host is nowhere: the call fails, and nothing is sent', async () => {
    const stranger = await plainServer();
    const { vendor, send } = await sparkflyOver(carrier);
    await failureOf(send(`//127.0.0.1:${stranger.port}/x`));
    expect(stranger.requests).toHaveLength(0);
    expect(vendor.requests).toHaveLength(0);
  });

  test('an account named for a host that its token may not go to is a typed error, and nothing is sent', async () => {
    const [here, there, stranger] = [await fakeSparkfly(), await fakeSparkfly(), await plainServer()];
    const { send } = await twoSites(carrier, here, there);
    for (const url of [`${here.baseURL}/offers`, stranger.origin]) {
      const error = await failureOf<Error>(send(url, { authApis: { account: 'east' } }));
      expect(error).toMatchObject({ name: 'AccountError', code: 'ORIGIN_NOT_ALLOWED', account: 'east' });
      expect(error.message).toContain('naming an account changes the token, not the host');
    }
    expect([...here.requests, ...there.requests, ...stranger.requests]).toHaveLength(0);
    await send(`${there.baseURL}/offers`, { authApis: { account: 'east' } });
    expect(there.requests.at(-1)?.headers['x-auth-token']).toBe(there.tokensIssued[0]);
  });
});

/** The default account at one vendor, `east` at another. */
async function twoSites(carrier: Carrier, here: FakeSparkfly, there: FakeSparkfly) {
  const sparkfly = [sparkflyAccount(here), sparkflyAccount(there, { name: 'east' })];
  const app = await startApp({ prefetch: 'none', sparkfly });
  return { send: carrier.over(app, app.get(SparkflyClient)) };
}

test.each(carriersBut('attach'))(
  'over $name one line says once that calls to an origin carry no token',
  async (carrier) => {
    const stranger = await plainServer();
    const { send } = await sparkflyOver(carrier);
    const warnings = logLines('warn');
    for (let i = 0; i < 3; i++) await send(`${stranger.origin}/path-${i}?key=secret`);
    expect(stranger.requests).toHaveLength(3);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(stranger.origin);
    expect(warnings[0]).toContain('allowedOrigins');
    expect(warnings[0]).not.toMatch(/path-|secret/);
  },
);

test.each(carriersBut('attach'))(
  'over $name the account of the client is not one that the call names: elsewhere the call goes out as it is',
  async (carrier) => {
    const [vendor, stranger] = [await fakeSparkfly(), await plainServer()];
    const { baseURL, identity, key } = vendor;
    const sparkfly = { baseURL, accounts: { resolve: () => ({ identity, key }) } };
    const app = await startApp({ prefetch: 'none', sparkfly });
    const send = carrier.over(app, app.get(SparkflyClient).for('tenant-1'));
    await send(stranger.origin);
    await send(stranger.origin, { authApis: { tokenParams: { authScope: 'offers' } } });
    expect(stranger.requests).toHaveLength(2);
    stranger.requests.forEach(expectNoVendorHeader);
    expect(vendor.requests).toHaveLength(0);
  },
);

describe('differences', () => {
  const [, attach, byFetch] = carriers as [Carrier, Carrier, Carrier];

  test('over `attach` no line says so: most calls of an HttpService of the app are not the account’s', async () => {
    const stranger = await plainServer();
    const { send } = await sparkflyOver(attach);
    const warnings = logLines('warn');
    await send(stranger.origin);
    expect(warnings).toEqual([]);
  });

  test('over `client.fetch` a URL with user info fails, as with Node’s own fetch, and nothing is sent', async () => {
    const stranger = await plainServer();
    const { vendor, send } = await sparkflyOver(byFetch);
    for (const [, url] of userInfo) expect(await failureOf(send(url(stranger, vendor)))).toBeInstanceOf(TypeError);
    expect([...stranger.requests, ...vendor.requests]).toHaveLength(0);
  });
});
