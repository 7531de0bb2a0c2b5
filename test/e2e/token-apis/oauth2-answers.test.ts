import type { TokenUnavailableError } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, oauth2ClientCredentials } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { json } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import type { Received } from '../../support/token-server.js';
import { startTokenServer } from '../../support/token-server.js';

const SECRET = 'p@ss word! (1)~';
const ID = 'client id+1';
const HOUR = 3_600_000;

interface Wishes {
  readonly status?: number;
  readonly answer?: (asked: Received) => unknown;
  readonly lifetimeMs?: number;
  readonly post?: boolean;
  readonly params?: { readonly scope?: string; readonly audience?: string; readonly resource?: string };
}

async function oauthApp({ status = 200, answer = () => ({}), lifetimeMs, post, params }: Wishes) {
  const server = await startTokenServer((response, asked) =>
    asked.url === '/token' ? json(response, status, answer(asked)) : json(response, 200, {}),
  );
  const acme = oauth2ClientCredentials({ name: 'acme', baseURL: server.origin, tokenURL: 'token', lifetimeMs });
  const account = { clientId: ID, clientSecret: SECRET, ...params };
  const clientAuthentication = post ? 'client_secret_post' : 'client_secret_basic';
  const accounts = accountsFor(acme, { ...account, clientAuthentication });
  const app = await startApp({ prefetch: 'none', tokenWaitTimeoutMs: 500, apis: [accounts] });
  return { server, client: app.get(AuthApis).client(acme) };
}

const granted = (more: object) => () => ({ access_token: 'opaque-token', token_type: 'bearer', ...more });

test('the request is a form with the grant, and what the account asks for', async () => {
  const params = { scope: 'a b', audience: 'https://api.example/', resource: 'urn:x' };
  const { server, client } = await oauthApp({ answer: granted({}), params });
  await client.tokens.get();
  const [asked] = server.received;
  expect(asked).toMatchObject({ method: 'POST', url: '/token' });
  expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect([...new URLSearchParams(asked?.body)]).toEqual([
    ['grant_type', 'client_credentials'],
    ['scope', 'a b'],
    ['audience', 'https://api.example/'],
    ['resource', 'urn:x'],
  ]);
  const [scheme, word = ''] = (asked?.headers.authorization ?? '').split(' ');
  expect(scheme).toBe('Basic');
  expect(Buffer.from(word, 'base64').toString()).toBe('client+id%2B1:p%40ss+word%21+%281%29%7E');
});

test('by client_secret_post id and secret stand in the form, and in no header', async () => {
  const { server, client } = await oauthApp({ answer: granted({}), post: true });
  await client.tokens.get();
  const form = new URLSearchParams(server.received[0]?.body);
  expect([form.get('client_id'), form.get('client_secret')]).toEqual([ID, SECRET]);
  expect(server.received[0]?.headers).not.toHaveProperty('authorization');
});

test.each<[string, object, number]>([
  ['a number', { expires_in: 90 }, 90_000],
  ['a string', { expires_in: '90' }, 90_000],
  ['not there', {}, HOUR],
  ['null', { expires_in: null }, HOUR],
  ['zero', { expires_in: 0 }, HOUR],
  ['less than nothing', { expires_in: -1 }, HOUR],
  ['a word', { expires_in: 'soon' }, HOUR],
  ['an object', { expires_in: { seconds: 5 } }, HOUR],
  ['two years', { expires_in: 2 * 366 * 86_400 }, HOUR],
])('expires_in that is %s', async (_, more, expected) => {
  const { client } = await oauthApp({ answer: granted(more) });
  const { requestedAt, expiresAt } = await client.tokens.get();
  expect(expiresAt - requestedAt).toBe(expected);
});

test('a life that the definition gives is for tokens whose server says none', async () => {
  const life = async (more: object) => {
    const { client } = await oauthApp({ answer: granted(more), lifetimeMs: 5_000 });
    const { requestedAt, expiresAt } = await client.tokens.get();
    return expiresAt - requestedAt;
  };
  expect([await life({}), await life({ expires_in: 7 })]).toEqual([5_000, 7_000]);
});

test('of a JWT and expires_in the shorter life counts', async () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const jwt = `${part({ alg: 'HS256' })}.${part({ iat: now, exp: now + 300 })}.c2ln`;
  const life = async (seconds: number) => {
    const { client } = await oauthApp({ answer: granted({ access_token: jwt, expires_in: seconds }) });
    const { requestedAt, expiresAt } = await client.tokens.get();
    return Math.round((expiresAt - requestedAt) / 10_000) * 10;
  };
  expect([await life(3_600), await life(60)]).toEqual([300, 60]);
});

test.each(['Bearer', 'BEARER', 'bearer', undefined])('a token of type %s is used', async (token_type) => {
  const { server, client } = await oauthApp({ answer: granted({ token_type }) });
  await firstValueFrom(client.get('/things'));
  expect(server.received[1]?.headers.authorization).toBe('Bearer opaque-token');
});

test.each(['mac', 'DPoP', 5, 'Bearer x'])('a token of type %s is not used', async (token_type) => {
  const { server, client } = await oauthApp({ answer: granted({ token_type }) });
  const error = await failureOf<TokenUnavailableError>(client.get('/things'));
  const isUsed = server.received.some(({ url }) => url === '/things');
  expect({ isUsed, code: error.code }).toEqual({ isUsed: false, code: 'TOKEN_UNAVAILABLE' });
});

test('what the raw API gives is the answer as it came', async () => {
  const { client } = await oauthApp({ answer: granted({ expires_in: 5, scope: 'x', more: [1] }) });
  expect(await client.authentication.auth()).toEqual({
    access_token: 'opaque-token',
    token_type: 'bearer',
    expires_in: 5,
    scope: 'x',
    more: [1],
  });
});

test.each<[string, boolean, (asked: Received) => unknown, string]>([
  ['its words', false, () => 'invalid_client: try again', 'invalid_client: try again'],
  ['the secret', false, () => `bad secret ${SECRET}`, 'bad secret [secret]'],
  ['the Authorization header', false, ({ headers }) => `got ${headers.authorization}`, 'got Basic [secret]'],
  ['the form', true, ({ body }) => body, 'grant_type=client_credentials&client_id=[secret]&client_secret=[secret]'],
])('a server that says %s in its refusal makes the error say no secret', async (_, post, words, expected) => {
  const { client } = await oauthApp({ status: 401, post, answer: (asked) => ({ error: words(asked) }) });
  const error = await failureOf(client.get('/things'));
  const basic = Buffer.from('client+id%2B1:p%40ss+word%21+%281%29%7E').toString('base64');
  expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', error: expected });
  expectNoSecret(error, [SECRET, basic, 'p%40ss+word%21+%281%29%7E']);
});
