import { Readable } from 'node:stream';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import type { SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, until } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

const KEY = 'key-that-nobody-may-see';
const IDENTITY = 'identity-that-nobody-may-see';

type Vendor = FakeVerbit | FakeSparkfly;
type Client = VerbitClient | SparkflyClient;

const vendors: [string, () => Promise<{ vendor: Vendor; client: Client }>][] = [
  ['Verbit', () => verbitApp({ fake: { apiKey: KEY } })],
  ['Sparkfly', () => sparkflyApp({ fake: { identity: IDENTITY, key: KEY } })],
];

const failures: [string, (vendor: Vendor, client: Client) => Promise<unknown>][] = [
  ['401 after the replay', (vendor, client) => (vendor.rejectNext(2), failureOf(client.post('/echo', { a: 1 })))],
  ['403', (vendor, client) => (vendor.failNext({ on: 'api', status: 403 }), failureOf(client.get('/echo?key=1')))],
  ['500', (vendor, client) => (vendor.failNext({ on: 'api', status: 500 }), failureOf(client.get('/echo')))],
  [
    'a connection that was reset',
    (vendor, client) => (vendor.failNext({ on: 'api', action: 'reset' }), failureOf(client.get('/echo'))),
  ],
  [
    'an answer that was cut off',
    (vendor, client) => (vendor.failNext({ on: 'api', action: 'truncate' }), failureOf(client.get('/echo'))),
  ],
  [
    'a timeout',
    (vendor, client) => (
      vendor.failNext({ on: 'api', action: 'hang' }),
      failureOf(client.get('/echo', { timeout: 50 }))
    ),
  ],
  [
    'a cancelled call',
    async (vendor, client) => {
      vendor.failNext({ on: 'api', action: 'hang' });
      const controller = new AbortController();
      const failure = failureOf(client.get('/echo', { signal: controller.signal }));
      await until(() => vendor.counters.apiRequests === 1);
      controller.abort();
      return failure;
    },
  ],
  ['an answer that is too long', (_, client) => failureOf(client.get('/echo', { maxContentLength: 10 }))],
  [
    'an answer that is no JSON',
    (vendor, client) => {
      vendor.failNext({ on: 'api', status: 200, body: 'no json' });
      return failureOf(client.get('/echo', { responseType: 'json', transitional: { silentJSONParsing: false } }));
    },
  ],
  ['a body that is too long', (_, client) => failureOf(client.post('/echo', 'too long', { maxBodyLength: 2 }))],
  [
    'redirects without end',
    (vendor, client) => {
      vendor.failNext({ on: 'api', status: 302, headers: { Location: '/echo' }, times: 1 });
      return failureOf(client.get('/echo', { maxRedirects: 0 }));
    },
  ],
];

describe.each(vendors)('%s', (_, start) => {
  test.each(failures)('the error of %s shows no key, no token, and of the request where it went', async (__, fail) => {
    const { vendor, client } = await start();
    const error = (await fail(vendor, client)) as { request?: unknown; response?: { request?: unknown } };
    expect(vendor.tokensIssued.length).toBeGreaterThan(0);
    expectNoSecret(error, [...vendor.tokensIssued, KEY, IDENTITY]);
    const method = expect.stringMatching(/^(GET|POST)$/) as string;
    const request = { method, host: new URL(vendor.origin).host, path: `${new URL(vendor.baseURL).pathname}/echo` };
    if (error.request) expect(error.request).toEqual(request);
    if (error.response) expect(error.response.request).toMatchObject(request);
  });

  test.each([403, 500])('the streamed body of a %i shows nothing either, and can be read', async (status) => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, body: 'sorry' });
    const error = await failureOf(client.get('/echo', { responseType: 'stream' }));
    expectNoSecret(error, [...vendor.tokensIssued, KEY, IDENTITY]);
    const chunks = await (error.response!.data as Readable).toArray();
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe('sorry');
    expectNoSecret(error, [...vendor.tokensIssued, KEY, IDENTITY]);
  });

  test.each([403, 401])('with the fetch adapter the error of a %i shows nothing either', async (status) => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status, times: 2 });
    const error = await failureOf(client.get('/echo', { adapter: 'fetch' }));
    expect(error.response?.status).toBe(status);
    expectNoSecret(error, [...vendor.tokensIssued, KEY, IDENTITY]);
    vendor.failNext({ on: 'api', action: 'reset' });
    const lost = await failureOf(client.get('/echo', { adapter: 'fetch' }));
    expectNoSecret(lost, [...vendor.tokensIssued, KEY, IDENTITY]);
  });

  test('a successful answer shows nothing beside its body, streamed or not', async () => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', status: 200, body: '{}', times: 2 });
    const plain = await firstValueFrom(client.get('/echo'));
    const streamed = await firstValueFrom(client.get<Readable>('/echo', { responseType: 'stream' }));
    expectNoSecret(plain, [...vendor.tokensIssued, KEY, IDENTITY]);
    expectNoSecret(streamed, [...vendor.tokensIssued, KEY, IDENTITY]);
    streamed.data.resume();
  });

  test('a stream that breaks off gives an error without secrets', async () => {
    const { vendor, client } = await start();
    vendor.failNext({ on: 'api', action: 'truncate', body: 'beginning' });
    const { data } = await firstValueFrom(
      client.get<Readable>('/echo', { responseType: 'stream', maxContentLength: 5 }),
    );
    const error = await failureOf(data.toArray());
    expectNoSecret(error, [...vendor.tokensIssued, KEY, IDENTITY]);
  });

  test('refused credentials give an error without secrets and without anything of axios', async () => {
    const { vendor, client } = await start();
    vendor.rotateKey('the-new-key');
    const error = await failureOf<Error & { status: number }>(client.get('/echo'));
    expect(error).toMatchObject({ name: 'CredentialsRejectedError', vendorStatus: 401 });
    expectNoSecret(error, [KEY, IDENTITY]);
    expectNoAxios(error);
  });

  test('a vendor that echoes what it was sent does not get the key into an error', async () => {
    const { vendor, client } = await start();
    const said = `your key ${KEY}${'identity' in vendor ? ` of ${IDENTITY}` : ''}`;
    const body = { error: said, errors: [{ type: 'bad', message: said }], tracing_id: KEY };
    vendor.failNext({ status: 403, body });
    const error = await failureOf(client.get('/echo'));
    expect(error.message).toContain('403');
    expectNoSecret(error, [KEY, IDENTITY]);
  });

  test.each([
    ['a reset connection', { action: 'reset' }],
    ['an answer cut off', { action: 'truncate' }],
    ['status 500', { status: 500 }],
    ['a redirect', { status: 302, headers: { Location: 'https://elsewhere.example/login' } }],
    ['no usable token', { status: 200, body: '<html>' }],
    ['an endless answer', { status: 200, body: 'x'.repeat(70_000) }],
  ] as const)(
    'a token request that met %s gives an error without secrets and without anything of axios',
    async (...args) => {
      const [, fault] = args;
      const { vendor, client } = await start();
      vendor.failNext(fault);
      const error = await failureOf<Error & { cause?: unknown }>(client.tokens.refresh());
      expect(error).toMatchObject({ name: 'TokenEndpointError', retryable: true });
      expectNoSecret(error, [KEY, IDENTITY]);
      expectNoAxios(error);
      expectNoAxios(error.cause);
    },
  );
});

function expectNoAxios(error: unknown): void {
  for (const name of ['config', 'request', 'response', 'isAxiosError', 'toJSON']) {
    expect(error ?? {}).not.toHaveProperty(name);
  }
}
