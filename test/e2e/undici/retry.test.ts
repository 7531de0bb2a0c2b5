import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import type { AuthorizationInterceptorOptions } from 'nestjs-auth-apis/undici';
import type { AuthApisOptions, SparkflyClient } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { Readable } from 'node:stream';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { Agent, FormData, interceptors, MockAgent, Pool, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { sparkflyApp } from '../../support/vendors.js';
import { uncaughtErrors } from '../../support/uncaught.js';

interface Setup {
  readonly vendor: FakeSparkfly;
  readonly client: SparkflyClient;
  readonly dispatcher: Dispatcher;
  readonly echo: string;
}

interface Wishes {
  readonly options?: AuthApisOptions;
  readonly interceptor?: AuthorizationInterceptorOptions;
  readonly agent?: Agent.Options;
  readonly tokenLatencyMs?: number;
}

/** A vendor, a client of it that has a token, and a dispatcher with its authorization. */
async function setUp({ options, interceptor, agent, tokenLatencyMs }: Wishes = {}): Promise<Setup> {
  const { vendor, client } = await sparkflyApp({ options, fake: { tokenLatencyMs } });
  await client.tokens.get();
  const dispatcher = new Agent(agent);
  onTestFinished(() => dispatcher.destroy());
  const composed = dispatcher.compose(authorizationInterceptor(client, interceptor));
  return { vendor, client, dispatcher: composed, echo: `${vendor.baseURL}/echo` };
}

const calls = ({ vendor }: Setup) => vendor.requests.filter(({ kind }) => kind === 'api');

const form = (): FormData => {
  const data = new FormData();
  data.set('name', 'a b');
  data.set('file', new Blob([Buffer.from([0, 1, 254, 255])]), 'bytes.bin');
  return data;
};

test('a form is sent again, with the boundary that undici draws for each sending', async () => {
  const setup = await setUp();
  setup.vendor.rejectNext();
  const { dispatcher, echo } = setup;
  const answer = await request(echo, { dispatcher, method: 'POST', body: form() });
  await answer.body.dump();
  expect(answer.statusCode).toBe(200);
  const without = calls(setup).map(({ headers, body }) => {
    const boundary = /boundary=(\S+)$/.exec(headers['content-type'] ?? '')![1]!;
    return body.replaceAll(boundary, '-');
  });
  expect(without[1]).toBe(without[0]);
  expect(without[0]).toContain('a b');
});

test('with `retry: false` nothing is sent again', async () => {
  const setup = await setUp({ interceptor: { retry: false } });
  setup.vendor.revokeTokens();
  const { statusCode, body } = await request(setup.echo, { dispatcher: setup.dispatcher });
  await body.dump();
  expect(statusCode).toBe(401);
  expect(calls(setup)).toHaveLength(1);
});

test('interceptors below see each request as it is, and keep it so', async () => {
  const { vendor, client } = await sparkflyApp();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const seen: Dispatcher.DispatchOptions[] = [];
  const below: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
    seen.push(options);
    return dispatch(options, handler);
  };
  vendor.rejectNext();
  const dispatcher = agent.compose(below, authorizationInterceptor(client));
  const { body } = await request(`${vendor.baseURL}/offers`, { dispatcher, headers: { 'x-mine': 'a' } });
  await body.dump();
  const tokens = seen.map(({ headers }) => (headers as Record<string, string>)['X-Auth-Token']);
  expect(tokens).toEqual([...vendor.tokensIssued]);
  expect(new Set(tokens).size).toBe(2);
});

test('the refused answer is not shown: its handler hears of one answer alone', async () => {
  const { vendor, dispatcher } = await setUp();
  vendor.rejectNext();
  const heard: unknown[] = [];
  await new Promise<void>((resolve) => {
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => void heard.push('start'),
      onResponseStart: (_, status) => void heard.push(status),
      onResponseData: () => {},
      onResponseEnd: () => (heard.push('end'), resolve()),
      onResponseError: (_, error) => (heard.push(error), resolve()),
    };
    dispatcher.dispatch({ origin: vendor.origin, path: '/v1.0/offers', method: 'GET' }, handler);
  });
  expect(heard).toEqual(['start', 'start', 200, 'end']);
});

test('a short refused answer frees its connection for the replay', async () => {
  const server = await plainServer((incoming, response) => {
    const isFirst = server.requests.length === 1;
    response.writeHead(isFirst ? 401 : 200).end(incoming.headers['x-auth-token']);
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  const pool = new Pool(server.origin, { connections: 1 });
  onTestFinished(() => pool.destroy());
  const dispatcher = pool.compose(authorizationInterceptor(client));
  const { statusCode, body } = await request(server.origin, { dispatcher });
  await body.dump();
  expect(statusCode).toBe(200);
  expect(server.requests).toHaveLength(2);
  expect(server.sockets.size).toBe(1);
});

test('a refused answer that does not go on makes way for the replay', async () => {
  const server = await plainServer((_, response) => {
    if (server.requests.length > 1) response.end('fine');
    else response.writeHead(401).write('and then nothing');
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  const pool = new Pool(server.origin, { connections: 1 });
  onTestFinished(() => pool.destroy());
  const dispatcher = pool.compose(authorizationInterceptor(client));
  const { body } = await request(server.origin, { dispatcher });
  expect(await body.text()).toBe('fine');
});

test('a connection that ends while another token is awaited is no reason to give up', async () => {
  const sockets: Socket[] = [];
  const heads: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heads.push(chunk.toString('latin1'));
      if (heads.length > 1) {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
        return;
      }
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\nhalf of it');
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { client } = await sparkflyApp({ account: { allowedOrigins: [origin] }, fake: { tokenLatencyMs: 150 } });
  await client.tokens.get();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const { body } = await request(origin, { dispatcher: agent.compose(authorizationInterceptor(client)) });
  expect(await body.text()).toBe('fine');
});

test('a stream that fails while its request waits fails the request, and nothing else', async () => {
  const uncaught = uncaughtErrors();
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 100 } });
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const body = new Readable({ read() {} });
  const dispatcher = agent.compose(authorizationInterceptor(client));
  const failure = failureOf<Error>(request(`${vendor.baseURL}/echo`, { dispatcher, method: 'POST', body }));
  await until(() => vendor.counters.tokenRequests === 1);
  body.destroy(new Error('the file is gone'));
  expect((await failure).message).toBe('the file is gone');
  await sleep(150);
  expect(uncaught).toEqual([]);
  expect(vendor.counters.apiRequests).toBe(0);
});

test('an answer that nobody reads stops at the sender, as without us', async () => {
  const sent = { bytes: 0 };
  const server = await plainServer((_, response) => {
    const more = (): void => {
      sent.bytes += 65_536;
      if (sent.bytes >= 64 * 1024 * 1024) response.end();
      else if (response.write(Buffer.alloc(65_536))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const dispatcher = agent.compose(authorizationInterceptor(client));
  const { body } = await request(server.origin, { dispatcher });
  await sleep(300);
  expect(sent.bytes).toBeLessThan(48 * 1024 * 1024);
  let read = 0;
  for await (const chunk of body) read += (chunk as Buffer).length;
  expect(read).toBe(64 * 1024 * 1024 - 65_536);
});

test.each([
  [
    'inside of it',
    (ours: Dispatcher.DispatcherComposeInterceptor, retry: Dispatcher.DispatcherComposeInterceptor) => [retry, ours],
  ],
  [
    'outside of it',
    (ours: Dispatcher.DispatcherComposeInterceptor, retry: Dispatcher.DispatcherComposeInterceptor) => [ours, retry],
  ],
])('undici’s retry %s ends with a living token', async (_, order) => {
  const { vendor, client } = await sparkflyApp();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const retry = interceptors.retry({ minTimeout: 1, maxTimeout: 5, maxRetries: 3 });
  const dispatcher = agent.compose(...order(authorizationInterceptor(client), retry));
  await client.tokens.get();
  vendor.failNext({ on: 'api', status: 503 });
  vendor.failNext({ on: 'api', status: 401 });
  vendor.failNext({ on: 'api', status: 503 });
  const { statusCode, body } = await request(`${vendor.baseURL}/echo`, { dispatcher, headers: { 'x-mine': 'a' } });
  const { headers } = (await body.json()) as { headers: Record<string, string> };
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'x-mine': 'a', 'x-auth-token': vendor.tokensIssued[1] });
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 4 });
});

test('a retry that takes 401 for its own is bounded all the same, and buys two tokens at most', async () => {
  const { vendor, client } = await sparkflyApp();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const retry = interceptors.retry({ minTimeout: 1, maxTimeout: 5, maxRetries: 3, statusCodes: [401] });
  const dispatcher = agent.compose(authorizationInterceptor(client), retry);
  vendor.failNext({ on: 'api', status: 401, times: Infinity });
  await failureOf(request(`${vendor.baseURL}/echo`, { dispatcher }));
  expect(vendor.counters.tokenRequests).toBe(2);
  expect(vendor.counters.apiRequests).toBeLessThanOrEqual(6);
});

test('an upgrade is authorized, and passes on', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const token = /x-auth-token: (\S+)/i.exec(head.toString('latin1'))?.[1];
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Saw: ${token}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { vendor, client } = await sparkflyApp({ account: { allowedOrigins: [origin] } });
  const pool = new Pool(origin);
  onTestFinished(() => pool.destroy());
  const dispatcher = pool.compose(authorizationInterceptor(client, { origin }));
  const { headers, socket } = await dispatcher.upgrade({ path: '/', protocol: 'echo' });
  expect(headers['x-saw']).toBe(vendor.tokensIssued[0]);
  socket.write('hello');
  const [chunk] = (await new Promise((resolve) => socket.once('data', (data) => resolve([data])))) as [Buffer];
  expect(chunk.toString()).toBe('hello');
  socket.destroy();
});

test('a CONNECT is nobody’s API call: it gets no token', async () => {
  const server = await plainServer();
  let head = '';
  const proxy = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      head = chunk.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { vendor, client } = await sparkflyApp({ account: { allowedOrigins: [origin] } });
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const dispatcher = agent.compose(authorizationInterceptor(client));
  const { socket } = await dispatcher.connect({ origin, path: `127.0.0.1:${server.port}` });
  socket.destroy();
  expect(head).toContain('CONNECT');
  expect(head).not.toMatch(/x-auth-token/i);
  expect(vendor.counters.tokenRequests).toBe(0);
});

test('answers and errors show no token', async () => {
  const { vendor, dispatcher, echo } = await setUp();
  vendor.rejectNext();
  const answer = await request(`${vendor.baseURL}/offers`, { dispatcher });
  expectNoSecret(answer, vendor.tokensIssued);
  await answer.body.dump();
  expectNoSecret(answer, vendor.tokensIssued);
  vendor.failNext({ on: 'api', action: 'reset' });
  expectNoSecret(await failureOf(request(echo, { dispatcher })), vendor.tokensIssued);
  vendor.failNext({ on: 'api', action: 'hang' });
  expectNoSecret(await failureOf(request(echo, { dispatcher, headersTimeout: 20 })), vendor.tokensIssued);
  expect(vendor.tokensIssued).toHaveLength(2);
});

test('a mock that quotes the headers which nobody expected quotes no token', async () => {
  const { vendor, client } = await sparkflyApp();
  const mocks = new MockAgent();
  onTestFinished(() => mocks.close());
  mocks.disableNetConnect();
  mocks
    .get(vendor.origin)
    .intercept({ path: '/v1.0/echo', headers: { expected: 'yes' } })
    .reply(200);
  const dispatcher = mocks.compose(authorizationInterceptor(client));
  // Once for want of a token, once with it at hand.
  for (let i = 0; i < 2; i++) {
    const error = await failureOf<Error>(request(`${vendor.baseURL}/echo`, { dispatcher }));
    expect(error.message).toMatch(/X-Auth-Token.*\[secret\]/i);
    expectNoSecret(error, vendor.tokensIssued);
  }
  expect(vendor.tokensIssued).toHaveLength(1);
});
