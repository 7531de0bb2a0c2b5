import { Readable } from 'node:stream';
import NpmFormData from 'form-data';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

interface Echo {
  body: string;
  bodyBase64: string;
}

function form(): FormData {
  const data = new FormData();
  data.append('name', 'München');
  data.append('file', new Blob([new Uint8Array([0, 1, 254, 255])], { type: 'application/octet-stream' }), 'a.bin');
  return data;
}

const bodies: [string, () => unknown][] = [
  ['a JSON object', () => ({ name: 'Ä', list: [1, { deep: true }] })],
  ['a JSON array', () => [1, 'two', null]],
  ['a Buffer', () => Buffer.from([0, 1, 2, 127, 128, 254, 255])],
];

test.each(bodies)('%s is replayed byte for byte, with the same content headers', async (_, body) => {
  const { vendor, client } = await verbitApp();
  vendor.rejectNext();
  const { data } = await firstValueFrom(client.post<Echo>('/echo', body()));
  const [refused, replayed] = vendor.requests.filter(({ path }) => path.endsWith('/echo'));
  expect(replayed?.body).toBe(refused?.body);
  for (const header of ['content-type', 'content-length', 'transfer-encoding']) {
    expect(replayed?.headers[header]).toBe(refused?.headers[header]);
  }
  expect(replayed?.headers['authorization']).not.toBe(refused?.headers['authorization']);
  expect(vendor.counters.tokenRequests).toBe(2);
  if (Buffer.isBuffer(body())) expect(data.bodyBase64).toBe((body() as Buffer).toString('base64'));
});

test('FormData keeps one boundary over the replay, and the file its bytes', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  const { data } = await firstValueFrom(client.post<Echo>('/echo', form()));
  const [refused, replayed] = vendor.requests.filter(({ path }) => path.endsWith('/echo'));
  const boundary = /boundary=(\S+)$/.exec(refused?.headers['content-type'] ?? '')?.[1];
  expect(boundary).toMatch(/^[-\w]{10,70}$/);
  expect(replayed?.headers['content-type']).toBe(refused?.headers['content-type']);
  expect(data.body.startsWith(`--${boundary}`)).toBe(true);
  expect(Buffer.from(data.bodyBase64, 'base64').includes(Buffer.from([0, 1, 254, 255]))).toBe(true);
});

test('the boundary that a caller gave is kept', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  const headers = { 'Content-Type': 'multipart/form-data; boundary=my-own-boundary-1' };
  await firstValueFrom(client.post('/echo', form(), { headers }));
  const types = vendor.requests.filter(({ kind }) => kind === 'api').map((request) => request.headers['content-type']);
  expect(types).toEqual([headers['Content-Type'], headers['Content-Type']]);
});

test('an object given to postForm is replayed as well: the caller gave no stream', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  const { data } = await firstValueFrom(client.postForm<Echo>('/echo', { a: '1', b: 'two' }));
  expect(data.body).toContain('two');
});

test.each([
  [
    'npm form-data',
    () => {
      const data = new NpmFormData();
      data.append('a', '1');
      return data;
    },
  ],
])('%s cannot be sent twice: the 401 surfaces, and the next call has another token', async (_, body) => {
  const { vendor, client } = await sparkflyApp();
  await firstValueFrom(client.get('/offers'));
  vendor.revokeTokens();
  const error = await failureOf(client.post('/echo', body()));
  expect(error.response?.status).toBe(401);
  expect(vendor.requests.filter(({ path }) => path.endsWith('/echo'))).toHaveLength(1);
  expect(client.tokens.peek()).toBeUndefined();
  expect((await firstValueFrom(client.post('/echo', body()))).status).toBe(200);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('streams that an API always refuses buy no token each', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext(Infinity);
  for (let i = 0; i < 10; i++) {
    const error = await failureOf(client.post('/echo', Readable.from([Buffer.from('x')])));
    expect(error.response?.status).toBe(401);
  }
  expect(vendor.counters.tokenRequests).toBeLessThanOrEqual(2);
});

test('a streamed answer of 401 is discarded and the replayed one read whole', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.rejectNext();
  const { data } = await firstValueFrom(client.get<Readable>('/offers', { responseType: 'stream' }));
  const chunks = await data.toArray();
  expect(JSON.parse(Buffer.concat(chunks as Buffer[]).toString())).toHaveLength(3);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('a 401 that breaks off is answered with another token', async () => {
  let calls = 0;
  const api = await plainServer((request, response) => {
    if (calls++) response.end('{"ok":true}');
    else request.socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 10\r\n\r\nhalf');
  });
  const { vendor, client } = await sparkflyApp({ account: { allowedOrigins: [api.origin] } });
  expect((await firstValueFrom(client.get(api.origin))).data).toEqual({ ok: true });
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('a stream that was refused holds up no call that can be repeated', async () => {
  const { vendor, client } = await sparkflyApp();
  await firstValueFrom(client.get('/offers'));
  for (let i = 0; i < 3; i++) {
    vendor.revokeTokens();
    expect((await failureOf(client.post('/echo', Readable.from([Buffer.from('a')])))).response?.status).toBe(401);
    expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
  }
  expect(vendor.counters.tokenRequests).toBe(4);
});

test('an API that refuses every stream costs at most one token a second', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ on: 'api', status: 401, times: Infinity });
  for (let i = 0; i < 50; i++) await failureOf(client.post('/echo', Readable.from([Buffer.from('a')])));
  expect(vendor.counters.apiRequests).toBe(50);
  expect(vendor.counters.tokenRequests).toBeLessThanOrEqual(4);
});
