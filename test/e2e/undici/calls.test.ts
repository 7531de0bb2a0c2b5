import { AuthApis, SparkflyClient } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { EventEmitter } from 'node:events';
import type { Dispatcher } from 'undici';
import { Agent, BalancedPool, Client, interceptors, MockAgent, Pool, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { acmeApp } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { UNDICI_MAJOR } from '../../support/undici-major.js';
import { fakeSparkfly, sparkflyApp, verbitApp } from '../../support/vendors.js';

type Echo = { headers: Record<string, string>; body: string };
type Interceptor = Dispatcher.DispatcherComposeInterceptor;

/** A dispatcher with these interceptors, whose connections end with the test. */
function agentWith(...interceptors: Interceptor[]): Dispatcher {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent.compose(...interceptors);
}

test.runIf(UNDICI_MAJOR === 8)('undici is the one that the run is for', async () => {
  const wanted = (await import('undici-8')) as { Agent: unknown };
  expect(Agent).toBe(wanted.Agent);
});

const shapes: [string, () => Dispatcher.DispatchOptions['headers']][] = [
  ['an object', () => ({ 'X-Mine': 'a', 'x-none': undefined })],
  ['names and values in turn', () => ['X-Mine', 'a']],
  ['a Headers object', () => new Headers({ 'X-Mine': 'a' }) as never],
  ['a Map', () => new Map([['X-Mine', 'a']])],
  ['an iterator, which gives its pairs once', () => new Map([['X-Mine', 'a']]).entries()],
  ['an object without prototype', () => Object.assign(Object.create(null), { 'X-Mine': 'a' }) as never],
];

test.each(shapes)('headers may be given as %s, also when the request is repeated', async (_, headers) => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  vendor.rejectNext();
  const { body } = await request(`${vendor.baseURL}/echo`, { dispatcher, headers: headers() });
  const { headers: seen } = (await body.json()) as Echo;
  expect(seen).toMatchObject({ 'x-mine': 'a', 'x-auth-token': vendor.tokensIssued[1] });
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
});

const own: [string, () => Dispatcher.DispatchOptions['headers']][] = [
  ['in an object', () => ({ 'x-AUTH-token': 'mine' })],
  ['in turn with its value', () => ['a', 'b', 'x-AUTH-token', 'mine']],
  ['in an iterator', () => new Map([['x-AUTH-token', 'mine']]).entries()],
];

test.each(own)('a header that the caller has set %s wins, and its 401 is the answer', async (_, headers) => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const { statusCode, body } = await request(`${vendor.baseURL}/offers`, { dispatcher, headers: headers() });
  await body.dump();
  expect(statusCode).toBe(401);
  expect(vendor.requests.map((each) => each.headers['x-auth-token'])).toEqual(['mine']);
  expect(vendor.counters.tokenRequests).toBe(0);
});

test('what the caller gives is not changed', async () => {
  const { vendor, client } = await sparkflyApp();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const headers = Object.freeze({ 'x-mine': 'a' });
  const options = Object.freeze({ origin: vendor.origin, path: '/v1.0/offers', method: 'GET' as const, headers });
  vendor.rejectNext();
  const { statusCode, body } = await dispatcher.request(options);
  await body.dump();
  expect(statusCode).toBe(200);
});

test('what the caller changes while its request waits is not what goes out', async () => {
  const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 30 } });
  const stranger = await plainServer();
  const dispatcher = agentWith(authorizationInterceptor(client));
  const options = { origin: vendor.origin, path: '/v1.0/echo', method: 'GET' as const, headers: { 'x-mine': 'a' } };
  const answer = dispatcher.request(options);
  options.origin = stranger.origin;
  options.path = '/elsewhere';
  options.headers['x-mine'] = 'b';
  const { body } = await answer;
  expect(((await body.json()) as Echo).headers).toMatchObject({ 'x-mine': 'a' });
  expect(stranger.requests).toHaveLength(0);
});

test('with a token there the next dispatch is reached in the same tick', async () => {
  const { vendor, client } = await verbitApp();
  await client.tokens.get();
  const seen: Dispatcher.DispatchOptions[] = [];
  const below: Dispatcher.Dispatch = (options) => (seen.push(options), false);
  const dispatch = authorizationInterceptor(client)(below);
  const options = { origin: vendor.origin, path: '/orders/1', method: 'GET' as const };
  expect(dispatch(options, {})).toBe(false);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.headers).toEqual({ Authorization: `Bearer ${vendor.tokensIssued[0]}` });
});

const signals: [string, () => { signal: AbortSignal | EventEmitter; fire: () => void }][] = [
  [
    'AbortSignal',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, fire: () => controller.abort() };
    },
  ],
  [
    'EventEmitter',
    () => {
      const signal = new EventEmitter();
      return { signal, fire: () => void signal.emit('abort') };
    },
  ],
];

test.each(signals)('an %s ends the wait for a token at once, and nothing is sent', async (_, make) => {
  const { vendor, client } = await verbitApp({ fake: { tokenLatencyMs: 400 } });
  const dispatcher = agentWith(authorizationInterceptor(client));
  const { signal, fire } = make();
  const failure = failureOf<Error>(request(`${vendor.baseURL}/orders/1`, { dispatcher, signal }));
  await until(() => vendor.counters.tokenRequests === 1);
  const startedAt = performance.now();
  fire();
  expect((await failure).name).toBe('AbortError');
  expect(performance.now() - startedAt).toBeLessThan(200);
  await until(() => client.tokens.peek() !== undefined);
  await sleep(20);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 0 });
});

test('a client that stands for no account is refused when the dispatcher is made', async () => {
  const { client } = await acmeApp();
  expect(() => authorizationInterceptor(client)).toThrow(expect.objectContaining({ code: 'AMBIGUOUS_ACCOUNT' }));
});

test.each([
  ['Client', (origin: string) => new Client(origin)],
  ['Pool', (origin: string) => new Pool(origin)],
  ['BalancedPool', (origin: string) => new BalancedPool([origin])],
])('a %s is told where it connects to, and its requests need name no origin', async (_, make) => {
  const { vendor, client } = await sparkflyApp();
  const pool = make(vendor.origin);
  onTestFinished(() => pool.destroy());
  const dispatcher = pool.compose(authorizationInterceptor(client, { origin: vendor.origin }));
  vendor.rejectNext();
  const { statusCode, body } = await dispatcher.request({ path: '/v1.0/offers', method: 'GET' });
  await body.dump();
  expect(statusCode).toBe(200);
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
});

test('a Pool of another host that is said to connect there gets no token, whatever its requests name', async () => {
  const stranger = await plainServer();
  const { vendor, client } = await sparkflyApp();
  const pool = new Pool(stranger.origin);
  onTestFinished(() => pool.destroy());
  const dispatcher = pool.compose(authorizationInterceptor(client, { origin: stranger.origin }));
  const { body } = await dispatcher.request({ origin: vendor.origin, path: '/v1.0/offers', method: 'GET' });
  await body.dump();
  expect(stranger.requests[0]?.headers).not.toHaveProperty('x-auth-token');
  expect(vendor.requests).toHaveLength(0);
});

test('accounts may share a deduplicate that is listed before', async () => {
  const vendor = await fakeSparkfly();
  const { baseURL, identity, key } = vendor;
  const app = await startApp({
    prefetch: 'none',
    sparkfly: { baseURL, accounts: { resolve: () => ({ identity, key }) } },
  });
  const clients = ['one', 'one', 'two'].map((id) => app.get(SparkflyClient).for(id));
  const tokens = await Promise.all(clients.map((client) => client.tokens.get()));
  const shared = interceptors.deduplicate();
  const told = clients.map(async (client) => {
    const dispatcher = agentWith(shared, authorizationInterceptor(client));
    const { body } = await request(`${baseURL}/echo`, { dispatcher });
    return ((await body.json()) as Echo).headers['x-auth-token'];
  });
  expect(await Promise.all(told)).toEqual(tokens.map(({ value }) => value));
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
});

test('requests of a MockAgent are authorized as well, and repeated', async () => {
  const { vendor, client } = await sparkflyApp();
  const mock = new MockAgent();
  mock.disableNetConnect();
  onTestFinished(() => mock.close());
  const seen: unknown[] = [];
  const answerWith = (statusCode: number, data: string) => (options: { headers?: unknown }) => {
    seen.push((options.headers as Record<string, string>)['X-Auth-Token']);
    return { statusCode, data };
  };
  const offers = mock.get(vendor.origin);
  offers.intercept({ path: '/v1.0/offers' }).reply(answerWith(401, 'no'));
  offers.intercept({ path: '/v1.0/offers' }).reply(answerWith(200, 'yes'));
  const dispatcher = mock.compose(authorizationInterceptor(client));
  const { body } = await request(`${vendor.baseURL}/offers`, { dispatcher });
  expect(await body.text()).toBe('yes');
  expect(seen).toEqual([...vendor.tokensIssued]);
});

test('the 401 of a MockAgent arrives whole when there is no other token', async () => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  vendor.rotateKey('another');
  const mock = new MockAgent();
  onTestFinished(() => mock.close());
  mock.get(vendor.origin).intercept({ path: '/v1.0/offers' }).reply(401, 'the token is dead');
  const dispatcher = mock.compose(authorizationInterceptor(client));
  const { statusCode, body } = await request(`${vendor.baseURL}/offers`, { dispatcher });
  expect([statusCode, await body.text()]).toEqual([401, 'the token is dead']);
});

test('what happens to an account is told for its requests through undici as for others', async () => {
  const { vendor, app, client } = await sparkflyApp();
  const types: string[] = [];
  app.get(AuthApis).events$.subscribe(({ type }) => types.push(type));
  const dispatcher = agentWith(authorizationInterceptor(client));
  vendor.rejectNext();
  const { body } = await request(`${vendor.baseURL}/offers`, { dispatcher });
  await body.dump();
  expect(types).toContain('callRetried');
  expect(client.tokens.status()).toMatchObject({ state: 'fresh' });
});
