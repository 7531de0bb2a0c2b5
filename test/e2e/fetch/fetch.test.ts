import { Agent } from 'undici';
import { expect, onTestFinished, test, vi } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { nodeFetchTakesDispatchers } from '../../support/undici-major.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

type Echo = { method: string; path: string; query: object; headers: Record<string, string>; body: string };

const echoed = async (response: Response): Promise<Echo> => (await response.json()) as Echo;

test('it can be handed on by itself, and is the same one every time', async () => {
  const { client } = await sparkflyApp();
  const { fetch } = client;
  expect((await fetch('/offers')).status).toBe(200);
  expect(client.fetch).toBe(fetch);
});

test.each([
  ['/echo', '/v1.0/echo'],
  ['echo', '/v1.0/echo'],
  ['//echo', undefined],
  ['echo?a=https://b.example/', '/v1.0/echo'],
  ['../v1.0/echo', '/v1.0/echo'],
  ['@127.0.0.1/x', '/v1.0/@127.0.0.1/x'],
  [String.raw`\\127.0.0.1:1\x`, '/v1.0///127.0.0.1:1/x'],
])('the relative URL %s is below the base URL', async (url, path) => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  const outcome = await client.fetch(url).catch((error: unknown) => error);
  if (path === undefined) expect(outcome).toBeInstanceOf(TypeError);
  const seen = vendor.requests.filter(({ kind }) => kind !== 'token');
  expect(seen.map((each) => each.path)).toEqual(path === undefined ? [] : [path]);
});

test('no URL at all is the base URL, as with axios', async () => {
  const { vendor, client } = await sparkflyApp();
  await client.fetch('');
  expect(vendor.requests.at(-1)?.path).toBe('/v1.0');
});

const inputs: [string, (url: string) => Parameters<typeof fetch>][] = [
  ['text', (url) => [url, { method: 'POST', body: 'text', headers: { 'X-Mine': 'a' } }]],
  ['a URL', (url) => [new URL(url), { method: 'POST', body: 'text', headers: [['X-Mine', 'a']] }]],
  ['a Request', (url) => [new Request(url, { method: 'POST', body: 'text', headers: { 'X-Mine': 'a' } })]],
  [
    'a Request and what is otherwise',
    (url) => [
      new Request(url, { method: 'PUT', body: 'other' }),
      { method: 'POST', body: 'text', headers: new Headers({ 'X-Mine': 'a' }) },
    ],
  ],
];

test.each(inputs)('it takes %s', async (_, input) => {
  const { vendor, client } = await sparkflyApp();
  const response = await client.fetch(...input(`${vendor.baseURL}/echo?q=1`));
  expect(await echoed(response)).toMatchObject({
    method: 'POST',
    body: 'text',
    query: { q: '1' },
    headers: {
      'x-mine': 'a',
      'content-type': 'text/plain;charset=UTF-8',
      'content-length': '4',
      'x-auth-token': vendor.tokensIssued[0],
    },
  });
  expect([response.url, response.redirected]).toEqual([`${vendor.baseURL}/echo?q=1`, false]);
});

test('what the caller gives is not changed, and what changes while it waits is not what goes out', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 30 } });
  const stranger = await plainServer();
  const url = new URL(`${vendor.baseURL}/echo`);
  const headers = new Headers({ 'x-mine': 'a' });
  const init = Object.freeze({ headers });
  const answer = client.fetch(url, init);
  url.port = String(stranger.port);
  headers.set('x-mine', 'b');
  expect((await echoed(await answer)).headers).toMatchObject({ 'x-mine': 'a' });
  expect([...headers.keys()]).toEqual(['x-mine']);
  expect(stranger.requests).toHaveLength(0);
});

test('data URLs are what they are', async () => {
  const { vendor, client } = await sparkflyApp();
  expect(await (await client.fetch('data:,hello')).text()).toBe('hello');
  expect(vendor.requests).toHaveLength(0);
});

test('with a token there, Node’s fetch is reached in the same tick', async () => {
  const { client } = await verbitApp();
  await client.tokens.get();
  const seen = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('fine'));
  onTestFinished(() => seen.mockRestore());
  const answer = client.fetch('/orders/1');
  expect(seen).toHaveBeenCalledOnce();
  expect(await (await answer).text()).toBe('fine');
});

test.runIf(nodeFetchTakesDispatchers)('a dispatcher of the caller’s carries the call', async () => {
  const { vendor, client } = await sparkflyApp();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  let dispatched = 0;
  const dispatcher = agent.compose((dispatch) => (options, handler) => (dispatched++, dispatch(options, handler)));
  vendor.failNext({ on: 'api', status: 307, headers: { Location: `${vendor.baseURL}/echo` } });
  const { status } = await client.fetch('/echo', { method: 'POST', body: 'x', dispatcher: dispatcher as never });
  expect([status, dispatched]).toEqual([200, 2]);
});

test.each([
  ['the init', (url: string, signal: AbortSignal): Parameters<typeof fetch> => [url, { signal }]],
  ['the Request', (url: string, signal: AbortSignal): Parameters<typeof fetch> => [new Request(url, { signal })]],
])('a signal of %s ends the wait for a token with its reason, and nothing is sent', async (_, input) => {
  const { vendor, client } = await verbitApp({ fake: { tokenLatencyMs: 300 } });
  const controller = new AbortController();
  const failure = failureOf<Error>(client.fetch(...input(`${vendor.baseURL}/orders/1`, controller.signal)));
  await until(() => vendor.counters.tokenRequests === 1);
  const startedAt = performance.now();
  controller.abort(new Error('enough'));
  expect((await failure).message).toBe('enough');
  expect(performance.now() - startedAt).toBeLessThan(150);
  await until(() => client.tokens.peek() !== undefined);
  await sleep(20);
  expect(vendor.counters.apiRequests).toBe(0);
});

test('a signal that fires while the answer is read ends it, as with fetch', async () => {
  const server = await plainServer((_, response) => void response.write('more to come'));
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  const controller = new AbortController();
  const response = await client.fetch(server.origin, { signal: controller.signal });
  const failure = failureOf<Error>(response.text());
  controller.abort();
  expect((await failure).name).toBe('AbortError');
});

test('answers and errors show no token', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  expectNoSecret(await client.fetch('/offers'), vendor.tokensIssued);
  vendor.failNext({ on: 'api', action: 'reset' });
  expectNoSecret(await failureOf(client.fetch('/offers')), vendor.tokensIssued);
  vendor.failNext({ on: 'api', status: 302, headers: { Location: 'http://' } });
  expectNoSecret(await failureOf(client.fetch('/offers')), vendor.tokensIssued);
  expectNoSecret(client.fetch, vendor.tokensIssued);
  expect(vendor.tokensIssued).toHaveLength(2);
});
