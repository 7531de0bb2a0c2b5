import axios from 'axios';
import { Agent as HttpAgent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { createServer as createTLSServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpService } from '@nestjs/axios';
import { OutboundAuthorizationInterceptor, SparkflyClient } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { firstValueFrom } from 'rxjs';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { selfSigned } from '../../support/certificate.js';
import { plainServer } from '../../support/plain-server.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const { cert, key } = selfSigned(['localhost'], ['127.0.0.1']);

/** Who pollutes listens on a port and on a socket, and hears all that is sent there. */
async function stranger() {
  const heard: string[] = [];
  const path = join(tmpdir(), `stranger-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const listenAt = async (at: object): Promise<AddressInfo> => {
    const server = createServer((socket) => {
      heard.push('a connection');
      socket.on('error', () => {}).on('data', (data) => void (heard.push(String(data)), socket.destroy()));
    });
    await new Promise<void>((resolve) => server.listen(at, resolve));
    onTestFinished(() => void server.close());
    return server.address() as AddressInfo;
  };
  await listenAt({ path });
  const { port } = await listenAt({ host: '127.0.0.1', port: 0 });
  return { heard, path, port, origin: `http://127.0.0.1:${port}` };
}

/** An API whose certificate nobody trusts; how many requests it was sent. */
async function untrusted() {
  const seen = { requests: 0 };
  const server = createTLSServer({ cert, key }, (_, response) => void (seen.requests++, response.end('{}')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return { seen, origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

type Stranger = Awaited<ReturnType<typeof stranger>>;

const toStranger =
  ({ port }: Stranger) =>
  () =>
    connect(port, '127.0.0.1').on('error', () => {});
const agentOf = (at: Stranger) => Object.assign(new HttpAgent(), { createConnection: toStranger(at) });
const texts = (names: string, value: unknown): [string, () => unknown][] =>
  names.split(' ').map((name) => [name, () => value]);

const pollutions: [string, (at: Stranger) => unknown][] = [
  ...'http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY httpProxy httpsProxy uri origin baseURL url href'
    .split(' ')
    .map((name): [string, (at: Stranger) => unknown] => [name, ({ origin }) => origin]),
  ...texts('no_proxy NO_PROXY noProxy', '*'),
  ['proxy', ({ port }) => ({ host: '127.0.0.1', port, protocol: 'http' })],
  ['socketPath', ({ path }) => path],
  ['path', ({ path }) => path],
  ['port', ({ port }) => port],
  ['defaultPort', ({ port }) => port],
  ['host', ({ port }) => `127.0.0.1:${port}`],
  ['hostname', () => '127.0.0.2'],
  ['lookup', () => (_: unknown, __: unknown, done: (...all: unknown[]) => void) => done(null, '127.0.0.2', 4)],
  ['agent', agentOf],
  ['httpAgent', agentOf],
  ['httpsAgent', agentOf],
  ['agents', (at) => ({ http: agentOf(at), https: agentOf(at) })],
  ['createConnection', toStranger],
  ['connect', toStranger],
  ['connector', toStranger],
  ['socket', (at) => toStranger(at)()],
  ['httpSocket', (at) => toStranger(at)()],
  ['dispatcher', ({ origin }) => ({ dispatch: () => void fetch(origin).catch(() => {}) })],
  [
    'factory',
    ({ origin }) =>
      () =>
        new Agent().compose((dispatch) => (given, to) => dispatch({ ...given, origin }, to)),
  ],
  ['transport', ({ port }) => ({ request: () => connect(port, '127.0.0.1') })],
  [
    'adapter',
    ({ origin }) =>
      () =>
        fetch(origin),
  ],
  ['headers', () => ({ 'X-Auth-Token': 'theirs', Host: 'evil.example' })],
  ['auth', () => 'theirs:theirs'],
  ['rejectUnauthorized', () => false],
  ['NODE_TLS_REJECT_UNAUTHORIZED', () => '0'],
  ['checkServerIdentity', () => () => undefined],
  ...texts('ca cert', cert),
  ...texts('key', key),
  ...texts('minVersion maxVersion', 'TLSv1.2'),
  ...texts('servername localAddress setHost method', '127.0.0.1'),
  ...texts('ALPNProtocols', ['h2']),
  ...texts('family', 4),
  ...texts('secureContext pfx session ciphers secureProtocol', undefined).map(([name]): [string, () => unknown] => [
    name,
    () => 'theirs',
  ]),
  ...texts('tls requestTls proxyTls', { rejectUnauthorized: false, ca: cert }),
  ...texts('allowH2 upgrade insecureHTTPParser', true),
];

type Call = (url: string) => Promise<unknown>;

const carriers: [string, (app: Awaited<ReturnType<typeof startApp>>) => Call][] = [
  ['a client', (app) => (url) => firstValueFrom(app.get(SparkflyClient).get(url, { timeout: 2_000 }))],
  [
    'an HttpService that is attached',
    (app) => {
      const http = new HttpService(axios.create());
      app.get(OutboundAuthorizationInterceptor).attach(http);
      return (url) => firstValueFrom(http.get(url, { timeout: 2_000 }));
    },
  ],
  ['client.fetch', (app) => (url) => app.get(SparkflyClient).fetch(url, { signal: AbortSignal.timeout(2_000) })],
  [
    'the undici interceptor',
    (app) => {
      const agent = new Agent();
      onTestFinished(() => agent.destroy());
      const dispatcher = agent.compose(authorizationInterceptor(app.get(SparkflyClient)));
      return async (url) => (await request(url, { dispatcher, signal: AbortSignal.timeout(2_000) })).body.dump();
    },
  ],
];

const everything = Object.prototype as unknown as Record<string, unknown>;

/** Taken off again before anything is asserted: the test runner has objects too. */
async function polluted<T>(name: string, value: unknown, work: () => Promise<T>): Promise<T> {
  everything[name] = value;
  try {
    return await work();
  } finally {
    delete everything[name];
  }
}

const settled = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(pollutions)('while Object.prototype.%s is set', (name, valueFor) => {
  test.each(carriers)('nothing of %s goes elsewhere, nor past a check of certificates', async (_, make) => {
    const [at, api, tls, vendor] = [await stranger(), await plainServer(), await untrusted(), await fakeSparkfly()];
    const allowedOrigins = [api.origin, tls.origin];
    const app = await startApp({ prefetch: 'none', sparkfly: sparkflyAccount(vendor, { allowedOrigins }) });
    const call = make(app);
    await app.get(SparkflyClient).tokens.get();
    const urls = [`${api.origin}/offers`, `${tls.origin}/offers`];
    const value = valueFor(at);
    at.heard.length = 0;
    await polluted(name, value, async () => {
      for (const url of urls) await settled(call(url));
      vendor.expireTokens();
      await settled(app.get(SparkflyClient).tokens.refresh());
    });
    expect(at.heard.filter((each) => each !== 'a connection')).toEqual([]);
    expect(tls.seen.requests).toBe(0);
    expect(api.requests.length).toBeLessThan(2);
    for (const { headers, url } of api.requests) {
      expect([url, headers.host, headers['x-auth-token']]).toEqual([
        '/offers',
        new URL(api.origin).host,
        vendor.tokensIssued[0],
      ]);
    }
    await call(urls[0]!);
    expect(api.requests.at(-1)?.headers['x-auth-token']).toBe(vendor.tokensIssued.at(-1));
  });

  test('before the boot, neither key nor token goes elsewhere', async () => {
    const [at, vendor] = [await stranger(), await fakeSparkfly()];
    const value = valueFor(at);
    at.heard.length = 0;
    await polluted(name, value, async () => {
      const app = await settledApp(startApp({ prefetch: 'none', sparkfly: sparkflyAccount(vendor) }));
      for (const [, make] of app ? carriers : []) await settled(make(app!)(`${vendor.baseURL}/offers`));
    });
    expect(at.heard.filter((each) => each !== 'a connection')).toEqual([]);
    expect(vendor.counters.apiUnauthorized).toBe(0);
  });
});

const settledApp = (app: ReturnType<typeof startApp>): Promise<Awaited<typeof app> | undefined> =>
  app.catch(() => undefined);

test('the error names the property, and all goes on once it is removed', async () => {
  const vendor = await fakeSparkfly();
  const app = await startApp({ prefetch: 'none', sparkfly: sparkflyAccount(vendor) });
  const [, make] = carriers[0]!;
  await app.get(SparkflyClient).tokens.get();
  const call = make(app);
  const error = await polluted('https_proxy', 'http://127.0.0.1:1', () => settled(call('/offers')));
  expect(error).toMatchObject({ code: 'PROTOTYPE_POLLUTED', retryable: true });
  expect(String(error)).toContain('Object.prototype.https_proxy');
  await call('/offers');
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
});
