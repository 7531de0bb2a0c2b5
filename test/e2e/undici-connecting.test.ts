import axios from 'axios';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AcmeClient } from '../support/acme.js';
import { acmeApp, keyOf } from '../support/acme.js';
import { failureOf, until } from '../support/outcome.js';

/** What our agents were told; a second of it passes in 50 ms. */
const limits = vi.hoisted((): number[] => []);
vi.mock('undici', async (original) => {
  const undici = await original<typeof import('undici')>();
  class Hasty extends undici.Agent {
    constructor(options: { connect: { timeout: number } }) {
      const { timeout } = options.connect;
      limits.push(timeout);
      super({ ...options, connect: { ...options.connect, timeout: timeout / 20 } });
    }
  }
  return { ...undici, Agent: Hasty };
});

/** A server that takes connections and says nothing: over TLS they are never made. */
async function silentServer(): Promise<{ origin: string; sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

/** A client over undici that has its token, of an API that cannot be connected to. */
async function setUp(): Promise<{ client: AcmeClient; origin: string; sockets: ReadonlySet<Socket> }> {
  const silent = await silentServer();
  const { client } = await acmeApp(({ baseURL }) => ({
    baseURL: silent.origin,
    authURL: `${baseURL}/login/token`,
    appId: 'me',
    appKey: keyOf('me'),
    transport: 'undici',
  }));
  await client.tokens.get();
  return { client, ...silent };
}

describe('a connection that is never made', () => {
  test.each([{ timeout: 150 }, { timeout: 150, transitional: { clarifyTimeoutError: true } }])(
    'is given up after a timeout of %j, in axios’s words',
    async (config) => {
      const { client, origin } = await setUp();
      const theirs = await failureOf(axios.get(origin, config));
      const ours = await failureOf(client.axiosRef.get('/', config));
      expect(ours).toMatchObject({ message: 'timeout of 150ms exceeded', code: theirs.code });
    },
  );

  test('is given up when the caller cancels', async () => {
    const { client, sockets } = await setUp();
    const controller = new AbortController();
    const failure = failureOf(client.axiosRef.get('/', { signal: controller.signal }));
    await until(() => sockets.size === 1);
    controller.abort();
    expect(await failure).toMatchObject({ code: 'ERR_CANCELED' });
  });

  test('is given up after ten seconds by whoever has no timeout, and closed for whoever has gone', async () => {
    const { client, sockets } = await setUp();
    const ended: string[] = [];
    const call = async (timeout: number): Promise<void> => {
      ended.push((await failureOf(client.axiosRef.get('/', { timeout }))).code!);
    };
    await Promise.all([call(0), call(100), call(60_000)]);
    expect(ended).toEqual(['ECONNABORTED', 'ETIMEDOUT', 'ETIMEDOUT']);
    await until(() => sockets.size === 0);
    expect(new Set(limits)).toEqual(new Set([10_000]));
  });
});
