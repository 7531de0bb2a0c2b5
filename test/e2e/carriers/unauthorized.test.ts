import { Readable } from 'node:stream';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import type { Carried, Carrier } from '../../support/carriers.js';
import { carriers, carriersBut, sparkflyOver } from '../../support/carriers.js';
import { failureOf, sleep, timed, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';

const form = (): FormData => {
  const data = new FormData();
  data.set('name', 'a b');
  data.set('file', new Blob([Buffer.from([0, 1, 254, 255])]), 'bytes.bin');
  return data;
};

const bodies: [string, () => unknown][] = [
  ['a string', () => '{"a":"ä"}'],
  ['a Buffer', () => Buffer.from([0, 1, 254, 255])],
  ['a part of a typed array', () => new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)],
  ['an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer],
  ['a Blob', () => new Blob(['of ', 'parts'], { type: 'text/x-parts' })],
  ['none', () => undefined],
];
const bodiesOfTheWeb: typeof bodies = [
  ['URLSearchParams', () => new URLSearchParams({ a: 'b c' })],
  ['a form', form],
];

const nodeStream = () => Readable.from([Buffer.from('streamed')]);
const webStream = () => new Blob(['streamed']).stream();
async function* iterator() {
  yield Buffer.from('streamed');
}
const onceOnly: Record<Carrier['name'], [string, () => unknown][]> = {
  client: [['a Node stream', nodeStream]],
  attach: [['a Node stream', nodeStream]],
  'client.fetch': [['a web stream', webStream]],
  undici: [
    ['a Node stream', nodeStream],
    ['a web stream', webStream],
    ['an async iterator', iterator],
  ],
};

const calls = ({ vendor }: Pick<Carried, 'vendor'>) => vendor.requests.filter(({ kind }) => kind === 'api');
const CALLS = 200;
const many = (call: () => Promise<{ status: number }>) => Promise.all(Array.from({ length: CALLS }, call));

describe.each(carriers)('$name', (carrier) => {
  const kinds = carrier.name === 'undici' ? bodies : [...bodies, ...bodiesOfTheWeb];

  test.each(kinds)('after a 401 the same bytes go out again with another token: %s', async (_, body) => {
    const running = await sparkflyOver(carrier);
    const { vendor, send } = running;
    vendor.rejectNext();
    expect((await send('/echo', { method: 'POST', body: body() })).status).toBe(200);
    const [first, retried] = calls(running);
    expect(retried?.body).toBe(first?.body);
    for (const name of ['content-length', 'content-type', 'transfer-encoding'])
      expect(retried?.headers[name]).toBe(first?.headers[name]);
    expect(calls(running).map(({ headers }) => headers['x-auth-token'])).toEqual([...vendor.tokensIssued]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  });

  test.each(onceOnly[carrier.name])(
    '%s is sent once: the 401 is the answer, and the next call has another token',
    async (_, body) => {
      const running = await sparkflyOver(carrier);
      const { vendor, client, send } = running;
      await client.tokens.get();
      vendor.revokeTokens();
      const { status, text } = await send('/echo', { method: 'POST', body: body() });
      expect(status).toBe(401);
      expect(JSON.parse(text)).toEqual({ error: 'Invalid token' });
      expect(calls(running)).toHaveLength(1);
      expect(client.tokens.peek()).toBeUndefined();
      expect((await send('/echo', { method: 'POST', body: body() })).status).toBe(200);
      expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
    },
  );

  test('hundreds of calls whose token was revoked request one, and all succeed', async () => {
    const { vendor, client, send } = await sparkflyOver(carrier);
    await client.tokens.get();
    vendor.revokeTokens();
    const answers = await many(() => send('/offers'));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(vendor.counters.tokenRequests).toBe(2);
    expect(vendor.counters.apiUnauthorized).toBeLessThanOrEqual(CALLS);
  });

  test('a late 401 for a token that was replaced meanwhile is retried with the present one, and requests none', async () => {
    const { vendor, client, send } = await sparkflyOver(carrier);
    await client.tokens.get();
    vendor.failNext({ on: 'api', status: 401, delayMs: 100 });
    const slow = send('/offers');
    await until(() => vendor.counters.apiRequests === 1);
    await client.tokens.refresh();
    expect((await slow).status).toBe(200);
    expect(vendor.counters.tokenRequests).toBe(2);
    expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBe(vendor.tokensIssued[1]);
  });

  test('an API that always says 401 is asked twice, and its second 401 is the answer', async () => {
    const { vendor, send } = await sparkflyOver(carrier);
    vendor.failNext({ on: 'api', status: 401, body: 'first' });
    vendor.failNext({ on: 'api', status: 401, body: 'second' });
    vendor.failNext({ on: 'api', status: 401, body: 'third', times: Infinity });
    expect(await send('/offers')).toMatchObject({ status: 401, text: 'second' });
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
    for (let i = 0; i < 20; i++) expect((await send('/offers')).status).toBe(401);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 22 });
  });

  test('the 401 is the answer, headers and body, when no other token can be had', async () => {
    const { vendor, client, send } = await sparkflyOver(carrier);
    await client.tokens.get();
    vendor.revokeTokens();
    vendor.rotateKey('another');
    vendor.failNext({ on: 'api', status: 401, headers: { 'X-Why': 'expired' }, body: 'x'.repeat(300_000) });
    const { status, headers, text } = await send('/offers');
    expect([status, headers['x-why'], text.length]).toEqual([401, 'expired', 300_000]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 1 });
  });

  test.each([403, 429, 500, 503])('an API’s %i requests no token and is not retried', async (status) => {
    const { vendor, send } = await sparkflyOver(carrier);
    vendor.failNext({ on: 'api', status });
    expect((await send('/offers')).status).toBe(status);
    expect(vendor.counters).toMatchObject({ apiRequests: 1, tokenRequests: 1 });
  });

  test('the app’s `isUnauthorized` sees status and headers', async () => {
    const isUnauthorized: AuthApisOptions['isUnauthorized'] = ({ status, headers }) =>
      status === 403 && headers['x-reason'] === 'token';
    const { vendor, send } = await sparkflyOver(carrier, { options: { isUnauthorized } });
    vendor.failNext({ on: 'api', status: 403, headers: { 'X-Reason': 'role' } });
    expect((await send('/offers')).status).toBe(403);
    vendor.failNext({ on: 'api', status: 403, headers: { 'X-Reason': 'token' } });
    expect((await send('/offers')).status).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 3 });
  });

  test('an abort while another token is awaited ends the call at once, and nothing more is sent', async () => {
    const running = await sparkflyOver(carrier, { fake: { tokenLatencyMs: 300 } });
    const { vendor, client, send } = running;
    await client.tokens.get();
    vendor.revokeTokens();
    const controller = new AbortController();
    const failure = failureOf<Error>(send('/offers', { signal: controller.signal }));
    await until(() => vendor.counters.tokenRequests === 2);
    const reason = new Error('enough');
    const took = await timed(async () => {
      controller.abort(reason);
      expect(await failure).toMatchObject(carrier.abortedWith(reason));
    });
    expect(took).toBeLessThan(150);
    await until(() => client.tokens.peek() !== undefined);
    await sleep(20);
    expect(calls(running)).toHaveLength(1);
  });

  test('an abort during the retry ends it', async () => {
    const running = await sparkflyOver(carrier);
    const { vendor, send } = running;
    vendor.rejectNext();
    vendor.failNext({ on: 'api', action: 'hang' });
    const controller = new AbortController();
    const failure = failureOf<Error>(send('/offers', { signal: controller.signal }));
    await until(() => calls(running).length === 2);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await failure).toMatchObject(carrier.abortedWith(reason));
    expect(vendor.counters.tokenRequests).toBe(2);
  });
});

test.each(carriersBut('client', 'attach'))(
  'over $name a 401 without an end is cut off for the retry',
  async (carrier) => {
    let wasCut = false;
    const server = await plainServer((_, response) => {
      if (server.requests.length > 1) {
        response.end('fine');
        return;
      }
      response.writeHead(401).on('close', () => (wasCut = true));
      const more = (): void =>
        void (response.write(Buffer.alloc(16_384)) ? setImmediate(more) : response.once('drain', more));
      more();
    });
    const { send } = await sparkflyOver(carrier, { account: { allowedOrigins: [server.origin] } });
    expect((await send(server.origin)).text).toBe('fine');
    await until(() => wasCut);
    expect(server.requests).toHaveLength(2);
  },
);

test.each(carriersBut('client.fetch', 'undici'))(
  'over $name a 401 is read before it is retried, as axios reads every answer: `maxContentLength` bounds it',
  async (carrier) => {
    const { vendor, client, send } = await sparkflyOver(carrier);
    await client.tokens.get();
    vendor.revokeTokens();
    vendor.failNext({ on: 'api', status: 401, body: 'x'.repeat(300_000) });
    expect((await send('/offers')).status).toBe(200);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  },
);
