import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { nodeFetchTakesDispatchers } from '../../support/undici-major.js';
import { sparkflyApp } from '../../support/vendors.js';

type Init = NonNullable<Parameters<typeof fetch>[1]>;

const form = (): FormData => {
  const data = new FormData();
  data.set('na"me', 'a\nb');
  data.set('file', new Blob([Buffer.from([0, 1, 254, 255])], { type: 'image/png' }), 'by"tes.bin');
  data.append('file', new Blob(['ä']), 'text');
  return data;
};

const bodies: [string, () => Init['body']][] = [
  ['a string', () => '{"a":"ä"}'],
  ['a Buffer', () => Buffer.from([0, 1, 254, 255])],
  ['a part of a typed array', () => new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)],
  ['an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer],
  ['a Blob', () => new Blob(['of ', 'parts'], { type: 'text/x-parts' })],
  ['URLSearchParams', () => new URLSearchParams({ a: 'b c' })],
  ['a form', form],
  ['none', () => undefined],
];

const framing = ['content-length', 'content-type', 'transfer-encoding'] as const;

async function twice(call: (fetch: typeof globalThis.fetch, url: string) => Promise<Response>) {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  const response = await call(client.fetch, `${vendor.baseURL}/echo`);
  expect(response.status).toBe(200);
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  const [refused, replayed] = vendor.requests.filter(({ kind }) => kind === 'api');
  expect(replayed?.body).toBe(refused?.body);
  for (const name of framing) expect(replayed?.headers[name]).toBe(refused?.headers[name]);
  expect(replayed?.headers['x-auth-token']).toBe(vendor.tokensIssued[1]);
  return { seen: replayed!, echo: (await response.json()) as { bodyBase64: string } };
}

test.each(bodies)('a Request may have been made of it: %s', async (_, body) => {
  const { seen } = await twice((fetch, url) => fetch(new Request(url, { method: 'POST', body: body() })));
  expect(seen.headers['transfer-encoding']).toBeUndefined();
});

test.each(bodies.filter(([name]) => name !== 'a form'))(
  'it goes out as Node’s own fetch sends it: %s',
  async (_, body) => {
    const { vendor, client } = await sparkflyApp();
    for (const each of [fetch, client.fetch]) await each(`${vendor.baseURL}/echo`, { method: 'POST', body: body() });
    const [theirs, ours] = vendor.requests.filter(({ kind }) => kind === 'api');
    expect(ours?.body).toBe(theirs?.body);
    for (const name of framing) expect(ours?.headers[name]).toBe(theirs?.headers[name]);
  },
);

test('a form reads as Node’s own does, but for its boundary', async () => {
  const { vendor, client } = await sparkflyApp();
  const sent: string[] = [];
  for (const each of [fetch, client.fetch]) {
    await each(`${vendor.baseURL}/echo`, { method: 'POST', body: form() });
    const { headers, body } = vendor.requests.at(-1)!;
    sent.push(body.replaceAll(/boundary=(\S+)$/.exec(headers['content-type'] ?? '')![1]!, '-').trimEnd());
  }
  expect(sent[1]).toBe(sent[0]);
});

const streams: [string, (url: string) => Parameters<typeof fetch>][] = [
  [
    'a Request of a stream',
    (url) => [new Request(url, { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' })],
  ],
  ['a Request of more than a megabyte', (url) => [new Request(url, { method: 'POST', body: 'x'.repeat(1_100_000) })]],
];

test.each(streams)('%s is sent once: the 401 surfaces whole, and the next call has another token', async (_, input) => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  vendor.revokeTokens();
  const refused = await client.fetch(...input(`${vendor.baseURL}/echo`));
  expect(refused.status).toBe(401);
  expect(await refused.json()).toBeDefined();
  expect(client.tokens.peek()).toBeUndefined();
  const next = await client.fetch(...input(`${vendor.baseURL}/echo`));
  expect(next.status).toBe(200);
  await next.arrayBuffer();
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
});

test('a Request of a stream that has no end yet is sent as it comes', async () => {
  const seen: string[] = [];
  const server = await plainServer((request, response) => {
    request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    request.on('end', () => response.end());
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  let sendOn!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (sendOn = controller) });
  sendOn.enqueue(Buffer.from('first'));
  const answer = client.fetch(new Request(server.origin, { method: 'POST', body, duplex: 'half' }));
  await until(() => seen.length === 1);
  sendOn.close();
  expect((await answer).status).toBe(200);
  expect(seen).toEqual(['first']);
});

test('a Request whose body was read already is refused, as by fetch', async () => {
  const { vendor, client } = await sparkflyApp();
  const request = new Request(`${vendor.baseURL}/echo`, { method: 'POST', body: 'x' });
  await request.text();
  expect(await failureOf(client.fetch(request))).toBeInstanceOf(TypeError);
  expect(vendor.counters.apiRequests).toBe(0);
});

test.runIf(nodeFetchTakesDispatchers)('a refused answer that does not go on makes way for the replay', async () => {
  const server = await plainServer((_, response) => {
    if (server.requests.length > 1) response.end('fine');
    else response.writeHead(401, { 'Content-Length': 100 }).write('and then nothing');
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  const response = await client.fetch(server.origin, { dispatcher: dispatcher as never });
  expect(await response.text()).toBe('fine');
});
