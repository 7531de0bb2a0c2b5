import type { AxiosProgressEvent, ResponseType } from 'axios';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Config, Make, Run, Script } from '../../support/axios-comparison.js';
import { comparison, inTurn, noting, ok, redirect } from '../../support/axios-comparison.js';

const TEXT = JSON.stringify({ text: 'ä'.repeat(5_000) });

const compressed: [string, Buffer, string][] = [
  ['gzip', gzipSync(TEXT), 'gzip'],
  ['x-gzip', gzipSync(TEXT), 'x-gzip'],
  ['deflate', deflateSync(TEXT), 'deflate'],
  ['raw deflate', deflateRawSync(TEXT), 'deflate'],
  ['brotli', brotliCompressSync(TEXT), 'br'],
  ['capitals', gzipSync(TEXT), 'GZIP'],
  ['something unknown', Buffer.from(TEXT), 'mine'],
  ['what is none', Buffer.from(TEXT), 'gzip'],
  ['half of it', gzipSync(TEXT).subarray(0, 40), 'gzip'],
  ['nothing', Buffer.alloc(0), 'gzip'],
];

const types: (ResponseType | undefined)[] = [undefined, 'stream', 'arraybuffer', 'text', 'json', 'document', 'blob'];

/** The same call answered at once and after a redirect. */
const alsoAfterRedirect = (script: Script): Script[] => [script, inTurn(redirect(302, '/to'), script)];

describe.each(compressed)('an answer in %s', (_, bytes, encoding) => {
  const headers = { 'Content-Type': 'application/json', 'Content-Encoding': encoding };

  test.each([false, undefined])('with decompress %s is read as axios reads it', async (decompress) => {
    const { same } = await comparison();
    for (const script of alsoAfterRedirect(ok(bytes, headers))) {
      for (const responseType of [undefined, 'stream', 'arraybuffer'] as const) {
        await same(() => ({ url: '/', decompress, responseType }), script);
      }
    }
  });

  test('of a HEAD, or without content, has no encoding', async () => {
    const { same } = await comparison();
    for (const script of alsoAfterRedirect(ok('', headers))) {
      await same(() => ({ url: '/', method: 'head' }), script);
      await same(() => ({ url: '/', method: 'head', decompress: false }), script);
    }
    await same(
      () => ({ url: '/' }),
      ({ response }) => void response.writeHead(204, headers).end(),
    );
  });
});

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const answers: [string, Script][] = [
  ['of JSON', ok(TEXT)],
  ['of JSON with a mark before it', ok(`\uFEFF${TEXT}`)],
  ['of broken JSON', ok('{"a":')],
  ['of text', ok('text', { 'Content-Type': 'text/plain' })],
  ['of bytes', ok(Buffer.from([0, 255, 254, 128]), { 'Content-Type': 'application/octet-stream' })],
  ['of nothing', ok('', {})],
  ['of 3 MB', ok(Buffer.alloc(3_000_000, 'x'), {})],
  ['with a length', ok('12345', { 'Content-Length': '5' })],
  ['of 204', ({ response }) => void response.writeHead(204).end()],
  ['of 201 with a Location', ({ response }) => void response.writeHead(201, { Location: '/there' }).end('{}')],
  ['of 404', ({ response }) => void response.writeHead(404).end('{"no":1}')],
  ['of 500 with a long body', ({ response }) => void response.writeHead(500).end(Buffer.alloc(200_000, 'e'))],
  ['of 304', ({ response }) => void response.writeHead(304, { ETag: 'x' }).end()],
  ['of HTTP 1.0', ({ request }) => void request.socket.end('HTTP/1.0 200 OK\r\n\r\nold')],
  ['that closes the connection', ok('{}', { Connection: 'close' })],
  [
    'with headers that come twice',
    ({ response }) =>
      void response
        .writeHead(200, [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['X-Twice', '1'],
          ['X-Twice', '2'],
        ] as never)
        .end(),
  ],
  ['with trailers', ({ request }) => void request.socket.end(`${HEAD}2\r\n{}\r\n0\r\nX-After: 1\r\n\r\n`)],
  [
    'after hints',
    ({ response }) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      ok()({ response } as never);
    },
  ],
  [
    'in pieces',
    ({ response }) => {
      response.write('{"a":');
      setTimeout(() => response.end('1}'), 20);
    },
  ],
  [
    'that is cut',
    ({ response, request }) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half', () => setTimeout(() => request.socket.destroy(), 10));
    },
  ],
  [
    'that is reset',
    ({ response, request }) => {
      response.write('half', () => setTimeout(() => request.socket.resetAndDestroy(), 10));
    },
  ],
  ['that breaks off in chunks', ({ request }) => void request.socket.end(`${HEAD}5\r\nhello\r\n`)],
  ['with chunks of rubbish', ({ request }) => void request.socket.end(`${HEAD}zz\r\nhello\r\n`)],
  ['that never was', ({ request }) => request.socket.destroy()],
  ['that was reset', ({ request }) => request.socket.resetAndDestroy()],
  ['in no HTTP', ({ request }) => void request.socket.end('this is not HTTP\r\n\r\n')],
  [
    'with a head too long',
    ({ request }) => void request.socket.end(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(30_000)}\r\n\r\n`),
  ],
  [
    'with a status of its own',
    ({ request }) => void request.socket.end('HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n'),
  ],
];
test('an answer that switches protocols, and one that never comes, are waited for alike', async () => {
  const { same } = await comparison();
  const switching: Script = ({ request }) =>
    void request.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  for (const script of [switching, inTurn(redirect(302, '/to'), switching), () => {}]) {
    await same(() => ({ url: '/' }), script, { patienceMs: 300 });
  }
});

describe.each(answers)('an answer %s', (_, script) => {
  test('is the same in every response type, at once and after a redirect', async () => {
    const { same } = await comparison();
    for (const each of alsoAfterRedirect(script)) {
      const some = each === script ? types : types.slice(0, 2);
      for (const responseType of some) await same(() => ({ url: '/', responseType }), each);
    }
  });

  test('is the same to every method', async () => {
    const { same } = await comparison();
    for (const method of ['head', 'post', 'delete']) await same(() => ({ url: '/', method, data: 'd' }), script);
  });
});

describe('limits', () => {
  test.each([0, 1, 99, 100, 101, -1, Infinity, undefined])('maxContentLength of %s is the same', async (limit) => {
    const { same } = await comparison();
    for (const script of alsoAfterRedirect(ok(Buffer.alloc(100, 'x'), {}))) {
      for (const responseType of ['text', 'stream', 'arraybuffer'] as const) {
        await same(() => ({ url: '/', responseType, maxContentLength: limit }), script);
      }
    }
  });

  test('maxContentLength counts what was unpacked, and not the redirect', async () => {
    const { same } = await comparison();
    const packed = ok(gzipSync(Buffer.alloc(100_000)), { 'Content-Encoding': 'gzip' });
    for (const responseType of ['text', 'stream'] as const) {
      const make: Make = () => ({ url: '/', responseType, maxContentLength: 1_000 });
      await same(make, packed);
      await same(make, inTurn(redirect(302, '/to', {}, Buffer.alloc(5_000, 'x')), packed));
      await same(make, inTurn(redirect(302, '/to', {}, Buffer.alloc(5_000, 'x')), ok()));
    }
  });

  test.each([0, 1, 99, 100, 101, -1, Infinity, undefined])('maxBodyLength of %s is the same', async (limit) => {
    const { same } = await comparison();
    const bodies = [
      () => Buffer.alloc(100, 'x'),
      () => 'ä'.repeat(50),
      () => Readable.from([Buffer.alloc(60, 'x'), Buffer.alloc(40, 'x')]),
    ];
    for (const data of bodies) {
      const make: Make = () => ({ url: '/', method: 'post', data: data(), maxBodyLength: limit });
      await same(make, ok());
      await same(make, inTurn(redirect(307, '/to'), redirect(308, '/then'), ok()));
    }
  });

  test('a body of more than follow-redirects would take goes through', async () => {
    const { same } = await comparison();
    const data = Buffer.alloc(11_000_000, 'x');
    await same(() => ({ url: '/', method: 'post', data }), inTurn(redirect(307, '/to'), ok()), {
      blur: (outcome) => outcome.replaceAll(/(eHh4){99}/g, '.'),
    });
  });
});

describe('validateStatus of the caller', () => {
  const validators: [string, Config['validateStatus'] | null][] = [
    ['that takes all', () => true],
    ['that takes none', () => false],
    ['that is none', null],
    ['that takes redirects', (status) => status < 400],
  ];
  test.each(validators)('%s is followed', async (_, validateStatus) => {
    const { same } = await comparison();
    for (const script of [ok(), redirect(300, ''), inTurn(redirect(302, '/to'), ok()), redirect(302, '/for-ever')]) {
      for (const responseType of ['text', 'stream'] as const) {
        await same(() => ({ url: '/', responseType, validateStatus, maxRedirects: 2 }), script);
      }
    }
  });

  const asked =
    ({ note }: Run): NonNullable<Config['validateStatus']> =>
    (status) => {
      note('asked', status);
      return status < 400;
    };

  test('is asked once where nothing redirects', async () => {
    const { same } = await comparison();
    const { notes } = await same((run) => ({ url: '/', validateStatus: asked(run) }), ok());
    expect(notes).toEqual([['asked', 200]]);
  });

  test('is not asked about a redirect that is followed', async () => {
    const { same } = await comparison();
    const { notes } = await same(
      (run) => ({ url: '/', validateStatus: asked(run) }),
      inTurn(redirect(302, '/to'), ok()),
    );
    expect(notes).toEqual([['asked', 200]]);
  });
});

test('a validateStatus that throws about redirects is not asked about them', async () => {
  const { same } = await comparison();
  const validateStatus = (status: number): boolean => (status === 200 ? true : throwing());
  await same(() => ({ url: '/', validateStatus }), inTurn(redirect(302, '/to'), ok()));
});

describe('progress', () => {
  const told =
    ({ note }: Run, what: string) =>
    ({ loaded, total, bytes, progress, upload, download }: AxiosProgressEvent): void =>
      note(what, { loaded, total, bytes, progress, upload, download });

  test.each(['text', 'stream', 'arraybuffer'] as const)('of a download is told as %s', async (responseType) => {
    const { same } = await comparison();
    const answers = [
      ok('12345', { 'Content-Length': '5' }),
      ok(Buffer.alloc(300), {}),
      ok('', {}),
      ok('x', { 'X-A': '' }),
    ];
    for (const script of answers.flatMap(alsoAfterRedirect)) {
      const make: Make = (run) => ({ url: '/', responseType, onDownloadProgress: told(run, 'download') });
      const { notes } = await same(make, script);
      for (const [, event] of notes as [string, unknown][]) expect(event).toMatchObject({ download: true });
    }
  });

  test('of an upload is told', async () => {
    const { same } = await comparison();
    const scripts = [ok(), inTurn(redirect(307, '/to'), ok()), inTurn(redirect(303, '/to'), ok())];
    const bodies = [() => 'a text', () => Buffer.alloc(1_000), () => Readable.from(['a ', 'stream']), () => undefined];
    for (const script of scripts) {
      for (const data of bodies) {
        const make: Make = (run) => ({
          url: '/',
          method: 'post',
          data: data(),
          onUploadProgress: told(run, 'upload'),
          onDownloadProgress: told(run, 'download'),
        });
        await same(make, script);
      }
    }
  });

  test('is held back by maxRate', async () => {
    const { same } = await comparison();
    for (const script of alsoAfterRedirect(ok(Buffer.alloc(3_000, 'x'), {}))) {
      for (const maxRate of [100_000, [200_000, 100_000] as [number, number]]) {
        await same(() => ({ url: '/', method: 'put', data: Buffer.alloc(3_000, 'y'), maxRate }), script);
      }
    }
  });
});

describe('what axios says to the server', () => {
  test.each<[string, Config]>([
    ['Expect', { headers: { Expect: '100-continue' } }],
    ['no User-Agent', { headers: { 'User-Agent': false } }],
    ['its own Accept-Encoding', { headers: { 'Accept-Encoding': 'identity' } }],
    ['chunks', { headers: { 'Transfer-Encoding': 'chunked' }, timeout: 300 }],
    ['Connection: close', { headers: { Connection: 'close' } }],
    ['odd header names', { headers: { 'x-LOWER': 'a', 'X-NULL': null, 'X-Many': ['1', '2'] as never } }],
    ['a text of latin1', { headers: { 'X-Latin': 'ä' } }],
    ['parameters', { params: { a: [1, 2], b: null, c: 'ä b', d: new Date(0) } }],
    ['parameters beside a query', { url: '/x?y=1#z', params: { a: 1 } }],
    ['a serializer', { params: { a: 1 }, paramsSerializer: () => 'mine=1&b' }],
    ['a response encoding', { responseEncoding: 'latin1' }],
    ['a lenient parser', { insecureHTTPParser: true }],
    ['zstd', { transitional: { advertiseZstdAcceptEncoding: true } }],
  ])('is the same with %s', async (_, config) => {
    const { same } = await comparison();
    for (const script of alsoAfterRedirect(ok('{"ä":1}'))) {
      for (const method of ['get', 'post']) {
        await same(() => ({ url: '/', method, data: method === 'post' ? 'body' : undefined, ...config }), script);
      }
    }
  });

  test.each<[string, Config]>([
    ['a header with a newline', { headers: { 'X-A': 'a\nb' } }],
    ['a header beyond latin1', { headers: { 'X-A': '☃' } }],
    ['a header name with a blank', { headers: { 'X A': 'a' } }],
    ['a method with a blank', { method: 'G T' }],
    ['a body of no kind', { method: 'post', data: 5, transformRequest: [(data: unknown) => data] }],
    ['a path with a control character', { paramsSerializer: () => 'a=\u0001', params: { a: 1 } }],
    ['a serializer that throws', { params: { a: 1 }, paramsSerializer: () => throwing() }],
    ['a port that is none', { url: 'http://127.0.0.1:99999/' }],
    ['an agent that is none', { httpAgent: {} }],
    ['an HTTP version that is none', { httpVersion: 3 as never }],
  ])('is refused alike with %s', async (_, config) => {
    const { same } = await comparison();
    await same(() => ({ url: '/', ...config }), ok());
  });

  test('is refused alike with sensitive headers that are none', async () => {
    const { same } = await comparison();
    await same(() => ({ url: '/', sensitiveHeaders: [42] as never }), ok());
  });

  test('asks a serializer once, redirects or not', async () => {
    const { same } = await comparison();
    const make: Make = (run) => ({
      url: '/from?b=%20',
      params: { a: 1 },
      paramsSerializer: () => {
        run.note('asked');
        return `a='1'&c=%zz`;
      },
      beforeRedirect: noting(run),
    });
    await same(make, ok());
    const { requests } = await same(make, inTurn(redirect(307, '?d'), ok()));
    expect(requests.map(({ url }) => url)).toEqual([`/from?b=%20&a='1'&c=%zz`, '/from?d']);
  });

  test.each(['soon', NaN, Infinity, {}, true])('is refused alike with a timeout of %s', async (timeout) => {
    const { same } = await comparison();
    const { error } = await same(() => ({ url: '/', timeout: timeout as never }), ok());
    expect(error?.code).toBe(Number.isNaN(timeout) ? undefined : 'ERR_BAD_OPTION_VALUE');
  });
});

function throwing(): never {
  throw new RangeError('no such parameter');
}
