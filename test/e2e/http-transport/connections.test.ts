import type { AxiosRequestConfig } from 'axios';
import type { AgentOptions, ClientRequest } from 'node:http';
import http, { Agent, createServer } from 'node:http';
import http2 from 'node:http2';
import { Agent as TlsAgent } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { plainServer } from '../../support/plain-server.js';
import type { ProxyServer } from '../../support/proxy-server.js';
import { proxyServer } from '../../support/proxy-server.js';
import type { Config, Make, More, Run, Script } from '../../support/axios-comparison.js';
import { CERTIFICATE, comparison, inTurn, noting, ok, redirect } from '../../support/axios-comparison.js';

/** An agent that ends with the test. */
const agent = (options: AgentOptions = {}): Agent => ended(new Agent(options));
const tlsAgent = (options: AgentOptions = {}): TlsAgent => ended(new TlsAgent({ ca: CERTIFICATE, ...options }));

function ended<T extends Agent>(each: T): T {
  onTestFinished(() => each.destroy());
  return each;
}

const hops: [string, Script][] = [
  ['at once', ok()],
  ['after a redirect', inTurn(redirect(302, '/to'), ok())],
  ['after three', inTurn(redirect(302, '/to'), redirect(307, 'then'), redirect(308, '?n'), ok())],
];

const sequence = (urls: readonly string[]): More['calls'] => {
  return async (call) => {
    for (const url of urls) await call({ url });
  };
};

/** Redirects from /from alone. */
const fromRedirects: Script = (exchange) =>
  (exchange.seen.url === '/from' ? redirect(302, '/to') : ok('{}', {}))(exchange);

describe('follow-redirects', () => {
  class WatchingAgent extends Agent {
    readonly hasFollower: boolean[] = [];
    // What Node calls for each request.
    addRequest(request: ClientRequest, ...rest: unknown[]): void {
      queueMicrotask(() => void this.hasFollower.push('_redirectable' in request));
      (Agent.prototype as unknown as { addRequest(...all: unknown[]): void }).addRequest.call(this, request, ...rest);
    }
  }

  test('is not in the path of a first request, and is in that of all that follow', async () => {
    const { both } = await comparison();
    const agents: WatchingAgent[] = [];
    const make: Make = () => {
      agents.push(ended(new WatchingAgent()));
      return { url: '/', httpAgent: agents.at(-1) };
    };
    await both(make, inTurn(redirect(302, '/to'), redirect(302, '/then'), ok()));
    const [theirs, ours] = agents;
    expect(theirs?.hasFollower).toEqual([true, true, true]);
    expect(ours?.hasFollower).toEqual([false, true, true]);
  });
});

describe('connections', () => {
  test('are kept without an agent of the caller’s', async () => {
    const { same } = await comparison();
    const { requests } = await same(() => ({}), ok(), { calls: sequence(['/a', '/b', '/c']) });
    expect(requests.map(({ connection }) => connection)).toEqual([0, 0, 0]);
  });

  test('are kept where a redirect led as well', async () => {
    const { same } = await comparison();
    const { requests } = await same(() => ({}), fromRedirects, { calls: sequence(['/a', '/from', '/b', '/c']) });
    expect(requests.map(({ connection }) => connection)).toEqual([0, 0, 1, 1, 1]);
  });

  test('are shared by bodies of all kinds, and with calls that follow no redirect', async () => {
    const { same } = await comparison();
    const { requests } = await same(() => ({ method: 'post' }), ok(), {
      calls: async (call) => {
        await call({ url: '/a', data: 'text' });
        await call({ url: '/b', data: new Blob(['blob']) });
        await call({ url: '/c', data: Readable.from(['stream']) });
        await call({ url: '/d', maxRedirects: 0 });
        await call({ url: '/e' });
      },
    });
    expect(requests.map(({ connection }) => connection)).toEqual([0, 0, 0, 0, 0]);
  });

  test.each([
    ['that keeps', { keepAlive: true }],
    ['that does not keep', { keepAlive: false }],
    ['with one connection', { keepAlive: true, maxSockets: 1 }],
    ['with a time limit', { keepAlive: true, timeout: 5_000 }],
    ['that takes the oldest', { keepAlive: true, scheduling: 'fifo' as const }],
  ])('of an agent %s are those of axios', async (_, options) => {
    const { same } = await comparison();
    const make: Make = () => ({ httpAgent: agent(options) });
    await same(make, fromRedirects, { calls: sequence(['/a', '/b', '/from', '/c', '/d']) });
    await same(make, fromRedirects, { calls: sequence(['/a', '/from', '/from', '/b']) });
    await same(make, (exchange) => void setTimeout(() => ok()(exchange), 20), {
      calls: async (call) => {
        await Promise.all([call({ url: '/a' }), call({ url: '/a' }), call({ url: '/a' })]);
        await call({ url: '/b' });
      },
    });
  });

  test.each([false, null, undefined])('with `httpAgent: %s` are those of axios', async (httpAgent) => {
    const { same } = await comparison();
    await same(() => ({ httpAgent }), ok(), { calls: sequence(['/a', '/b', '/from', '/c', '/d']) });
  });

  test('of the account’s agent are those of axios', async () => {
    const httpAgent = agent({ keepAlive: true });
    const { same } = await comparison({ http: { httpAgent } });
    await same(() => ({}), fromRedirects, { calls: sequence(['/a', '/b', '/from', '/c', '/d']) });
  });

  test.each([0, 1])('are limited by what the app sets on Node’s own agent, after %i calls', async (earlier) => {
    const before = http.globalAgent.maxSockets;
    onTestFinished(() => void (http.globalAgent.maxSockets = before));
    const { same } = await comparison();
    const script: Script = (exchange) => void setTimeout(() => ok()(exchange), 20);
    const { requests } = await same(() => ({ url: '/', method: 'post' }), script, {
      calls: async (call) => {
        http.globalAgent.maxSockets = before;
        for (let i = 0; i < earlier; i++) await call({});
        http.globalAgent.maxSockets = 1;
        await Promise.all([call({}), call({}), call({ data: new Blob(['blob']) })]);
      },
    });
    expect(requests.map(({ connection }) => connection)).toEqual(requests.map(() => 0));
  });

  test('end with those of Node’s own agent', async () => {
    const { same } = await comparison();
    const { requests } = await same(() => ({ url: '/' }), ok(), {
      calls: async (call) => {
        await call({});
        http.globalAgent.destroy();
        await call({});
      },
    });
    expect(requests.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  test('are made as the app has told Node’s own agent to', async () => {
    const { same } = await comparison();
    onTestFinished(() => void delete (http.globalAgent as { createConnection?: unknown }).createConnection);
    const make: Make = ({ note }) => {
      Object.assign(http.globalAgent, {
        createConnection({ port }: { port: number }): Socket {
          note('connects');
          return connect(port, '127.0.0.1');
        },
      });
      return { url: '/' };
    };
    expect((await same(make, ok())).notes).toEqual([['connects']]);
  });

  test('are made by an agent that the app has put in the place of Node’s own', async () => {
    const before = http.globalAgent;
    onTestFinished(() => void (http.globalAgent = before));
    const { same } = await comparison();
    const make: Make = ({ note }) => {
      class Own extends Agent {
        override createConnection(...args: Parameters<Agent['createConnection']>): never {
          note('connects');
          return super.createConnection(...args) as never;
        }
      }
      http.globalAgent = ended(new Own({ keepAlive: true }));
      return {};
    };
    const outcome = await same(make, fromRedirects, { calls: sequence(['/a', '/from', '/b']) });
    expect(outcome.notes).toEqual([['connects'], ['connects']]);
  });

  test('that the server has closed meanwhile are told as in axios', async () => {
    const { same } = await comparison();
    const script = inTurn(ok(), ({ request }) => request.socket.destroy());
    await same(() => ({ url: '/' }), script, { calls: async (call) => (await call({}), call({})) });
  });
});

describe('an agent of the caller’s', () => {
  const telling = ({ note }: Run): Agent =>
    ended(
      Object.assign(new Agent({ keepAlive: true }), {
        createConnection(options: Record<string, unknown>): Socket {
          const { host, hostname, port, path, method, family, localAddress, servername, timeout, auth } = options;
          note('connects', { host, hostname, port, path, method, family, localAddress, servername, timeout, auth });
          return connect(Number(port), '127.0.0.1');
        },
      }) as never,
    );

  test.each(hops)('is asked for connections as by axios, %s', async (_, script) => {
    const { same } = await comparison();
    for (const more of [{}, { auth: { username: 'a', password: 'b' } }, { family: 4 as const }, { timeout: 900 }]) {
      await same((run) => ({ url: '/', httpAgent: telling(run), ...more }), script, {
        blur: (outcome) => outcome.replaceAll(/\/\/[^/"@]*@/g, '//'),
      });
    }
  });

  test.each(hops)('that fails fails as in axios, %s', async (_, script) => {
    const { same } = await comparison();
    const failing: [string, () => Socket][] = [
      ['throws', () => throwing()],
      ['gives a closed one', () => connect(1, '127.0.0.1')],
    ];
    for (const [, createConnection] of failing) {
      await same(() => ({ url: '/', httpAgent: Object.assign(agent(), { createConnection }) }), script);
    }
  });
});

function throwing(): never {
  throw new RangeError('no connection');
}

describe('names and addresses', () => {
  test.each(hops)('a lookup of the caller’s is asked as by axios, %s', async (_, script) => {
    const { same } = await comparison({ host: 'localhost' });
    const lookups: ((note: Run['note']) => unknown)[] = [
      (note) => (name: string, options: object, answer: (...found: never[]) => void) => {
        note('lookup', name, options);
        (answer as (error: null, address: string, family: number) => void)(null, '127.0.0.1', 4);
      },
      (note) => async (name: string) => {
        note('lookup', name);
        return '127.0.0.1';
      },
      () => async () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    ];
    for (const lookup of lookups) {
      const make: Make = ({ note }) => ({ url: '/', lookup: lookup(note) as never });
      await same(make, script);
    }
  });

  test.each([4, 6] as const)('family %s is that of axios', async (family) => {
    const { same } = await comparison({ host: 'localhost' });
    for (const [, script] of hops) await same(() => ({ url: '/', family }), script);
  });

  test('a closed port, and a redirect to one, are told as in axios', async () => {
    const closed = await plainServer();
    const { same } = await comparison();
    const { error } = await same(
      () => ({ url: '/', method: 'post', data: 'd' }),
      redirect(307, 'http://127.0.0.1:1/x'),
    );
    expect(error?.code).toBe('ECONNREFUSED');
    await same(() => ({ url: '/', baseURL: 'http://127.0.0.1:1' }), ok());
    expect(closed.requests).toHaveLength(0);
  });

  test('a name that nobody has is told as in axios', async () => {
    const { same } = await comparison();
    await same(() => ({ url: '/' }), redirect(302, 'http://no-such-name.invalid/x'), { patienceMs: 5_000 });
  });
});

describe('a Unix socket', () => {
  const path = (): string => join(tmpdir(), `transport-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);

  test.each(hops)('is spoken to as axios speaks to it, %s', async (_, script) => {
    const socketPath = path();
    const { same } = await comparison({ scheme: 'unix', path: socketPath, http: { socketPath } });
    // Our token stays behind where the place of a redirect is not that of the base URL.
    const blur = (outcome: string): string => outcome.replaceAll(/,"X-Probe-Token: the-token"/g, '');
    await same((run) => ({ url: '/', beforeRedirect: noting(run) }), script, { blur });
  });

  test.each(hops)('carries calls, %s', async (_, script) => {
    const socketPath = path();
    const { both } = await comparison({ scheme: 'unix', path: socketPath, http: { socketPath } });
    const { theirs, ours } = await both(() => ({ url: '/' }), script);
    expect(ours.answer).toMatchObject({ status: 200 });
    expect(ours.requests).toHaveLength(theirs.requests.length);
  });

  test.each(hops)('that is not allowed is refused as by axios, %s', async (_, script) => {
    const { same } = await comparison();
    const socketPath = path();
    await same(() => ({ url: '/', socketPath, allowedSocketPaths: [] as string[] }), script);
    await same(() => ({ url: '/', socketPath }), script);
  });
});

describe('https', () => {
  test.each(hops)('is spoken as by axios, %s', async (_, script) => {
    const { same, origin } = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
    for (const keepAlive of [true, false]) {
      const make = (run: Run): Config => ({ httpsAgent: tlsAgent({ keepAlive }), beforeRedirect: noting(run) });
      await same(make, script, { calls: sequence(['/a', '/b']) });
      await same((run) => ({ ...make(run), url: `${origin}/x`, method: 'put', data: 'd', timeout: 900 }), script);
    }
    await same(() => ({ url: '/', responseType: 'stream', httpsAgent: tlsAgent() }), script);
  });

  test('is left for http, and http for https, as by axios', async () => {
    const elsewhere = await plainServer();
    const { same } = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
    const make: Make = (run) => {
      run.afterwards(() => elsewhere.requests.at(-1)?.rawHeaders.slice().sort());
      return { url: '/', headers: { Cookie: 'c' }, beforeRedirect: noting(run) };
    };
    await same(make, redirect(307, `${elsewhere.origin}/there`));
    const plain = await comparison();
    const httpsAgent = tlsAgent();
    const secure = await comparison({ scheme: 'https', http: { httpsAgent } });
    await plain.same(() => ({ url: '/', httpsAgent }), redirect(302, `${secure.origin}/there`));
  });

  test.each(hops)('with a certificate of nobody’s is refused as by axios, %s', async (_, script) => {
    const { same } = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
    const { error } = await same(() => ({ url: '/', httpsAgent: ended(new TlsAgent()) }), script);
    expect(error?.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('where http is spoken is told as by axios', async () => {
    const { same, port } = await comparison();
    await same(() => ({ url: '/', baseURL: `https://127.0.0.1:${port}`, httpsAgent: tlsAgent() }), ok(), {
      blur: (outcome) => outcome.replaceAll(/[0-9A-F]{16}:error|[0-9A-F]{12,}/g, ''),
    });
  });
});

describe('a proxy', () => {
  const seenBy =
    (proxy: ProxyServer, make: Make): Make =>
    (run) => {
      const before = proxy.requests.length;
      run.afterwards(() =>
        proxy.requests
          .slice(before)
          .map(({ method, target, headers }) => ({ method, target, headers: { ...headers } })),
      );
      return make(run);
    };

  const settings: [string, (proxy: ProxyServer) => AxiosRequestConfig['proxy']][] = [
    ['without a password', ({ config }) => config],
    ['with a password', ({ config }) => ({ ...config, auth: { username: 'app', password: 'pä' } })],
    ['with a protocol', ({ config }) => ({ ...config, protocol: 'http' })],
  ];
  describe.each(settings)('%s', (_, proxyOf) => {
    test.each(hops)('is spoken to as by axios over http, %s', async (__, script) => {
      const proxy = await proxyServer();
      const { same } = await comparison();
      for (const more of [
        {},
        { method: 'put', data: 'd' },
        { headers: { Host: 'api.test', 'X-A': '1' } },
      ] as Config[]) {
        // A Host that is not the target's leads a redirect there, through the proxy.
        if ('headers' in more && script !== hops[0]![1]) continue;
        const make: Make = (run) => ({ url: '/a?b=1', proxy: proxyOf(proxy), beforeRedirect: noting(run), ...more });
        await same(seenBy(proxy, make), script);
      }
    });

    test.each(hops)('is asked for a tunnel as by axios over https, %s', async (__, script) => {
      const proxy = await proxyServer();
      const { same } = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
      const make: Make = (run) => ({
        url: '/a?b=1',
        proxy: proxyOf(proxy),
        httpsAgent: tlsAgent(),
        beforeRedirect: noting(run),
      });
      await same(seenBy(proxy, make), script);
      await same(seenBy(proxy, make), script, { calls: sequence(['/a', '/b']) });
    });
  });

  test.each(['http', 'https'] as const)(
    'that refuses, or is not there, is told as by axios over %s',
    async (scheme) => {
      const proxy = await proxyServer();
      const { same } = await comparison({ scheme, http: { httpsAgent: tlsAgent() } });
      const make: Make = () => ({ url: '/', proxy: proxy.config, httpsAgent: tlsAgent() });
      proxy.refuseWith(407);
      await same(seenBy(proxy, make), ok());
      await same(seenBy(proxy, make), ok(), { calls: (call) => call({ timeout: 500 }) });
      await same(() => ({ url: '/', proxy: { host: '127.0.0.1', port: 1 }, httpsAgent: tlsAgent() }), ok());
    },
  );

  test('that never gives a tunnel is not waited for beyond the timeout of a call, as axios would', async () => {
    const sockets = new Set<Duplex>();
    const deaf = createServer().on('connect', (_, socket) => void sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => deaf.close(resolve));
    });
    const { both } = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
    const proxy = { host: '127.0.0.1', port: (deaf.address() as AddressInfo).port };
    const make: Make = () => ({ url: '/', timeout: 200, proxy, httpsAgent: tlsAgent() });
    const { ours } = await both(make, ok(), { patienceMs: 600 });
    expect(ours.error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 200ms exceeded' });
  });

  test('is left, and met, by redirects as by axios', async () => {
    const proxy = await proxyServer();
    const elsewhere = await plainServer();
    const secure = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
    const { same } = await comparison();
    for (const to of [`${elsewhere.origin}/x`, `${secure.origin}/x`]) {
      const make: Make = (run) => ({
        url: '/',
        proxy: proxy.config,
        httpsAgent: tlsAgent(),
        auth: { username: 'a', password: 'b' },
        beforeRedirect: noting(run),
      });
      await same(seenBy(proxy, make), redirect(307, to));
    }
    const back = (await comparison()).origin;
    const make: Make = (run) => ({
      url: '/',
      proxy: proxy.config,
      httpsAgent: tlsAgent(),
      beforeRedirect: noting(run),
    });
    await secure.same(seenBy(proxy, make), redirect(302, `${back}/x`));
  });

  test.each([
    { HTTP_PROXY: 'yes', HTTPS_PROXY: 'yes' },
    { ALL_PROXY: 'yes' },
    { HTTP_PROXY: 'yes', HTTPS_PROXY: 'yes', NO_PROXY: '127.0.0.1' },
  ])('of the environment counts as in axios: %j', async (names) => {
    const proxy = await proxyServer();
    const { same } = await comparison();
    const secure = await comparison({ scheme: 'https', http: { httpsAgent: tlsAgent() } });
    for (const [name, value] of Object.entries(names)) vi.stubEnv(name, value === 'yes' ? proxy.origin : value);
    for (const [, script] of hops) {
      await same(
        seenBy(proxy, () => ({ url: '/a?b=1' })),
        script,
      );
      await same(
        seenBy(proxy, () => ({ url: '/a?b=1', proxy: false })),
        script,
      );
      await secure.same(
        seenBy(proxy, () => ({ url: '/a?b=1', httpsAgent: tlsAgent() })),
        script,
      );
    }
    await same(
      seenBy(proxy, () => ({ url: '/', httpsAgent: tlsAgent() })),
      redirect(302, `${secure.origin}/x`),
    );
  });
});

describe('a transport of the caller’s', () => {
  test('is given what axios gives it', async () => {
    const { same } = await comparison();
    const make: Make = ({ note }) => ({
      url: '/',
      transport: {
        request(options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void): ClientRequest {
          const { agent: _, ...rest } = options;
          note(Object.keys(rest).sort(), rest.method, rest.path);
          return http.request(options, onResponse);
        },
      },
    });
    // Hooks and lists of ours stand in the options in any case.
    for (const [, script] of hops) await same(make, script);
  });
});

describe('HTTP/2', () => {
  test('is spoken as by axios', async () => {
    const server = http2.createServer((request, response) => {
      if (request.url.startsWith('/from')) response.writeHead(302, { location: '/to' });
      response.end(JSON.stringify({ method: request.method, token: request.headers['x-probe-token'] }));
    });
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on('session', (session) => sessions.add(session));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const { both } = await comparison();
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const url of ['/', '/from']) {
      const { theirs, ours } = await both(() => ({ baseURL, url, method: 'post', data: 'd', httpVersion: 2 }), ok());
      // Another origin: without our token.
      const blur = ({ answer, error }: typeof theirs): unknown =>
        JSON.parse(JSON.stringify({ answer, error }, (name, value: unknown) => (name === 'token' ? undefined : value)));
      expect(blur(ours)).toEqual(blur(theirs));
    }
  });
});
