import { createHash } from 'node:crypto';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { plainServer } from '../../support/plain-server.js';
import { nodeFetchTakesDispatchers } from '../../support/undici-major.js';
import { sparkflyApp } from '../../support/vendors.js';

type Fetch = typeof fetch;
type Init = NonNullable<Parameters<Fetch>[1]>;

const SHA = `sha256-${createHash('sha256').update('there').digest('base64')}`;

/** `/302` and `/307` redirect to `/there`, `/echo` tells what came, `/401` refuses whoever comes first. */
async function setUp() {
  const server = await plainServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      const status = Number(url?.slice(1));
      const isFirst = server.requests.filter((each) => each.url === url).length === 1;
      if (status === 401 ? isFirst : status > 0) response.writeHead(status, { Location: '/there' }).end('moved');
      else if (url === '/echo' || body) response.end(JSON.stringify({ method, body, type: headers['content-type'] }));
      else response.end('there');
    });
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  await client.tokens.get();
  return { server, client };
}

const OF_INTEREST = ['referer', 'cache-control', 'pragma', 'sec-fetch-mode', 'content-length', 'content-type'];

/** What came of a call, and what the server saw of it. */
async function outcomeOf(call: () => Promise<unknown>, { requests }: Awaited<ReturnType<typeof setUp>>['server']) {
  const before = requests.length;
  const outcome = await call().catch((error: Error) => [
    error.name,
    error.message,
    (error.cause as Error | undefined)?.message,
  ]);
  const seen = requests.slice(before).map(({ method, url, headers }) => {
    return [method, url, ...OF_INTEREST.map((name) => headers[name])];
  });
  return { outcome, seen };
}

const read = async (answer: Promise<Response>): Promise<unknown> => {
  const response = await answer;
  return [response.status, response.redirected, await response.text()];
};

const post = (body: unknown, more: object = {}): Init => ({ method: 'POST', body: body as Init['body'], ...more });

const cases: [string, (fetch: Fetch, origin: string) => Promise<unknown>][] = [
  ['no init', (fetch, at) => read(fetch(`${at}/echo`, null as never))],
  ['text for an init', (fetch, at) => read(fetch(`${at}/echo`, 'text' as never))],
  ['a number for an init', (fetch, at) => read(fetch(`${at}/echo`, 5 as never))],
  ['headers that are null', (fetch, at) => read(fetch(`${at}/echo`, { headers: null as never }))],
  ['a number for a body', (fetch, at) => read(fetch(`${at}/307`, post(5)))],
  ['an object for a body', (fetch, at) => read(fetch(`${at}/307`, post({ toString: () => 'text' })))],
  ['an empty body', (fetch, at) => read(fetch(`${at}/307`, post('')))],
  ['no body', (fetch, at) => read(fetch(`${at}/307`, post(null)))],
  ['an empty body for that of a Request', (fetch, at) => read(fetch(new Request(`${at}/echo`, post('a')), post('')))],
  ['no body for that of a Request', (fetch, at) => read(fetch(new Request(`${at}/echo`, post('a')), { body: null }))],
  [
    'a body beside a Request without one',
    (fetch, at) => {
      const request = new Request(`${at}/echo`, { method: 'PUT' });
      return read(fetch(request, { method: 'PUT', body: new URLSearchParams('a=b') }));
    },
  ],
  ['integrity', (fetch, at) => read(fetch(`${at}/there`, { integrity: SHA }))],
  ['integrity that fails', (fetch, at) => read(fetch(`${at}/echo`, { integrity: SHA }))],
  ['integrity after a redirect', (fetch, at) => read(fetch(`${at}/302`, { integrity: SHA }))],
  ['integrity of a Request', (fetch, at) => read(fetch(new Request(`${at}/302`, { integrity: SHA })))],
  [
    'integrity of a Request that fails after a redirect',
    (fetch, at) => read(fetch(new Request(`${at}/302`, { integrity: SHA.replace(/.{5}$/, 'AAAA=') }))),
  ],
  ['integrity of a redirect', (fetch, at) => read(fetch(`${at}/302`, { integrity: SHA, redirect: 'manual' }))],
  ['a referrer', (fetch, at) => read(fetch(`${at}/302`, { referrer: 'http://a.example/' }))],
  ['a referrer of a Request', (fetch, at) => read(fetch(new Request(`${at}/302`, { referrer: 'http://a.example/' })))],
  [
    'a Request of another mode and cache',
    (fetch, at) => read(fetch(new Request(`${at}/302`, { mode: 'no-cors', cache: 'no-store' } as Init))),
  ],
  [
    'a Request twice',
    async (fetch, at) => {
      const request = new Request(`${at}/echo`, post('a'));
      const first = await read(fetch(request));
      return [first, request.bodyUsed, await read(fetch(request)).catch((error: Error) => error.message)];
    },
  ],
  [
    'a Request twice at once',
    async (fetch, at) => {
      const request = new Request(`${at}/echo`, post('a'));
      return (await Promise.allSettled([read(fetch(request)), read(fetch(request))])).map((each) =>
        each.status === 'fulfilled' ? each.value : (each.reason as Error).message,
      );
    },
  ],
  [
    'a Request that was read',
    async (fetch, at) => {
      const request = new Request(`${at}/echo`, post('a'));
      await request.text();
      return read(fetch(request));
    },
  ],
];

test.each(cases)('%s: as with Node’s own fetch', async (_, call) => {
  const { server, client } = await setUp();
  const theirs = await outcomeOf(() => call(fetch, server.origin), server);
  expect(await outcomeOf(() => call(client.fetch, server.origin), server)).toEqual(theirs);
});

test.each([
  ['a number', () => 5],
  ['an object', () => ({ toString: () => 'text' })],
])('%s as a body is sent again after a 401', async (_, body) => {
  const { server, client } = await setUp();
  expect((await client.fetch(`${server.origin}/401`, post(body()))).status).toBe(200);
  expect(server.requests).toHaveLength(2);
});

test('integrity is checked of the answer, and not of the 401 before it', async () => {
  const { server, client } = await setUp();
  const response = await client.fetch(`${server.origin}/401`, { integrity: SHA });
  expect([response.status, await response.text()]).toEqual([200, 'there']);
});

/** Later nobody can read it. */
const canReadDispatcher = Number(process.versions.node.split('.')[0]) < 24;

test.runIf(nodeFetchTakesDispatchers && canReadDispatcher)(
  'the dispatcher of a Request carries it over redirects too',
  async () => {
    const { server, client } = await setUp();
    const agent = new Agent();
    onTestFinished(() => agent.destroy());
    const paths: string[] = [];
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      paths.push(options.path);
      return dispatch(options, handler);
    });
    const init = post('a', { dispatcher });
    expect((await client.fetch(new Request(`${server.origin}/307`, init))).status).toBe(200);
    expect(paths).toEqual(['/307', '/there']);
  },
);
