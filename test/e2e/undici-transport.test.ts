import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AxiosRequestConfig } from 'axios';
import axios from 'axios';
import { Agent } from 'undici';
import zlib, { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { acmeApp, oneAccount } from '../support/acme.js';
import type { Comparison, Config, Make, More, Outcome, Run, Script, Wishes } from '../support/axios-comparison.js';
import { CERTIFICATE, comparison, inTurn, noting, ok, redirect, TOKEN } from '../support/axios-comparison.js';
import { expectNoSecret } from '../support/leaks.js';
import { failureOf, sleep, until } from '../support/outcome.js';
import { plainServer } from '../support/plain-server.js';
import { proxyServer } from '../support/proxy-server.js';
import { uncaughtErrors } from '../support/uncaught.js';
import { sparkflyApp } from '../support/vendors.js';

/** undici writes the names of some headers in lower case. */
function asSent(outcome: Outcome): Outcome {
  const lower = (header: string): string => header.replace(/^[^:]*/, (name) => name.toLowerCase());
  const requests = outcome.requests.map((each) => ({ ...each, headers: each.headers.map(lower).sort() }));
  return { ...outcome, requests };
}

/** The code is axios's, the words are undici's. */
function withoutWords(outcome: Outcome): Outcome {
  const { error } = outcome;
  return error ? { ...outcome, error: { ...error, message: '', name: '', cause: undefined } } : outcome;
}

/** A client over undici, held against axios. */
async function compared(wishes: Wishes = {}): Promise<Comparison & { readonly alike: Comparison['same'] }> {
  const comparing = await comparison({ ...wishes, transport: 'undici' });
  const held =
    (blur: (outcome: Outcome) => Outcome) =>
    async (make: Make, script: Script, more?: More): Promise<Outcome> => {
      const { theirs, ours } = await comparing.both(make, script, more);
      expect(blur(asSent(ours))).toEqual(blur(asSent(theirs)));
      return ours;
    };
  return { ...comparing, same: held((outcome) => outcome), alike: held(withoutWords) };
}

const raw =
  (text: string): Script =>
  ({ request }) =>
    void request.socket.end(text);

const view = new Uint8Array(Buffer.from('more than the view')).subarray(5, 9);
const bodies: [string, unknown][] = [
  ['none', undefined],
  ['null', null],
  ['a string', 'ä text'],
  ['an empty string', ''],
  ['JSON', { a: 'ä' }],
  ['an empty object', {}],
  ['a Buffer', Buffer.from([0, 255, 1])],
  ['an empty Buffer', Buffer.alloc(0)],
  ['a Uint8Array', new Uint8Array([1, 2, 3])],
  ['a view of a larger buffer', view],
  ['a Buffer of a larger buffer', Buffer.from(view.buffer, 2, 4)],
  ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
  ['parameters', new URLSearchParams({ a: 'ä b' })],
];
const methods = ['get', 'head', 'delete', 'options', 'post', 'PUT', 'patch', 'purge', 'link'];

describe.each(bodies)('a body that is %s', (_, data) => {
  test.each(methods)('is sent with %s as axios sends it', async (method) => {
    const { same } = await compared();
    await same(() => ({ url: '/', method, data }), ok());
    await same(() => ({ url: '/', method, data, transformRequest: [(each: unknown) => each] }), ok());
    await same(() => ({ url: '/', method, data }), inTurn(redirect(307, '/to'), ok()));
  });
});

const requests: [string, Config][] = [
  [
    'headers in any case',
    { headers: { 'x-lower': 'a', 'X-UPPER': 'b', 'X-Null': null, 'X-Many': ['1', '2'] as never } },
  ],
  ['a Host', { headers: { Host: 'api.test' } }],
  ['a Content-Length', { method: 'post', data: 'abc', headers: { 'Content-Length': '3' } }],
  ['a Content-Length without a body', { method: 'post', headers: { 'Content-Length': '0' } }],
  ['a Cookie', { headers: { Cookie: 'a=1; b=2' } }],
  ['Cookies', { headers: { Cookie: ['a=1', 'b=2', 'c=3'] as never } }],
  ['cookies in lower case', { headers: { cookie: ['a=1', 'b=2'] as never } }],
  ['a list of one Cookie', { headers: { Cookie: ['a=1'] as never } }],
  ['no User-Agent', { headers: { 'User-Agent': false } }],
  ['a User-Agent of null', { headers: { 'user-agent': null } }],
  ['no Accept-Encoding', { headers: { 'Accept-Encoding': false } }],
  ['an Accept-Encoding of null', { headers: { 'Accept-Encoding': null } }],
  ['a header of latin1', { headers: { 'X-A': 'ä' } }],
  ['a header beyond latin1', { headers: { 'X-A': 'a☃b' } }],
  ['a header with a newline', { headers: { 'X-A': 'a\r\nX-B: b' } }],
  ['a header name with a blank', { headers: { 'X A': 'a' } }],
  ['an empty header', { headers: { 'X-A': '' } }],
  ['a method with a blank', { method: 'G T' }],
  ['parameters', { params: { a: [1, 2], b: null, c: 'ä b', d: 'it\'s <"quoted">', e: 'a/b?c&d=e' } }],
  ['parameters beside a query', { url: "/x?y='1'#z", params: { a: 1 } }],
  ['parameters of its own kind', { params: new URLSearchParams({ a: "ä'" }) }],
  ['a serializer', { params: { a: 1 }, paramsSerializer: () => "mine='1'&b=%zz" }],
  ['a serializer that throws', { params: { a: 1 }, paramsSerializer: () => throwing() }],
  ['a control character in the path', { params: { a: 1 }, paramsSerializer: () => 'a=\u0001' }],
  ['a blank in the path', { params: { a: 1 }, paramsSerializer: () => 'a= b' }],
  ['latin1 in the path', { params: { a: 1 }, paramsSerializer: () => 'a=ä' }],
  ['odd paths', { url: '/a b/%2F/%zz/ä/\'"<>/../;=,@:/' }],
  ['two slashes', { url: '//x//y' }],
  ['a response in latin1', { responseEncoding: 'latin1' }],
  ['a response in base64', { responseEncoding: 'base64' }],
  ['sensitive headers that are none', { sensitiveHeaders: [42] as never }],
  ['a wish for zstd', { transitional: { advertiseZstdAcceptEncoding: true } }],
];

test.each(requests)('a request with %s is what axios makes of it', async (_, config) => {
  const { same } = await compared();
  for (const script of [ok('\uFEFF{"ä":1}'), inTurn(redirect(302, '/to'), ok())]) {
    await same(() => ({ url: '/', ...config }), script);
  }
});

test('a serializer of parameters is asked once, redirects or not, and whatever else is odd', async () => {
  const { same } = await compared();
  const make = (run: Run): Config => ({
    url: '/from?b=%20',
    params: { a: 1 },
    paramsSerializer: () => {
      run.note('asked');
      return `a='1'&c=%zz`;
    },
    beforeRedirect: noting(run),
  });
  await same(make, ok());
  await same(make, inTurn(redirect(307, '?d'), ok()));
  const { notes } = await same((run) => ({ ...make(run), headers: { 'X-A': 'a☃b' } }), ok());
  expect(notes).toEqual([['asked']]);
});

test('a URL is put together as axios does', async () => {
  const { same, origin, port } = await compared();
  const urls: Config[] = [
    { url: `${origin}/absolute?x=1` },
    { url: `HTTP://127.0.0.1:${port}` },
    { baseURL: `${origin}/v1?key=1`, url: 'offers' },
    { baseURL: `${origin}/v1?key=1`, url: '', params: { a: 1 } },
    { baseURL: `${origin}/v1`, url: '' },
    { baseURL: `${origin}/v1`, url: undefined, params: { a: 1 } },
    { baseURL: `${origin}/v1/`, url: '/offers/' },
    { baseURL: origin, url: 'http://elsewhere.test/', allowAbsoluteUrls: false },
  ];
  for (const config of urls) await same(() => config, ok());
});

const TEXT = JSON.stringify({ text: 'ä'.repeat(5_000) });
const NOISE = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7_919) % 251));
/** What Node has from 22.15 on; before, an answer in zstd stays as it came. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (text: string) => Buffer };
const zstd: [string, Buffer, string][] = zstdCompressSync
  ? [
      ['zstd', zstdCompressSync(TEXT), 'zstd'],
      ['half of zstd', zstdCompressSync(TEXT).subarray(0, 20), 'zstd'],
    ]
  : [];
const encoded: [string, Buffer, string][] = [
  ...zstd,
  ['gzip', gzipSync(TEXT), 'gzip'],
  ['deflate', deflateSync(TEXT), 'deflate'],
  ['raw deflate', deflateRawSync(TEXT), 'deflate'],
  ['brotli', brotliCompressSync(TEXT), 'BR'],
  ['something unknown', Buffer.from(TEXT), 'mine'],
  ['zstd, which it is not', Buffer.from(TEXT), 'zstd'],
  ['gzip, which it is not', Buffer.from(TEXT), 'gzip'],
  ['deflate, which it is not', Buffer.from(TEXT), 'deflate'],
  ['brotli, which it is not', Buffer.from(TEXT), 'br'],
  ['half of gzip', gzipSync(TEXT).subarray(0, 40), 'gzip'],
  ['half of brotli', brotliCompressSync(TEXT).subarray(0, 20), 'br'],
  ['gzip with more behind it', Buffer.concat([gzipSync(TEXT), Buffer.from('more')]), 'gzip'],
  ['two parts of gzip', Buffer.concat([gzipSync(TEXT), gzipSync(TEXT)]), 'gzip'],
  ['gzip that is larger than what is in it', gzipSync(NOISE), 'gzip'],
  ['nothing', Buffer.alloc(0), 'gzip'],
];

describe.each(encoded)('an answer in %s', (_, bytes, encoding) => {
  test('is read as axios reads it', async () => {
    const { same } = await compared();
    const headers = { 'Content-Encoding': encoding };
    for (const responseType of [undefined, 'arraybuffer', 'json'] as const) {
      await same(() => ({ url: '/', responseType }), ok(bytes, headers));
      await same(() => ({ url: '/', responseType, decompress: false }), ok(bytes, headers));
      await same(() => ({ url: '/', responseType, maxContentLength: 300 }), ok(bytes, headers));
    }
    const inPieces: Script = ({ response }) => {
      response.writeHead(200, headers).write(bytes.subarray(0, 1));
      setTimeout(() => response.end(bytes.subarray(1)), 5);
    };
    await same(() => ({ url: '/' }), inPieces);
    await same(() => ({ url: '/', method: 'HEAD' }), ok('', headers));
    for (const status of [204, 304]) {
      await same(
        () => ({ url: '/' }),
        ({ response }) => void response.writeHead(status, headers).end(),
      );
    }
  });
});

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const answers: [string, Script][] = [
  [
    'with repeated headers',
    raw('HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\nETag: a\r\nETag: b\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n'),
  ],
  ['with one cookie', raw('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Latin: \xe4\r\n\r\n')],
  ['with trailers', raw(`${CHUNKED}2\r\n{}\r\n0\r\nX-After: 1\r\n\r\n`)],
  ['of HTTP 1.0', raw('HTTP/1.0 200 OK\r\n\r\nold')],
  ['without a reason', raw('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n')],
  ['after hints', raw('HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')],
  ['of 300 without a place', ({ response }) => void response.writeHead(300).end('{}')],
  ['of 500', ({ response }) => void response.writeHead(500).end('{"no":1}')],
  ['that is cut', raw('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')],
  ['that breaks off in chunks', raw(`${CHUNKED}5\r\nhello\r\n`)],
  [
    'that is cut within gzip',
    ({ response, request }) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.write(gzipSync(TEXT).subarray(0, 30), () => setTimeout(() => request.socket.end(), 10));
    },
  ],
  [
    'that is reset',
    ({ response, request }) => {
      response.write('half', () => setTimeout(() => request.socket.resetAndDestroy(), 10));
    },
  ],
  ['that was reset before it began', ({ request }) => request.socket.resetAndDestroy()],
  ['that never was', ({ request }) => request.socket.destroy()],
  ['in no HTTP', raw('this is not HTTP\r\n\r\n')],
  ['with a head too long', raw(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(30_000)}\r\n\r\n`)],
];

test.each(answers)('an answer %s is what it is to axios, but for the words of errors', async (_, script) => {
  const { alike } = await compared();
  for (const each of [script, inTurn(redirect(302, '/to'), script)]) {
    await alike(() => ({ url: '/' }), each);
    await alike(() => ({ url: '/', method: 'post', data: 'd', maxRedirects: 0 }), each);
  }
});

test('a transformResponse that throws fails the call as in axios', async () => {
  const { same } = await compared();
  for (const script of [ok(), ({ response }) => void response.writeHead(500).end('{}')] satisfies Script[]) {
    const { error } = await same(() => ({ url: '/', transformResponse: [throwing] }), script);
    expect(error).toMatchObject({ name: 'RangeError', message: 'no such parameter' });
  }
});

test('a validateStatus that throws fails the call; axios throws past its caller', async () => {
  const uncaught = uncaughtErrors();
  const { client } = await acme();
  const failure = await failureOf(client.axiosRef.get('/', { validateStatus: throwing }));
  expect(failure).toBeInstanceOf(RangeError);
  expect(uncaught).toEqual([]);
});

test('HTTP that is none has one code, whatever is wrong with it', async () => {
  const { both } = await compared();
  const { theirs, ours } = await both(() => ({ url: '/' }), raw(`${CHUNKED}zz\r\nhello\r\n`));
  expect(theirs.error?.code).toBe('HPE_INVALID_CHUNK_SIZE');
  expect(ours.error?.code).toBe('HPE_INVALID_CONSTANT');
});

describe('limits', () => {
  test.each([0, 1, 99, 100, -1])('of %s are the same for what comes and what goes', async (limit) => {
    const { same } = await compared();
    const data = Buffer.alloc(100, 'x');
    await same(() => ({ url: '/', maxContentLength: limit }), ok(data, {}));
    await same(() => ({ url: '/', method: 'put', data, maxBodyLength: limit }), ok());
  });

  test('end what unpacks without end, however little comes of it', async () => {
    const { both } = await compared();
    const bomb = gzipSync(Buffer.alloc(60_000_000));
    const before = process.memoryUsage().arrayBuffers;
    const { ours } = await both(
      () => ({ url: '/', maxContentLength: 1_000 }),
      ok(bomb, { 'Content-Encoding': 'gzip' }),
    );
    expect(ours.error).toMatchObject({ code: 'ERR_BAD_RESPONSE', message: 'maxContentLength size of 1000 exceeded' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });
});

describe('timeout', () => {
  const silent: Script = ({ response }) => {
    response.writeHead(200, { 'Content-Length': '10' });
    response.write('half');
  };
  const slow: Script = ({ response }) => {
    let words = 0;
    const talk = setInterval(() => (++words === 10 ? (clearInterval(talk), response.end()) : response.write('x')), 40);
    response.once('close', () => clearInterval(talk));
  };
  const slowness: [string, Script][] = [
    ['that nobody answers', () => {}],
    ['that comes slowly, but comes', slow],
    ['that is redirected to where nobody answers', inTurn(redirect(302, '/to'), () => {})],
    ['of a redirect that never ends', ({ response }) => void response.writeHead(302, { Location: '/to' }).write('go')],
  ];

  test.each(slowness)('of an answer %s is that of axios', async (_, script) => {
    const { same } = await compared();
    // Longer than a busy machine is silent, shorter than the whole answer takes.
    const timeout = script === slow ? 300 : 120;
    const told: Config[] = [
      {},
      { timeoutErrorMessage: 'too slow' },
      { transitional: { clarifyTimeoutError: true } },
      { maxRedirects: 0 },
      { timeout: String(timeout) as never },
    ];
    for (const config of told) await same(() => ({ url: '/', timeout, maxRedirects: 3, ...config }), script);
  });

  test('of an answer that falls silent is told as one, as by default', async () => {
    const { both, same } = await compared();
    const { ours } = await both(() => ({ url: '/', timeout: 120 }), silent);
    expect(ours.error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 120ms exceeded' });
    await same(() => ({ url: '/', timeout: 120, maxRedirects: 0 }), silent);
  });

  test.each(['soon', Infinity, '120ms'])('of %s is what it is to axios', async (timeout) => {
    const { same } = await compared();
    const { error } = await same(
      () => ({ url: '/', timeout: timeout as never }),
      () => {},
    );
    expect(error?.code).toBeDefined();
  });

  test.each([0, null, undefined])('of %j is none', async (timeout) => {
    const { same } = await compared();
    await same(
      () => ({ url: '/', timeout: timeout as never }),
      () => {},
      { patienceMs: 150 },
    );
  });
});

describe('cancelling', () => {
  const moments: [string, Script][] = [
    ['before the head', () => {}],
    ['within the body', ({ response }) => void response.writeHead(200).write('half')],
    ['within a body of gzip', ({ response }) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).write('')],
  ];

  test.each(moments)('%s is told as axios tells it', async (_, script) => {
    const { same } = await compared();
    const bySignal: Make = () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('mine')), 60);
      return { url: '/', signal: controller.signal };
    };
    const byToken: Make = () => {
      const source = axios.CancelToken.source();
      setTimeout(() => source.cancel('enough'), 60);
      return { url: '/', cancelToken: source.token };
    };
    await same(bySignal, script);
    await same(byToken, script);
  });

  test('before it begins keeps a call with credentials of its own at home', async () => {
    const { both } = await compared();
    const make: Make = () => ({ url: '/', headers: { [TOKEN.header]: 'mine' }, signal: AbortSignal.abort() });
    const { ours } = await both(make, ok());
    expect(ours.error).toMatchObject({ code: 'ERR_CANCELED', name: 'CanceledError' });
    expect(ours.requests).toEqual([]);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('of %i is followed as axios follows it', async (status) => {
    const { same } = await compared();
    for (const method of ['get', 'head', 'post', 'delete']) {
      const make = (run: Run): Config => ({
        url: '/a?b=1',
        method,
        data: method === 'post' ? 'body' : undefined,
        beforeRedirect: noting(run),
      });
      await same(make, inTurn(redirect(status, '/to?c=2', {}, 'go'), ok()));
      await same((run) => ({ ...make(run), maxRedirects: 0 }), redirect(status, '/to'));
      await same((run) => ({ ...make(run), maxRedirects: 1 }), redirect(status, '/to'));
    }
  });

  test('to another origin leaves the token behind', async () => {
    const elsewhere = await plainServer();
    const { same } = await compared();
    await same(() => ({ url: '/', headers: { Cookie: 'a=1' } }), redirect(302, `${elsewhere.origin}/there`));
    expect(elsewhere.requests).toHaveLength(2);
    for (const { headers } of elsewhere.requests) expect(JSON.stringify(headers)).not.toContain(TOKEN.value);
  });

  test('whose end is never heard, or never comes, is followed', async () => {
    const { same } = await compared();
    const heads: Script[] = [
      ({ response }) => void response.writeHead(302, { Location: '/to' }).write('go'),
      raw('HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 10\r\n\r\ngo'),
      raw('HTTP/1.1 302 Found\r\nLocation: /to\r\nTransfer-Encoding: chunked\r\n\r\nzz'),
    ];
    for (const head of heads) await same(() => ({ url: '/' }), inTurn(head, ok()));
  });

  test('leaves the config of a call as it was, for whoever sends it again', async () => {
    const { client, server } = await acme((request, response) => {
      if (request.url === '/from') response.writeHead(302, { Location: '/to' }).end();
      else response.writeHead(request.url === '/ok' ? 200 : 500).end('{}');
    });
    for (const headers of [{}, { Authorization: 'mine' }]) {
      const failure = (await failureOf(client.axiosRef.get('/from', { timeout: 3_000, headers }))) as {
        config: AxiosRequestConfig;
        response: { config: AxiosRequestConfig };
      };
      expect(failure.config).toMatchObject({ url: '/from', timeout: 3_000 });
      expect(failure.config.transport).toBeUndefined();
      expect(failure.config.timeoutErrorMessage).toBeUndefined();
      expect(failure.response.config).toBe(failure.config);
      await failureOf(client.axiosRef.request(failure.config));
    }
    expect(server.requests.filter(({ url }) => url === '/from')).toHaveLength(4);
  });
});

type Listener = Parameters<typeof plainServer>[0];

/** A client over undici, of a server that answers as it is told. */
async function acme(listener?: Listener, settings: AxiosRequestConfig = {}) {
  const server = await plainServer((request, response) => {
    if (request.url!.includes('/login/token')) response.end('{"access":"a-token-of-acme","seconds":1800}');
    else if (listener) listener(request, response);
    else response.end('{}');
  });
  const started = await acmeApp(oneAccount({ baseURL: server.origin, http: settings, transport: 'undici' }));
  await started.client.tokens.get();
  return { ...started, server };
}

/** Where undici connects to from now on. */
function connectionsOfUndici(): readonly unknown[] {
  const connections: unknown[] = [];
  const note = (message: unknown): void => void connections.push(message);
  subscribe('undici:client:beforeConnect', note);
  onTestFinished(() => void unsubscribe('undici:client:beforeConnect', note));
  return connections;
}

describe('connections', () => {
  test('are kept, whatever the method', async () => {
    const { server, client } = await acme();
    for (const method of ['get', 'head', 'delete', 'post', 'options'])
      await client.axiosRef.request({ url: '/', method });
    const ports = server.requests.slice(1).map(({ socket }) => socket.remotePort);
    // undici looks for a while whether the server closes one that has just been used.
    expect(new Set(ports).size).toBeLessThanOrEqual(2);
  });

  test('carry a thousand calls at once, and are no more than calls', async () => {
    const uncaught = uncaughtErrors();
    const { server, client } = await acme();
    await Promise.all(Array.from({ length: 1_000 }, () => client.axiosRef.get('/', { timeout: 20_000 })));
    const used = new Set(server.requests.map(({ socket }) => socket)).size;
    await client.axiosRef.get('/');
    expect(server.requests).toHaveLength(1_002);
    expect(used).toBeLessThanOrEqual(1_001);
    expect(uncaught).toEqual([]);
  }, 30_000);

  test('that the server has closed meanwhile are not used again', async () => {
    const { server, client } = await acme();
    for (let i = 0; i < 20; i++) {
      await client.axiosRef.get('/');
      for (const socket of server.sockets) socket.end();
      await sleep(2);
    }
    expect(server.requests).toHaveLength(21);
  });

  test('that close with a request on them are told as axios tells them', async () => {
    const { both } = await compared();
    const { theirs, ours } = await both(
      () => ({ url: '/' }),
      inTurn(ok(), ({ request }) => request.socket.destroy()),
      {
        calls: async (call) => {
          await call({});
          return call({});
        },
      },
    );
    // Which connection a call takes is for each to choose.
    expect(ours.error).toMatchObject({ code: theirs.error?.code, message: theirs.error?.message });
    expect(ours.error?.code).toBe('ECONNRESET');
  });

  test('go by the agent that the account has', async () => {
    const httpAgent = new http.Agent({ keepAlive: true });
    onTestFinished(() => httpAgent.destroy());
    const { client } = await acme(undefined, { httpAgent });
    await client.axiosRef.get('/');
    expect(Object.keys(httpAgent.freeSockets)).toHaveLength(1);
  });

  test('go by a proxy that the environment names', async () => {
    const proxy = await proxyServer();
    const { client } = await acme();
    vi.stubEnv('http_proxy', proxy.origin);
    onTestFinished(() => void vi.unstubAllEnvs());
    await client.axiosRef.get('/', { baseURL: 'http://api.acme.test' }).catch(() => {});
    await client.axiosRef.get('/', { proxy: { host: '127.0.0.1', port: proxy.port } }).catch(() => {});
    expect(proxy.requests.length).toBeGreaterThan(0);
  });

  test('over https are refused and trusted as by axios', async () => {
    const { options } = https.globalAgent;
    options.ca = CERTIFICATE;
    onTestFinished(() => void delete options.ca);
    const connections = connectionsOfUndici();
    const { alike, same } = await compared({ scheme: 'https' });
    expect((await same(() => ({ url: '/' }), ok())).answer).toMatchObject({ status: 200 });
    // What the app says to Node's own agent is for Node's own client to follow; without that it is undici's call.
    expect(connections).toHaveLength(0);
    delete options.ca;
    const { error } = await alike(() => ({ url: '/' }), ok());
    expect(error?.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(connections).toHaveLength(1);
  });

  test.each<[string, (agent: http.Agent & { keepAlive?: boolean }) => void]>([
    ['bounds its sockets', (agent) => (agent.maxSockets = 1)],
    ['bounds all of them', (agent) => (agent.maxTotalSockets = 1)],
    ['keeps none alive', (agent) => (agent.keepAlive = false)],
    ['keeps fewer', (agent) => (agent.maxFreeSockets = 0)],
    ['has a hook of the app’s', (agent) => Object.assign(agent, { keepSocketAlive: () => false })],
  ])('go the default way while Node’s own agent %s', async (_, change) => {
    const { client, server } = await acme((_request, response) => void setTimeout(() => response.end('{}'), 10));
    const connections = connectionsOfUndici();
    const before = http.globalAgent;
    onTestFinished(() => void (http.globalAgent = before));
    http.globalAgent = new http.Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 });
    change(http.globalAgent);
    await Promise.all([1, 2, 3].map(() => client.axiosRef.get('/')));
    expect(connections).toHaveLength(0);
    expect(server.requests).toHaveLength(4);
    http.globalAgent = before;
    await client.axiosRef.get('/');
    expect(connections).toHaveLength(1);
  });

  test('are as many as the app allows Node’s own agent', async () => {
    const { client, server } = await acme((_, response) => void setTimeout(() => response.end('{}'), 10));
    const { maxSockets } = http.globalAgent;
    http.globalAgent.maxSockets = 1;
    onTestFinished(() => void (http.globalAgent.maxSockets = maxSockets));
    await Promise.all([1, 2, 3].map(() => client.axiosRef.get('/')));
    expect(new Set(server.requests.slice(1).map(({ socket }) => socket)).size).toBe(1);
  });
});

describe('calls leave nothing behind', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;

  test('on one signal and one cancelToken, 2,000 of them, with timeouts', async () => {
    const warned: unknown[] = [];
    const note = (warning: Error): void => void warned.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const { client } = await acme((request, response) => {
      if (request.url === '/lost') request.socket.destroy();
      else response.end('{}');
    });
    const { signal } = new AbortController();
    const { token } = axios.CancelToken.source();
    const before = timers();
    for (let i = 0; i < 2_000; i++) {
      await client.axiosRef
        .get(i % 50 ? '/' : '/lost', { signal, cancelToken: token, timeout: 60_000 })
        .catch(() => {});
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect((token as unknown as { _listeners?: unknown[] })._listeners ?? []).toHaveLength(0);
    expect(timers()).toBeLessThanOrEqual(before + 3);
    await until(() => warned.length === 0);
  }, 30_000);

  test('that a log would show: no token in any error', async () => {
    const uncaught = uncaughtErrors();
    const wrongs: Listener[] = [
      (request) => request.socket.destroy(),
      (request) => void request.socket.end('no HTTP\r\n\r\n'),
      (request) => void request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
      (request) =>
        void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      (_, response) => void response.writeHead(500).end(),
      (_, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('none'),
      () => {},
    ];
    for (const wrong of wrongs) {
      const { client } = await acme(wrong);
      const failure = await failureOf(client.axiosRef.get('/', { timeout: 80 }));
      expectNoSecret(failure, ['a-token-of-acme']);
    }
    expect(uncaught).toEqual([]);
  });
});

test('a 401 that breaks off is answered with another token, as by default', async () => {
  let calls = 0;
  const { client } = await acme((request, response) => {
    if (calls++) response.end('{"ok":true}');
    else request.socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 10\r\n\r\nhalf');
  });
  expect((await client.axiosRef.get('/')).data).toEqual({ ok: true });
});

function throwing(): never {
  throw new RangeError('no such parameter');
}

test('what a dispatcher throws fails the call, and nothing else', async () => {
  const uncaught = uncaughtErrors();
  const { vendor, client } = await sparkflyApp({ account: { transport: 'undici' } });
  const dispatch = vi.spyOn(Agent.prototype, 'dispatch').mockImplementation(() => {
    throw new TypeError('invalid onError method');
  });
  onTestFinished(() => dispatch.mockRestore());
  const error = await failureOf(client.get('/offers', { timeout: 30 }));
  expect([error.isAxiosError, error.message]).toEqual([true, 'invalid onError method']);
  expectNoSecret(error, vendor.tokensIssued);
  await sleep(60);
  expect(uncaught).toEqual([]);
});
