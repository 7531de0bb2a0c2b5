import type { AxiosRequestConfig } from 'axios';
import axios from 'axios';
import { getEventListeners } from 'node:events';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AcmeClient } from '../../support/acme.js';
import { acmeApp, oneAccount } from '../../support/acme.js';
import { sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { uncaughtErrors } from '../../support/uncaught.js';

/** What Node has warned of, from now to the end of the test. */
function warnings(): readonly string[] {
  const warned: string[] = [];
  const note = ({ name, message }: Error): void => void warned.push(`${name}: ${message}`);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  return warned;
}

const listenersOf = (socket: Socket): Record<string, number> =>
  Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));

const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;

function keeping(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** A client of an account, of a server that redirects what is below /from. */
async function started(http: AxiosRequestConfig = {}) {
  const server = await plainServer((request, response) => {
    const [, times] = /\/from\/(\d+)/.exec(request.url!) ?? [];
    const next = Number(times) - 1;
    if (request.url!.includes('/login/token')) response.end('{"access":"a-token","seconds":1800}');
    else if (times) response.writeHead(302, { Location: next > 0 ? `/from/${next}` : '/to' }).end();
    else if (!request.url!.includes('/never')) response.end('{}');
  });
  const started = await acmeApp(oneAccount({ baseURL: server.origin, http }));
  await started.client.tokens.get();
  return { ...started, server };
}

async function readAll(client: AcmeClient, url: string, config: AxiosRequestConfig): Promise<void> {
  const { data } = await client.axiosRef.get<unknown>(url, config);
  if (config.responseType === 'stream') for await (const chunk of data as AsyncIterable<unknown>) void chunk;
}

const responseTypes = ['text', 'stream'] as const;

describe('many calls one after the other', () => {
  test('on one connection, each with a timeout, leave nothing on it', async () => {
    const warned = warnings();
    const httpAgent = keeping();
    const { server, client } = await started({ httpAgent });
    const before = timers();
    const call = (): Promise<void> => readAll(client, '/x', { timeout: 5_000 });
    await call();
    const socket = Object.values(httpAgent.freeSockets)[0]![0]!;
    const listeners = listenersOf(socket);
    for (let i = 0; i < 5_000; i++) await call();
    await sleep(5);
    expect(Object.values(httpAgent.freeSockets)[0]).toEqual([socket]);
    expect(listenersOf(socket)).toEqual(listeners);
    expect(server.sockets.size).toBeLessThanOrEqual(2);
    expect(timers()).toBeLessThanOrEqual(before + 2);
    expect(warned).toEqual([]);
  }, 60_000);

  test.each(responseTypes)(
    'with redirects, a timeout, and one signal for all, leave nothing (%s)',
    async (responseType) => {
      const warned = warnings();
      const { client } = await started();
      const { signal } = new AbortController();
      const before = timers();
      for (let i = 0; i < 100; i++) await readAll(client, '/from/2', { responseType, timeout: 5_000, signal });
      await sleep(20);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      expect(timers()).toBeLessThanOrEqual(before + 2);
      expect(warned).toEqual([]);
    },
  );

  test('with redirects that validateStatus takes leave nothing on a signal', async () => {
    const { client } = await started();
    const { signal } = new AbortController();
    for (let i = 0; i < 5; i++) {
      await readAll(client, '/from/1', { responseType: 'stream', signal, validateStatus: () => true });
    }
    await until(() => getEventListeners(signal, 'abort').length <= 5);
    await sleep(50);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('with redirects that validateStatus takes leave nothing on a cancelToken', async () => {
    const { client } = await started();
    const { token } = axios.CancelToken.source();
    for (let i = 0; i < 5; i++) {
      await readAll(client, '/from/1', { responseType: 'stream', cancelToken: token, validateStatus: () => true });
    }
    await sleep(50);
    expect((token as unknown as { _listeners: unknown[] | null })._listeners ?? []).toHaveLength(0);
  });
});

test('a chain of 21 redirects with a timeout warns of nothing', async () => {
  const warned = warnings();
  const { server, client } = await started();
  await readAll(client, '/from/21', { timeout: 5_000 });
  expect(server.requests.filter(({ url }) => url !== '/login/token')).toHaveLength(22);
  await sleep(5);
  expect(warned).toEqual([]);
});

test('many calls at once with timeouts and redirects warn of nothing and leave no timer', async () => {
  const warned = warnings();
  const { client } = await started();
  const before = timers();
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => readAll(client, i % 2 ? '/from/1' : '/x', { timeout: 8_000 })),
  );
  await sleep(20);
  expect(timers()).toBeLessThanOrEqual(before + 2);
  expect(warned).toEqual([]);
});

test.each(['/never', '/from/1'])('calls to %s that are given up close their connection', async (url) => {
  const uncaught = uncaughtErrors();
  const { server, client } = await started();
  const httpAgent = keeping();
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    const call = client.axiosRef.get(url, { signal: controller.signal, httpAgent, timeout: 5_000 });
    const ended = call.then(
      () => 'answered',
      () => 'given up',
    );
    await sleep(i % 4);
    controller.abort();
    await ended;
  }
  await sleep(50);
  expect(Object.values(httpAgent.sockets).flat()).toHaveLength(0);
  expect(server.sockets.size).toBeLessThanOrEqual(3);
  expect(uncaught).toEqual([]);
});

test('timeouts that end calls close their connections and leave no timer', async () => {
  const uncaught = uncaughtErrors();
  const { server, client } = await started();
  const before = timers();
  const httpAgent = new Agent({ keepAlive: true });
  onTestFinished(() => httpAgent.destroy());
  const calls = Array.from({ length: 50 }, () => client.axiosRef.get('/never', { httpAgent, timeout: 50 }));
  const outcomes = await Promise.allSettled(calls);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
  await sleep(50);
  expect(Object.values(httpAgent.sockets).flat()).toHaveLength(0);
  expect(server.sockets.size).toBeLessThanOrEqual(2);
  expect(timers()).toBeLessThanOrEqual(before + 2);
  expect(uncaught).toEqual([]);
});
