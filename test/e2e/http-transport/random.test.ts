import type { AxiosRequestConfig } from 'axios';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Script } from '../../support/axios-comparison.js';
import { comparison, noting } from '../../support/axios-comparison.js';

const RUNS = Number(process.env.FUZZ_RUNS ?? 150);

interface Hop {
  readonly status: number;
  readonly location: string;
  readonly body: string;
  readonly isCut: boolean;
}

const hop: fc.Arbitrary<Hop> = fc.record({
  status: fc.constantFrom(300, 301, 302, 303, 304, 307, 308, 399),
  location: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('/a', 'b', '../c', '?d=1', '#e', 'ORIGIN/f', '//HOST/g?x#y', 'OTHER/h') },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', 'ftp://HOST/', 'http://', 'ORIGIN', '/ä b', '%zz', '..', '\\x') },
    { weight: 1, arbitrary: fc.webPath() },
  ),
  body: fc.constantFrom('', 'go there', 'x'.repeat(100_000)),
  isCut: fc.boolean(),
});

const last = fc.record({
  status: fc.constantFrom(200, 201, 204, 404, 500),
  body: fc.constantFrom('', '{"a":1}', 'text', 'x'.repeat(70_000)),
});

const header = fc.constantFrom<[string, string]>(
  ['X-A', '1'],
  ['content-type', 'text/x-mine'],
  ['Content-Language', 'de'],
  ['Cookie', 'c=1'],
  ['Referer', 'http://r.test/'],
);

const request = fc.record({
  url: fc.constantFrom('/', '/x/y/z', '/x?q=1', ''),
  method: fc.constantFrom('get', 'head', 'post', 'put', 'patch', 'delete', 'options'),
  data: fc.constantFrom<unknown>(undefined, 'text', { a: 1 }, Buffer.from([1, 2, 3]), '', [], 'y'.repeat(90_000)),
  headers: fc.array(header, { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
  maxRedirects: fc.constantFrom(undefined, 0, 1, 2, 3, 4, 5),
  responseType: fc.constantFrom<AxiosRequestConfig['responseType']>(undefined, 'stream', 'arraybuffer', 'text'),
  auth: fc.constantFrom(undefined, { username: 'a', password: 'b' }),
  timeout: fc.constantFrom(undefined, 4_000),
  maxContentLength: fc.constantFrom(-1, 1_000),
  sensitiveHeaders: fc.constantFrom<string[]>([], ['X-A']),
});

const scripted =
  (hops: readonly Hop[], { status, body }: { status: number; body: string }, other: string): Script =>
  ({ index, origin, request, response }) => {
    const next = hops[index];
    if (!next) {
      response.writeHead(status).end(body);
      return;
    }
    const place = next.location.replace('ORIGIN', origin).replace('HOST', new URL(origin).host).replace('OTHER', other);
    const location = Buffer.from(place).toString('latin1');
    response.writeHead(next.status, { Location: location });
    if (next.isCut) response.write(next.body || 'x', () => request.socket.destroy());
    else response.end(next.body);
  };

test(
  'whatever redirects come, a client does what axios does',
  async () => {
    const { same, origin } = await comparison();
    // The same server under another name: another origin, whose requests are seen all the same.
    const other = origin.replace('127.0.0.1', 'localhost');
    let followed = 0;
    const property = fc.asyncProperty(fc.array(hop, { maxLength: 4 }), last, request, async (hops, end, config) => {
      const outcome = await same(
        (run) => ({ ...config, beforeRedirect: noting(run) }),
        scripted(hops, end, other),
        // axios puts the password of a call into the place where its answer was found.
        { blur: (text) => text.replaceAll(/\/\/[^/"@]*@/g, '//').replaceAll(/(eHh4|eXl5){99}/g, '.') },
      );
      followed += outcome.notes.length;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(followed).toBeGreaterThan(RUNS / 2);
  },
  60_000 + RUNS * 100,
);
