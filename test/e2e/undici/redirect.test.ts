import { gzipSync } from 'node:zlib';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import type { SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import type { Dispatcher } from 'undici';
import { Agent, fetch as fetchOfUndici, interceptors, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { logLines } from '../../support/log-lines.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

type Interceptor = Dispatcher.DispatcherComposeInterceptor;

function agentWith(...list: Interceptor[]): Dispatcher {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent.compose(...list);
}

const redirect = (): Interceptor => interceptors.redirect({ maxRedirections: 5 });
const following = (client: SparkflyClient | VerbitClient): Dispatcher =>
  agentWith(authorizationInterceptor(client), redirect());

const { decompress } = interceptors as { decompress?: () => Interceptor };

/** Interceptors between ours and `redirect`. */
const between: [string, () => Interceptor[]][] = [
  ['with `redirect` right after', () => []],
  ['with `retry` between', () => [interceptors.retry()]],
  ['with `decompress` between, which reads the body first', () => (decompress ? [decompress()] : [])],
];

const statuses = [301, 302, 303, 307, 308];

describe.each([
  ['Verbit', 'authorization', () => verbitApp()],
  ['Sparkfly', 'x-auth-token', () => sparkflyApp()],
])('%s', (_, header, start) => {
  test.each(statuses)('a %i to another origin is followed without the token', async (status) => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${stranger.origin}/file` } });
    const options = {
      dispatcher: following(client),
      method: 'POST' as const,
      body: 'x',
      headers: { 'x-other': 'stays' },
    };
    const { statusCode, body } = await request(`${vendor.baseURL}/echo`, options);
    await body.dump();
    expect(statusCode).toBe(200);
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expect(stranger.requests).toHaveLength(1);
    expect(stranger.requests[0]?.headers['x-other']).toBe('stays');
    expectNoVendorHeader(stranger.requests[0]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test.each(statuses)('a %i within the origin stays authorized', async (status) => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
    const { statusCode, body } = await request(`${vendor.baseURL}/echo`, { dispatcher: following(client) });
    await body.dump();
    expect(statusCode).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
  });

  test.each(statuses)('in the other order a %i is the answer, and nothing goes elsewhere', async (status) => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    const dispatcher = agentWith(redirect(), authorizationInterceptor(client));
    vendor.failNext({ on: 'api', status, headers: { Location: `${stranger.origin}/file` } });
    const { statusCode, headers, body } = await request(`${vendor.baseURL}/echo`, { dispatcher });
    await body.dump();
    expect([statusCode, headers['location']]).toEqual([status, `${stranger.origin}/file`]);
    expect(stranger.requests).toHaveLength(0);
  });

  test('a 401 from another origin invalidates nothing, and is not replayed', async () => {
    const stranger = await plainServer((__, response) => response.writeHead(401).end());
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: stranger.origin } });
    const { statusCode, body } = await request(`${vendor.baseURL}/echo`, { dispatcher: following(client) });
    await body.dump();
    expect(statusCode).toBe(401);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(stranger.requests).toHaveLength(1);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('a 401 after a redirect repeats the request that was refused, and not the one before', async () => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 303, headers: { Location: `${vendor.baseURL}/echo?moved=1` } });
    vendor.failNext({ on: 'api', status: 401 });
    const options = { dispatcher: following(client), method: 'POST' as const, body: 'once' };
    const { statusCode, body } = await request(`${vendor.baseURL}/echo`, options);
    await body.dump();
    expect(statusCode).toBe(200);
    const methods = vendor.requests.filter(({ kind }) => kind === 'api').map(({ method }) => method);
    expect(methods).toEqual(['POST', 'GET', 'GET']);
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test.each(between)('a request that another origin wrote carries no token, %s', async (__, make) => {
    const { vendor, client } = await start();
    const detour = await plainServer((___, response) => {
      const Location = `${vendor.baseURL.replace('//', '//user@')}/echo?back=1`;
      response.writeHead(302, { Location, 'Content-Encoding': 'gzip' }).end(gzipSync('moved'));
    });
    vendor.failNext({ on: 'api', status: 302, headers: { Location: detour.origin } });
    vendor.failNext({ on: 'api', status: 307, headers: { Location: `${vendor.baseURL}/echo?still=1` } });
    const dispatcher = agentWith(authorizationInterceptor(client), ...make(), redirect());
    const { statusCode, body } = await request(`${vendor.baseURL}/echo`, { dispatcher });
    await body.dump();
    expect(statusCode).toBe(401);
    expectNoVendorHeader(detour.requests[0]);
    expect(vendor.requests.filter(({ kind }) => kind === 'api').map(({ headers }) => header in headers)).toEqual([
      true,
      false,
      false,
    ]);
    expect(client.tokens.peek()?.value).toBe(vendor.tokensIssued[0]);
    expect(vendor.counters.tokenRequests).toBe(1);
  });

  test('a call that begins after a detour carries its token, also at the end of the response', async () => {
    const { vendor, client } = await start();
    const stranger = await plainServer((__, response) => response.writeHead(302, { Location: '/x' }).end('moved'));
    const dispatcher = agentWith(authorizationInterceptor(client));
    const { body } = await request(stranger.origin, { dispatcher });
    const ended = new Promise((resolve) => body.once('end', resolve));
    const inTheEnd = ended.then(() => request(`${vendor.baseURL}/echo`, { dispatcher }));
    body.resume();
    const { statusCode, body: answer } = await inTheEnd;
    await answer.dump();
    expect(statusCode).toBe(200);
  });

  test('a fetch through the dispatcher follows as well, and takes no vendor header along', async () => {
    const stranger = await plainServer();
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 302, headers: { Location: `${vendor.baseURL}/echo` } });
    vendor.failNext({ on: 'api', status: 307, headers: { Location: `${stranger.origin}/file` } });
    const dispatcher = agentWith(authorizationInterceptor(client));
    const response = await fetchOfUndici(`${vendor.baseURL}/echo`, { dispatcher });
    expect([response.status, response.url, response.redirected]).toEqual([200, `${stranger.origin}/file`, true]);
    await response.text();
    expect(vendor.counters).toMatchObject({ apiRequests: 2, apiUnauthorized: 0 });
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expectNoVendorHeader(stranger.requests[0]);
  });
});

const elsewhere: [string, (vendor: { origin: string }, stranger: { port: number; origin: string }) => string][] = [
  ['another port', (_, { origin }) => `${origin}/x`],
  ['another port, in capitals', (_, { origin }) => `${origin.toUpperCase()}/x`],
  ['user info that looks like the vendor', ({ origin }, { port }) => `${origin}@127.0.0.1:${port}/x`],
];

test.each(elsewhere)('a request to %s carries no token, and asks for none', async (_, target) => {
  const stranger = await plainServer((__, response) => response.writeHead(401).end());
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const { statusCode, body } = await request(target(vendor, stranger), { dispatcher });
  await body.dump();
  expect(statusCode).toBe(401);
  expectNoVendorHeader(stranger.requests[0]);
  expect(stranger.requests).toHaveLength(1);
  expect(vendor.counters.tokenRequests).toBe(0);
});

test.each([
  ['a URL', (origin: string) => new URL(origin)],
  ['text in capitals', (origin: string) => origin.toUpperCase()],
  ['text with a slash', (origin: string) => `${origin}/`],
])('the own origin is known when it is %s', async (_, origin) => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const options = { origin: origin(vendor.origin), path: '/v1.0/offers', method: 'GET' as const };
  const { statusCode, body } = await dispatcher.request(options);
  await body.dump();
  expect(statusCode).toBe(200);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiUnauthorized: 0 });
});

test('allowedOrigins get the token, and a 401 there is replayed', async () => {
  const gateway = await plainServer((_, response) => response.writeHead(gateway.requests.length > 1 ? 200 : 401).end());
  const { vendor, client } = await sparkflyApp({ account: { allowedOrigins: [gateway.origin] } });
  const dispatcher = agentWith(authorizationInterceptor(client));
  const { body } = await request(`${gateway.origin}/x`, { dispatcher });
  await body.dump();
  expect(gateway.requests.map(({ headers }) => headers['x-auth-token'])).toEqual([...vendor.tokensIssued]);
  expect(vendor.tokensIssued).toHaveLength(2);
});

test.each(['', '?again=1'])('the token endpoint itself is not decorated%s', async (query) => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const { body } = await request(vendor.tokenURL + query, { dispatcher, method: 'POST' });
  await body.dump();
  expect(vendor.requests.map(({ headers }) => headers['x-auth-token'])).toEqual([undefined]);
});

test('a path that has the last word of the token endpoint is authorized', async () => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const { statusCode, body } = await request(`${vendor.baseURL}/echo?for=auth`, { dispatcher });
  await body.dump();
  expect(statusCode).toBe(200);
});

test.each([
  ['names no origin', undefined, 'a request goes that names no origin'],
  // As undici 8 tells of a BalancedPool.
  ['goes to one of several upstreams', null, 'a dispatcher with several or unknown upstreams sends a request'],
])('a request that %s is refused with the remedy', async (_, known, reason) => {
  const { vendor, client } = await sparkflyApp();
  const interceptor: (dispatch: Dispatcher.Dispatch, known?: null) => Dispatcher.Dispatch =
    authorizationInterceptor(client);
  const dispatch = interceptor(() => expect.fail('nothing is sent'), known);
  const origin = known === null ? vendor.origin : undefined;
  const heard = await new Promise<Error>((resolve) => {
    const handler: Dispatcher.DispatchHandler = { onResponseError: (__, error) => resolve(error) };
    dispatch({ origin, path: '/', method: 'GET' }, handler);
  });
  expect(heard).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED' });
  expect(heard.message).toContain(reason);
  expect(heard.message).toContain('authorizationInterceptor(client, { origin:');
  expect(vendor.requests).toHaveLength(0);
});

test('an order that turns answers into errors before us leaves them as they are', async () => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(interceptors.responseError(), authorizationInterceptor(client));
  vendor.rejectNext();
  const error = await failureOf<Error & { statusCode?: number }>(request(`${vendor.baseURL}/offers`, { dispatcher }));
  expect(error.statusCode).toBe(401);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
});

test('one line says once that requests to an origin carry no token', async () => {
  const stranger = await plainServer();
  const { client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const warnings = logLines('warn');
  for (let i = 0; i < 3; i++)
    await (await request(`${stranger.origin}/path-${i}?key=secret`, { dispatcher })).body.dump();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(stranger.origin);
  expect(warnings[0]).not.toMatch(/path-|secret/);
});
