import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import type { Dispatcher } from 'undici';
import { Agent, fetch as fetchOfUndici, FormData as FormDataOfUndici } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { nodeFetchTakesDispatchers } from '../../support/undici-major.js';
import { sparkflyApp } from '../../support/vendors.js';

type Fetch = (url: string, init: { dispatcher: Dispatcher; [key: string]: unknown }) => Promise<Response>;

const ofNode: [string, Fetch] = ['Node’s own fetch', fetch as unknown as Fetch];
const fetches: [string, Fetch][] = [
  ['the fetch of undici', fetchOfUndici],
  ...(nodeFetchTakesDispatchers ? [ofNode] : []),
];

/** Each fetch knows its own. */
const FormDataOf: Readonly<Record<string, typeof FormData>> = {
  'the fetch of undici': FormDataOfUndici,
  [ofNode[0]]: FormData,
};

const pieces: [string, (Form: typeof FormData) => unknown][] = [
  ['a string', () => '{"a":"ä"}'],
  ['a Buffer', () => Buffer.from([0, 1, 254, 255])],
  ['a mebibyte', () => 'x'.repeat(1024 * 1024)],
  ['a Blob', () => new Blob(['of ', 'parts'], { type: 'text/x-parts' })],
  ['URLSearchParams', () => new URLSearchParams({ a: 'b c' })],
  [
    'a form',
    (Form) => {
      const data = new Form();
      data.set('name', 'a b');
      data.set('file', new Blob([Buffer.from([0, 1, 254, 255])]), 'bytes.bin');
      return data;
    },
  ],
];

async function setUp(tokenLatencyMs = 0, origin?: string) {
  const allowedOrigins = origin === undefined ? [] : [origin];
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs }, account: { allowedOrigins } });
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return { vendor, client, dispatcher: agent.compose(authorizationInterceptor(client)) };
}

describe.each(fetches)('%s through a dispatcher', (_, fetch) => {
  test('is authorized, and repeated after a 401', async () => {
    const { vendor, dispatcher } = await setUp();
    vendor.rejectNext();
    const response = await fetch(`${vendor.baseURL}/offers`, { dispatcher });
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveLength(3);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  });

  test.each(pieces)('sends the same bytes again after a 401: %s', async (__, piece) => {
    const { vendor, dispatcher } = await setUp();
    vendor.rejectNext();
    const response = await fetch(`${vendor.baseURL}/echo`, { dispatcher, method: 'POST', body: piece(FormDataOf[_]!) });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
    const [refused, replayed] = vendor.requests.filter(({ kind }) => kind === 'api');
    expect(refused?.body).not.toBe('');
    expect(replayed?.body).toBe(refused?.body);
    for (const name of ['content-length', 'content-type', 'transfer-encoding']) {
      expect(replayed?.headers[name]).toBe(refused?.headers[name]);
    }
  });

  test('sends a body again that was refused before all of it was there', async () => {
    const bodies: string[] = [];
    const server = await plainServer((request, response) => {
      if (server.requests.length === 1) {
        response.writeHead(401).end();
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => (bodies.push(body), response.end('fine')));
    });
    const { dispatcher } = await setUp(0, server.origin);
    const text = '0123456789abcdef'.repeat(65_536);
    const response = await fetch(server.origin, { dispatcher, method: 'POST', body: new Blob([text]) });
    expect(await response.text()).toBe('fine');
    expect(bodies).toEqual([text]);
  });

  test.each<[string, () => object]>([
    ['a stream', () => ({ body: new Blob(['text']).stream(), duplex: 'half' })],
    ['more than a mebibyte', () => ({ body: 'x'.repeat(1_100_000) })],
  ])('sends a body once that is %s', async (__, init) => {
    const { vendor, client, dispatcher } = await setUp();
    await client.tokens.get();
    vendor.revokeTokens();
    const call = () => fetch(`${vendor.baseURL}/echo`, { dispatcher, method: 'POST', ...init() });
    const response = await call();
    expect(response.status).toBe(401);
    await response.text();
    expect(vendor.counters.apiRequests).toBe(1);
    const next = await call();
    expect(next.status).toBe(200);
    await next.arrayBuffer();
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test('gives up waiting for a token when its signal fires', async () => {
    const { vendor, client, dispatcher } = await setUp(200);
    const controller = new AbortController();
    const failure = failureOf<Error>(fetch(`${vendor.baseURL}/offers`, { dispatcher, signal: controller.signal }));
    await until(() => vendor.counters.tokenRequests === 1);
    controller.abort();
    expect((await failure).name).toBe('AbortError');
    await until(() => client.tokens.peek() !== undefined);
    await sleep(20);
    expect(vendor.counters.apiRequests).toBe(0);
  });

  test('fails with what the token request met as its cause', async () => {
    const { vendor, dispatcher } = await setUp();
    vendor.rotateKey('another');
    const error = await failureOf<Error>(fetch(`${vendor.baseURL}/offers`, { dispatcher }));
    expect(error.cause).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
    expect(vendor.counters.apiRequests).toBe(0);
  });
});
