import type { AxiosRequestConfig } from 'axios';
import followRedirects from 'follow-redirects';
import NpmFormData from 'form-data';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { plainServer } from '../../support/plain-server.js';
import type { Config, Make, Run, Script } from '../../support/axios-comparison.js';
import { comparison, inTurn, noting, ok, redirect, TOKEN } from '../../support/axios-comparison.js';

const statuses = [301, 302, 303, 307, 308];
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'];

const BOUNDARY = 'a-boundary-of-the-caller';

function form(): FormData {
  const form = new FormData();
  form.append('name', 'ä');
  form.append('file', new Blob([Buffer.alloc(2_000, 'f')]), 'file.txt');
  return form;
}

function npmForm(): NpmFormData {
  const form = new NpmFormData();
  form.setBoundary(BOUNDARY);
  form.append('name', 'ä');
  return form;
}

/** What axios takes for a `FormData` by how it looks. */
class OtherFormData {
  readonly [Symbol.toStringTag] = 'FormData';
  append(): void {}
  entries(): [string, string][] {
    return [['name', 'ä']];
  }
  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries()[Symbol.iterator]();
  }
}

const bodies: Record<string, () => AxiosRequestConfig> = {
  none: () => ({}),
  string: () => ({ data: 'a text, ä' }),
  JSON: () => ({ data: { a: [1, null, 'ä'] } }),
  Buffer: () => ({ data: Buffer.alloc(100_000, 'bytes') }),
  ArrayBuffer: () => ({ data: new Uint8Array([1, 2, 3]).buffer }),
  URLSearchParams: () => ({ data: new URLSearchParams({ a: '1 2', b: 'ä' }) }),
  stream: () => ({ data: Readable.from([Buffer.from('part'), Buffer.from('s of it')]) }),
  FormData: () => ({ data: form(), headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` } }),
  'form-data of npm': () => ({ data: npmForm() }),
  'FormData of others': () => ({
    data: new OtherFormData(),
    headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` },
  }),
  Blob: () => ({ data: new Blob(['a blob'], { type: 'text/x-blob' }) }),
  'empty string': () => ({ data: '' }),
  'empty Buffer': () => ({ data: Buffer.alloc(0) }),
  'empty object': () => ({ data: {} }),
};

describe.each(statuses)('a %i', (status) => {
  test.each(methods)('of a %s is followed with any body as axios does', async (method) => {
    const { same } = await comparison();
    for (const [name, body] of Object.entries(bodies)) {
      const make: Make = (run) => ({ url: '/from?a=1', method, beforeRedirect: noting(run), ...body() });
      const { requests } = await same(make, inTurn(redirect(status, '/to?b=2', { 'X-Why': 'moved' }, 'go'), ok()));
      // A stream without a length in a GET is no HTTP.
      if (name !== 'stream') expect(requests, name).toHaveLength(2);
    }
  });

  test.each([1, 2, 5])('that comes %i times in a row is followed each time', async (times) => {
    const { same } = await comparison();
    const script: Script = (exchange) =>
      exchange.index < times ? redirect(status, `step-${exchange.index}?n`)(exchange) : ok()(exchange);
    const make: Make = (run) => ({ url: '/a/b/c', method: 'put', data: { a: 1 }, beforeRedirect: noting(run) });
    expect((await same(make, script)).requests).toHaveLength(times + 1);
  });

  test('to another origin leaves behind what axios leaves behind', async () => {
    const elsewhere = await plainServer();
    const { same } = await comparison();
    const headers = { Cookie: 'a=1', 'X-Mine': 'm', 'X-Other': 'o', 'Proxy-Authorization': 'p' };
    const make: Make = (run) => {
      run.afterwards(() => elsewhere.requests.at(-1)?.rawHeaders.slice().sort());
      return {
        url: '/',
        method: 'post',
        data: 'd',
        headers,
        sensitiveHeaders: ['x-mine'],
        beforeRedirect: noting(run),
      };
    };
    const outcome = await same(make, redirect(status, `${elsewhere.origin}/there`));
    expect(elsewhere.requests).toHaveLength(2);
    expect(JSON.stringify(outcome.looks)).not.toContain(TOKEN.value);
  });
});

describe('a Location', () => {
  const places: [string, (origin: string) => string][] = [
    ['that is a path', () => '/to'],
    ['that is relative', () => 'to'],
    ['that goes up', () => '../../../to'],
    ['that is absolute', (origin) => `${origin}/to`],
    ['that is absolute without a path', (origin) => origin],
    ['without a scheme', (origin) => origin.replace('http:', '')],
    ['of only a query', () => '?b=2'],
    ['of only a fragment', () => '#part'],
    ['with a fragment', () => '/to?b=2#part'],
    ['with spaces', () => '/to a place?q=a b'],
    ['with bytes of UTF-8', () => Buffer.from('/tö').toString('latin1')],
    ['with percent signs', () => '/t%C3%B6%20%2F?x=%zz'],
    ['with user info', (origin) => `${origin.replace('//', '//me:secret@')}/to`],
    ['in capitals', (origin) => `${origin.replace('http', 'HTTP')}/to`],
    ['with backslashes', () => String.raw`\to\here`],
    ['of only dots', () => '.'],
    ['that is empty', () => ''],
    ['that is a blank', () => ' '],
    ['without a port', () => 'http://127.0.0.1:1/'],
    ['that is no URL', () => 'http://'],
    ['with a host that is none', () => 'http://[::1/'],
    ['with an odd host', () => 'http://a b/'],
    ['of another protocol', () => 'ftp://127.0.0.1/to'],
    ['that is a data URL', () => 'data:text/plain,hello'],
    ['that is a script', () => 'javascript:alert(1)'],
    ['that is a mail', () => 'mailto:a@b.c'],
    ['that is a file', () => 'file:///etc/hosts'],
  ];
  test.each(places)('%s leads to where it leads axios', async (_, place) => {
    const { same, origin } = await comparison();
    for (const url of ['/a/b?a=1', '/', origin, `${origin}?a=1#f`]) {
      const make: Make = (run) => ({ url, beforeRedirect: noting(run) });
      await same(make, inTurn(redirect(302, place(origin)), ok()));
    }
  });

  test.each([300, 304, 305, 306, 310, 399])('counts with a %i as with axios', async (status) => {
    const { same } = await comparison();
    await same((run) => ({ url: '/', beforeRedirect: noting(run) }), inTurn(redirect(status, '/to'), ok()));
    await same((run) => ({ url: '/', method: 'post', data: 'd', beforeRedirect: noting(run) }), redirect(status, ''));
  });

  test.each([200, 201, 400, 401, 503])('means nothing with a %i', async (status) => {
    const { same } = await comparison();
    const headers = { Authorization: 'mine' };
    const { requests } = await same(() => ({ url: '/', method: 'post', data: 'd', headers }), redirect(status, '/to'), {
      blur: status === 401 ? onlyTheFirst : undefined,
    });
    expect(requests).toHaveLength(1);
  });

  test.each(statuses)('that is missing ends a %i there', async (status) => {
    const { same } = await comparison();
    const script: Script = ({ response }) => response.writeHead(status).end('nowhere');
    expect((await same(() => ({ url: '/' }), script)).requests).toHaveLength(1);
  });

  test('that comes twice is the first one', async () => {
    const { same } = await comparison();
    const twice: Script = ({ response, index }) => {
      const locations = [
        ['Location', '/one'],
        ['Location', '/two'],
      ];
      if (index === 0) response.writeHead(302, locations as never);
      response.end('{}');
    };
    await same((run) => ({ url: '/', beforeRedirect: noting(run) }), twice);
  });
});

/** A 401 to our token is replayed, and that is no part of this. */
const onlyTheFirst = (outcome: string): string => {
  const parsed = JSON.parse(outcome) as { requests: unknown[] };
  return JSON.stringify({ ...parsed, requests: parsed.requests.slice(0, 1) });
};

describe('maxRedirects', () => {
  test.each([0, 1, 2, 5, undefined, null, -1, 1.5, NaN, '2', '', true, false])(
    'of %j counts as with axios',
    async (maxRedirects) => {
      const { same } = await comparison();
      const make: Make = (run) => ({
        url: '/',
        method: 'put',
        data: 'd',
        beforeRedirect: noting(run),
        maxRedirects: maxRedirects as number,
      });
      for (const times of [1, 2, 3]) {
        await same(make, (exchange) => (exchange.index < times ? redirect(307, '/to') : ok())(exchange));
      }
      await same(make, redirect(307, '/for-ever'));
    },
  );

  test('of the account counts for a call', async () => {
    const { same } = await comparison({ http: { maxRedirects: 1 } });
    const outcome = await same(() => ({ url: '/' }), redirect(302, '/for-ever'));
    expect(outcome.requests).toHaveLength(2);
    expect(outcome.error?.code).toBe('ERR_FR_TOO_MANY_REDIRECTS');
  });
});

test('what the app tells follow-redirects for all counts for calls as well', async () => {
  const { same } = await comparison();
  const settings = followRedirects as unknown as { maxRedirects: number };
  const { maxRedirects } = settings;
  onTestFinished(() => void Object.assign(settings, { maxRedirects }));
  settings.maxRedirects = 1;
  expect((await same(() => ({ url: '/' }), redirect(302, '/for-ever'))).requests).toHaveLength(2);
});

describe('a redirect', () => {
  const broken: [string, Script][] = [
    ['with a huge body', redirect(302, '/to', {}, Buffer.alloc(3_000_000, 'x'))],
    [
      'with a body that never ends',
      ({ response }) => {
        response.writeHead(302, { Location: '/to' });
        response.write('and then');
      },
    ],
    [
      'that never stops to talk',
      ({ response }) => {
        response.writeHead(302, { Location: '/to' });
        const talk = setInterval(() => response.write('x'.repeat(1_000)), 1);
        response.once('close', () => clearInterval(talk));
      },
    ],
    ['whose body is not what its header says', redirect(302, '/to', { 'Content-Encoding': 'gzip' }, 'no gzip')],
    [
      'whose connection is reset after its head',
      ({ response, request }) => {
        response.writeHead(302, { Location: '/to', 'Content-Length': '100' });
        response.write('x', () => request.socket.resetAndDestroy());
      },
    ],
    [
      'whose connection closes after its head',
      ({ response, request }) => {
        response.writeHead(302, { Location: '/to' });
        response.write('x', () => request.socket.destroy());
      },
    ],
    [
      'with rubbish for a body',
      ({ request }) =>
        void request.socket.write('HTTP/1.1 302 Found\r\nLocation: /to\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    ],
    [
      'after an informational answer',
      ({ response }) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        response.writeHead(302, { Location: '/to' }).end();
      },
    ],
    ['that says that the connection ends', redirect(302, '/to', { Connection: 'close' })],
    ['without a reason', ({ request }) => void request.socket.end('HTTP/1.1 302\r\nLocation: /to\r\n\r\n')],
    ['of HTTP 1.0', ({ request }) => void request.socket.end('HTTP/1.0 302 Found\r\nLocation: /to\r\n\r\n')],
  ];
  test.each(broken)('%s is followed as axios does', async (_, script) => {
    const { same } = await comparison();
    for (const more of [{}, { responseType: 'stream' }, { method: 'post', data: 'd' }] satisfies Config[]) {
      await same((run) => ({ url: '/', beforeRedirect: noting(run), ...more }), inTurn(script, ok()));
    }
  });

  const failing: [string, Script][] = [
    ['leads to a reset', ({ request }) => request.socket.resetAndDestroy()],
    ['leads to an end without an answer', ({ request }) => request.socket.destroy()],
    ['leads to no HTTP', ({ request }) => void request.socket.end('hello\r\n\r\n')],
    [
      'leads to half an answer',
      ({ response, request }) => {
        response.writeHead(200, { 'Content-Length': '10' });
        response.write('half', () => request.socket.destroy());
      },
    ],
    ['leads to a 404', ({ response }) => void response.writeHead(404).end('{"no":1}')],
    ['leads to a 503', ({ response }) => void response.writeHead(503).end('no')],
  ];
  test.each(failing)('that %s fails as with axios', async (_, script) => {
    const { same } = await comparison();
    const { error } = await same(() => ({ url: '/', method: 'put', data: 'd' }), inTurn(redirect(307, '/to'), script));
    expect(error).toBeDefined();
    await same(() => ({ url: '/' }), script);
  });

  test('that answers before the body has come is followed with all of it', async () => {
    const { same } = await comparison();
    const data = Buffer.alloc(8_000_000, 'body');
    const make: Make = (run) => ({ url: '/', method: 'post', data, beforeRedirect: noting(run) });
    const script: Script = (exchange) => {
      if (exchange.index === 0) return redirect(308, '/to', { Connection: 'close' })(exchange);
      exchange.request.once('end', () => ok()(exchange));
    };
    await same(make, script, { isEarly: true });
  });
});

describe('beforeRedirect', () => {
  type Hook = NonNullable<AxiosRequestConfig['beforeRedirect']>;
  const hooks: [string, (run: Run) => Hook][] = [
    ['that leads elsewhere', () => (options) => void Object.assign(options, { path: '/elsewhere?c=3' })],
    [
      'that sets headers',
      () =>
        ({ headers }) =>
          void Object.assign(headers as object, { 'X-Hook': '1' }),
    ],
    [
      'that drops headers',
      () =>
        ({ headers }) =>
          void delete (headers as Record<string, string>)['User-Agent'],
    ],
    ['that changes the method', () => (options) => void Object.assign(options, { method: 'PUT' })],
    ['that sets basic authentication', () => (options) => void Object.assign(options, { auth: 'a:b' })],
    [
      'that sets a Host',
      () =>
        ({ headers }) =>
          void Object.assign(headers as object, { Host: 'other.test' }),
    ],
    ['that allows no more', () => (options) => void Object.assign(options, { maxRedirects: 0 })],
    ['that replaces the headers', () => (options) => void Object.assign(options, { headers: { 'X-Only': '1' } })],
    [
      'that throws',
      () => () => {
        throw new TypeError('not there');
      },
    ],
    [
      'that throws no error',
      () => () => {
        // oxlint-disable-next-line no-throw-literal
        throw 'a text';
      },
    ],
    ['that rejects nothing', () => () => Promise.resolve() as never],
  ];
  test.each(hooks)('%s does as with axios', async (_, hook) => {
    const { same } = await comparison();
    for (const maxRedirects of [undefined, 1, 2]) {
      const make: Make = (run) => ({
        url: '/',
        method: 'post',
        data: 'd',
        maxRedirects,
        beforeRedirect: (...args) => {
          noting(run)(...args);
          return hook(run)(...args);
        },
      });
      await same(make, inTurn(redirect(307, '/to'), redirect(302, '/then'), ok()));
    }
  });
});

describe('credentials and hosts', () => {
  const auth = { username: 'mä', password: 'p:w' };
  const script = inTurn(redirect(302, '/to'), redirect(307, 'then'), ok());
  /** That axios puts the password into the place where an answer was found is nothing to keep. */
  const blur = (outcome: string): string => outcome.replaceAll(/\/\/[^/"@]*@/g, '//');

  test.each(['get', 'put'])('basic authentication goes along within the origin, with a %s', async (method) => {
    const { same } = await comparison();
    const { requests } = await same(
      (run) => ({ url: '/', method, data: 'd', auth, beforeRedirect: noting(run) }),
      script,
      {
        blur,
      },
    );
    expect(requests.filter(({ headers }) => headers.some((each) => each.startsWith('Authorization: ')))).toHaveLength(
      3,
    );
  });

  test('user info of a URL goes along within the origin', async () => {
    const { same, origin } = await comparison();
    const url = `${origin.replace('//', '//me:s%20ecret@')}/from`;
    const { requests } = await same((run) => ({ url, beforeRedirect: noting(run) }), script, { blur });
    expect(requests).toHaveLength(3);
  });

  test('neither goes to another origin, nor comes back with a call that returns', async () => {
    const { same, origin } = await comparison();
    const elsewhere = await plainServer((_, response) => response.writeHead(302, { Location: `${origin}/back` }).end());
    const make: Make = (run) => {
      run.afterwards(() => elsewhere.requests.at(-1)?.rawHeaders.slice().sort());
      return { url: '/', auth, headers: { Cookie: 'c' }, beforeRedirect: noting(run) };
    };
    await same(make, inTurn(redirect(302, elsewhere.origin), ok()), { blur });
    expect(elsewhere.requests).toHaveLength(2);
  });

  test.each(['/to', 'http://127.0.0.1:PORT/to', '//127.0.0.1:PORT/to', '?q'])(
    'a Host header of the caller leads a redirect to %s where it leads it in axios',
    async (location) => {
      const elsewhere = await plainServer();
      const { same, port } = await comparison();
      const make: Make = (run) => {
        run.afterwards(() => elsewhere.requests.map(({ rawHeaders }) => rawHeaders.slice().sort()));
        return { url: '/from', headers: { Host: new URL(elsewhere.origin).host }, beforeRedirect: noting(run) };
      };
      await same(make, inTurn(redirect(307, location.replace('PORT', String(port))), ok()), {
        // Our calls come after axios's, and our token stays behind where axios takes its own along.
        blur: (outcome) => {
          const isToken = (each: unknown): boolean => /^X-Probe-Token|^the-token/.test(String(each));
          const parsed = JSON.parse(outcome, (_, value: unknown) =>
            Array.isArray(value) ? value.filter((each) => !isToken(each)) : value,
          ) as { looks: [unknown[]] };
          return JSON.stringify({ ...parsed, looks: parsed.looks[0].at(-1) });
        },
      });
    },
  );
});
