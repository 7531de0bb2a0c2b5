import { describe, expect, test } from 'vitest';
import { failureOf, until } from '../../support/outcome.js';
import type { PlainServer } from '../../support/plain-server.js';
import { plainServer } from '../../support/plain-server.js';
import { expectNoVendorHeader } from '../../support/vendor-headers.js';
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
    const mine = { 'X-Auth-Identity': 'mine', 'X-Auth-Key': 'mine', Cookie: 'a=b', 'X-Other': 'stays' };
    const response = await client.fetch('/echo', { method: 'POST', body: 'x', headers: mine });
    expect([response.status, response.url, response.redirected]).toEqual([200, `${stranger.origin}/file`, true]);
    const [request] = stranger.requests;
    expect(request?.headers['x-other']).toBe('stays');
    expect(request?.headers).not.toHaveProperty('cookie');
    expect(request?.headers['host']).toBe(new URL(stranger.origin).host);
    expectNoVendorHeader(request);
    expect(vendor.requests.at(-1)?.headers).toHaveProperty(header);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test.each(statuses)('a %i within the origin stays authorized', async (status) => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, headers: { Location: 'echo?moved=1' } });
    const response = await client.fetch('/echo', { headers: { Cookie: 'a=b' } });
    expect([response.status, response.url]).toEqual([200, `${vendor.baseURL}/echo?moved=1`]);
    expect(vendor.requests.at(-1)?.headers['cookie']).toBe('a=b');
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2, apiUnauthorized: 0 });
  });

  test('a 401 after a redirect repeats the request that was refused, and not the one before', async () => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 303, headers: { Location: `${vendor.baseURL}/echo` } });
    vendor.failNext({ on: 'api', status: 401 });
    const response = await client.fetch('/echo', { method: 'POST', body: 'once' });
    expect([response.status, response.redirected]).toEqual([200, true]);
    const methods = vendor.requests.filter(({ kind }) => kind === 'api').map(({ method }) => method);
    expect(methods).toEqual(['POST', 'GET', 'GET']);
    expect(vendor.counters.tokenRequests).toBe(2);
  });
});

/** Two servers, the first of which redirects once to the second, and a client to whom the first is its own. */
async function redirecting(
  status: number,
  location: (to: PlainServer) => string | undefined = ({ origin }) => `${origin}/to`,
) {
  const to = await plainServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(JSON.stringify({ body: Buffer.concat(chunks).toString() })));
  });
  const from = await plainServer((request, response) => {
    request.resume().on('end', () => {
      const there = location(to);
      response
        .writeHead(request.url === '/' ? status : 200, there === undefined ? {} : { Location: there })
        .end('moved');
    });
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [from.origin] } });
  return { from, to, client };
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

test.each(statuses.flatMap((status) => methods.map((method) => [status, method] as const)))(
  'after a %i a %s goes on as with Node’s own fetch',
  async (status, method) => {
    const { from, to, client } = await redirecting(status);
    const body = method === 'GET' || method === 'HEAD' ? undefined : 'the body';
    const headers = { 'Content-Type': 'text/x-mine', 'Content-Language': 'en', 'X-Other': 'stays' };
    const answers: unknown[] = [];
    for (const each of [fetch, client.fetch]) {
      const response = await each(from.origin, { method, body, headers });
      answers.push([response.status, response.url, response.redirected, await response.text()]);
    }
    expect(answers[1]).toEqual(answers[0]);
    const [theirs, ours] = to.requests;
    expect(ours?.method).toBe(theirs?.method);
    expect(ours?.headers).toEqual(theirs?.headers);
  },
);

test.each([307, 308])('a stream cannot follow a %i, as with Node’s own fetch', async (status) => {
  const { from, to, client } = await redirecting(status);
  for (const each of [fetch, client.fetch]) {
    const body = new Blob(['x']).stream();
    expect(await failureOf(each(from.origin, { method: 'POST', body, duplex: 'half' }))).toBeInstanceOf(TypeError);
  }
  expect(to.requests).toHaveLength(0);
});

test('a stream is not needed after a 303, as with Node’s own fetch', async () => {
  const { from, to, client } = await redirecting(303);
  for (const each of [fetch, client.fetch]) {
    const body = new Blob(['x']).stream();
    expect((await each(from.origin, { method: 'POST', body, duplex: 'half' })).status).toBe(200);
  }
  expect(to.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test('a redirect whose body has no end is cut off, and followed', async () => {
  let wasCut = false;
  const server = await plainServer((request, response) => {
    if (request.url !== '/') {
      response.end('there');
      return;
    }
    response.writeHead(302, { Location: '/to' }).on('close', () => (wasCut = true));
    response.write('more to come');
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  expect(await (await client.fetch(server.origin)).text()).toBe('there');
  await until(() => wasCut);
});

test('the signal of a Request ends its way over redirects as well', async () => {
  const silent = await plainServer(() => {});
  const { from, client } = await redirecting(302, () => silent.origin);
  const controller = new AbortController();
  const failure = failureOf<Error>(client.fetch(new Request(from.origin, { signal: controller.signal })));
  await until(() => silent.requests.length === 1);
  controller.abort();
  expect((await failure).name).toBe('AbortError');
});

test('a Request follows with its body', async () => {
  const { from, to, client } = await redirecting(307);
  const response = await client.fetch(new Request(from.origin, { method: 'PUT', body: 'mine' }));
  expect(await response.json()).toEqual({ body: 'mine' });
  expect(to.requests[0]?.headers).toMatchObject({ 'content-length': '4', 'content-type': 'text/plain;charset=UTF-8' });
});

test.each([
  ['no Location', () => undefined],
  ['a fragment', () => '/to#there'],
  ['letters beyond ASCII', () => Buffer.from('/ä').toString('latin1')],
])('a redirect with %s is taken as by Node’s own fetch', async (_, location) => {
  const { from, client } = await redirecting(302, location);
  const taken: unknown[] = [];
  for (const each of [fetch, client.fetch]) {
    const { status, url } = await each(`${from.origin}/#here`);
    taken.push([status, url, from.requests.at(-1)?.url]);
  }
  expect(taken[1]).toEqual(taken[0]);
});

test.each([
  ['nowhere', () => 'http://'],
  ['no HTTP', () => 'ftp://127.0.0.1/x'],
  ['what it makes up', () => 'data:,made%20up'],
  ['user info', ({ port }: PlainServer) => `http://a:b@127.0.0.1:${port}/to`],
])('a redirect to %s fails as with Node’s own fetch', async (_, location) => {
  const { from, to, client } = await redirecting(302, location);
  for (const each of [fetch, client.fetch]) expect(await failureOf(each(from.origin))).toBeInstanceOf(TypeError);
  expect(to.requests).toHaveLength(0);
});

test('twenty redirects are followed, and no more', async () => {
  let most = 20;
  const server = await plainServer((request, response) => {
    const count = Number(request.url?.slice(1));
    response.writeHead(count < most ? 302 : 200, { Location: `/${count + 1}` }).end();
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  expect(await client.fetch(`${server.origin}/0`)).toMatchObject({ status: 200, url: `${server.origin}/20` });
  most = 21;
  const error = await failureOf<Error>(client.fetch(`${server.origin}/0`));
  expect(error).toBeInstanceOf(TypeError);
  expect((error.cause as Error).message).toBe('redirect count exceeded');
  expect(server.requests).toHaveLength(42);
});

test('`redirect: manual` gives the redirect, and `error` a TypeError', async () => {
  const { from, to, client } = await redirecting(302);
  const response = await client.fetch(from.origin, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([302, `${to.origin}/to`]);
  const request = new Request(from.origin, { redirect: 'error' });
  expect(await failureOf(client.fetch(request))).toBeInstanceOf(TypeError);
  expect(from.requests.every(({ headers }) => headers['x-auth-token'])).toBe(true);
  expect(to.requests).toHaveLength(0);
});

test('a copy of a redirected answer is redirected as well', async () => {
  const { from, client } = await redirecting(302);
  const response = await client.fetch(from.origin);
  const copy = response.clone();
  expect([response.redirected, copy.redirected, copy.url]).toEqual([true, true, response.url]);
  expect(await copy.text()).toBe(await response.text());
});
