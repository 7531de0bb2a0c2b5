import type { AuthApisOptionsError, TokenApi } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, defineTokenApi, isAuthApisError } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';

/** As it comes from JavaScript. */
type Rubbish = Record<string, unknown>;

const SECRET = 's3cret-of-the-account';

/** A definition with a part of it spoilt, as JavaScript lets one do. */
function spoilt(parts: Rubbish): TokenApi<'secret'> {
  const definition = {
    name: 'spoilt',
    credentials: ['secret'],
    tokenURL: 'token',
    lifetimeMs: 60_000,
    placement: { in: 'header', name: 'X-T' },
    request: ({ url, credentials }: { url: string; credentials: { secret: string } }) => ({
      method: 'POST',
      url,
      headers: { 'X-Secret': credentials.secret },
    }),
    parseResponse: () => ({ token: 'a-token' }),
    ...parts,
  };
  return defineTokenApi(definition as never) as unknown as TokenApi<'secret'>;
}

async function running(parts: Rubbish, status = 200) {
  const server = await plainServer((_, response) => response.writeHead(status).end('{}'));
  const api = spoilt(parts);
  const account = { baseURL: server.origin, secret: SECRET } as never;
  const app = await startApp({ prefetch: 'none', tokenWaitTimeoutMs: 500, apis: [accountsFor(api, account)] });
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  process.prependListener('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return { server, client: app.get(AuthApis).client(api), rejections };
}

const throws = (): never => {
  throw new TypeError(`it met ${SECRET}`);
};

test.each<[string, Rubbish]>([
  ['a request() that throws', { request: throws }],
  [
    'a request() that throws no Error',
    {
      request: () => {
        throw SECRET;
      },
    },
  ],
  ['a request() that gives nothing', { request: () => undefined }],
  ['a request() that gives a promise', { request: () => Promise.resolve({}) }],
  [
    'a request() without headers',
    { request: ({ url }: { url: string }) => ({ method: 'POST', url }), parseResponse: throws },
  ],
  ['a request() without a URL', { request: () => ({ method: 'POST', headers: {} }) }],
  ['a request() with a URL that is none', { request: () => ({ method: 'POST', url: 'nonsense', headers: {} }) }],
  [
    'a request() with a scheme that nobody speaks',
    { request: () => ({ method: 'POST', url: 'gopher://x', headers: {} }) },
  ],
  ['a request() with a header of two lines', { request: header('X-A', `a\r\nX-Evil: ${SECRET}`) }],
  ['a request() with a header that is an object', { request: header('X-A', { a: SECRET }) }],
  ['a request() with a header name of two words', { request: header('bad name', SECRET) }],
  [
    'a request() with a method that is none',
    { request: ({ url }: { url: string }) => ({ method: 'FETCH IT', url, headers: {} }) },
  ],
  [
    'a request() with a body that is a function',
    { request: ({ url }: { url: string }) => ({ method: 'POST', url, headers: {}, body: throws }) },
  ],
  [
    'a request() with a body that is an object',
    {
      parseResponse: throws,
      request: ({ url }: { url: string }) => ({ method: 'POST', url, headers: {}, body: { a: SECRET } }),
    },
  ],
  ['a parseResponse() that throws', { parseResponse: throws }],
  ['a parseResponse() that gives nothing', { parseResponse: () => undefined }],
  ['a parseResponse() that gives a number', { parseResponse: () => 4711 }],
  ['a parseResponse() that gives a promise', { parseResponse: () => Promise.resolve({ token: 'late' }) }],
  ['a parseResponse() that gives a promise that fails', { parseResponse: () => Promise.reject(new Error(SECRET)) }],
  ['a parseResponse() that gives an object for a token', { parseResponse: () => ({ token: { a: 1 } }) }],
  ['a lifetimeMs() that throws', { lifetimeMs: throws }],
])('%s is a typed error for the caller, and nothing crashes', async (_, parts) => {
  const { client, rejections } = await running(parts);
  for (const work of [() => firstValueFrom(client.get('/x')), () => client.authentication.auth()]) {
    const error = await failureOf<Error & { cause?: unknown }>(work());
    expect(isAuthApisError(error), `${error.name}: ${error.message}`).toBe(true);
    if (!('lifetimeMs' in parts)) expectNoSecret(error, [SECRET]); // it is given no secret that it could quote
  }
  await sleep(5);
  expect(rejections).toEqual([]);
});

function header(name: string, value: unknown) {
  return ({ url }: { url: string }) => ({ method: 'POST', url, headers: { [name]: value } });
}

test.each<[string, unknown]>([
  ['throws', throws],
  ['gives a number', () => 4711],
  ['gives null', () => null],
  ['gives a promise that fails', () => Promise.reject(new Error(SECRET))],
  ['gives texts that are none', () => ({ error: { deep: SECRET }, errors: 'many', tracingId: 5 })],
])('a parseError() that %s leaves the status to tell', async (_, parseError) => {
  const { client, rejections } = await running({ parseError }, 403);
  const met = await failureOf(client.get('/x'));
  expect(met).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 403 });
  expectNoSecret(met, [SECRET]);
  await sleep(5);
  expect(rejections).toEqual([]);
});

test.each<[string, unknown]>([
  ['NaN', () => NaN],
  ['nothing', () => undefined],
  ['less than nothing', () => -1],
  ['infinity', () => Infinity],
])('a lifetimeMs() that gives %s makes no token immortal', async (_, lifetimeMs) => {
  const { client } = await running({ lifetimeMs });
  const outcome = await client.tokens.get().then(
    ({ requestedAt, expiresAt }) => expiresAt - requestedAt <= 366 * 86_400_000,
    (error: unknown) => isAuthApisError(error),
  );
  expect(outcome).toBe(true);
});

test.each<[string, Rubbish]>([
  ['a base URL that is none', { baseURL: 'nonsense' }],
  ['a base URL function that gives none', { baseURL: () => 'nonsense' }],
  ['a base URL function that throws', { baseURL: throws }],
  ['a token URL function that throws', { tokenURL: throws }],
  ['a token URL function that gives an empty list', { tokenURL: () => [], baseURL: 'https://a.example' }],
  ['a token URL that is none', { tokenURL: 'http://', baseURL: 'https://a.example' }],
  ['an origin that is none', { origins: ['nonsense'], baseURL: 'https://a.example' }],
  ['an origins function that throws', { origins: throws, baseURL: 'https://a.example' }],
  ['a base URL in the clear', { baseURL: 'http://a.example' }],
  ['a base URL in the clear by a function', { baseURL: () => 'http://a.example' }],
  ['a token URL in the clear', { tokenURL: 'http://a.example/token', baseURL: 'https://a.example' }],
  ['an origin in the clear', { origins: ['http://b.example'], baseURL: 'https://a.example' }],
])('%s is told when the API is defined or the app starts', async (_, parts) => {
  const start = async (): Promise<unknown> =>
    startApp({ prefetch: 'none', apis: [accountsFor(spoilt(parts), { secret: SECRET })] });
  const error = await failureOf<AuthApisOptionsError>(start());
  expect(error).toMatchObject({ name: 'AuthApisOptionsError', code: 'INVALID_OPTIONS' });
  expectNoSecret(error, [SECRET]);
});

test.each<[string, Rubbish, RegExp]>([
  ['no name', { name: undefined }, /name must be a word/],
  ['a name of two words', { name: 'a b' }, /name must be a word/],
  ['no credentials', { credentials: [] }, /credentials must name at least one/],
  ['a credential that every account has already', { credentials: ['http'] }, /"http" is an option of every account/],
  ['a name used twice', { tokenParams: ['secret'] }, /"secret" is used twice/],
  ['a lifetime of nothing', { lifetimeMs: 0 }, /lifetimeMs must be a number/],
  ['a header of two words', { placement: { in: 'header', name: 'X T' } }, /placement\.name must be the name/],
  ['a scheme of two words', { placement: { scheme: 'a b' } }, /placement\.scheme must be one word/],
  ['no token URL', { tokenURL: undefined }, /tokenURL must be a URL/],
  ['no request()', { request: undefined }, /request must be a function/],
  ['a parseResponse that is no function', { parseResponse: {} }, /parseResponse must be a function/],
  ['settings that are no lists', { settings: { a: 5 } }, /settings must be an object/],
])('a definition with %s is refused at once', (_, parts, problem) => {
  expect(() => spoilt(parts)).toThrow(problem);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'acme'],
  ['a plain object', { name: 'acme' }],
])('accountsFor() of %s is told at once', (_, api) => {
  expect(() => accountsFor(api as never, {})).toThrow(/must be one that defineTokenApi has made/);
});

test('a secret in an account of an API is checked when the app starts, and not shown', async () => {
  const account = { baseURL: 'https://a.example', secret: `${SECRET}\n` } as never;
  const error = await failureOf<AuthApisOptionsError>(startApp({ apis: [accountsFor(spoilt({}), account)] }));
  expect(error.problems).toEqual([expect.stringMatching(/^apis\[0\]\.secret contains a line break/)]);
  expectNoSecret(error, [SECRET]);
});
