import type { OAuth2ClientCredentialsOptions, TokenResponse } from 'nestjs-auth-apis';
import { oauth2ClientCredentials } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../support/token-source.js';

const TOKEN_URL = 'https://login.acme.test/oauth/token';
const apiWith = (more: Partial<OAuth2ClientCredentialsOptions> = {}) =>
  oauth2ClientCredentials({ name: 'acme', tokenURL: TOKEN_URL, ...more });
const api = apiWith();
const answering = (json: Record<string, unknown>): TokenResponse => ({
  status: 200,
  headers: {},
  body: JSON.stringify(json),
  json,
});

type Credentials = { clientId: string; clientSecret: string };
const credentials = { clientId: 'me', clientSecret: 's3cret' };
const ask = (given: Credentials, tokenParams = {}, settings: Parameters<typeof api.request>[0]['settings'] = {}) =>
  api.request({ url: TOKEN_URL, credentials: given, tokenParams, settings });
const formOf = ({ body }: { body?: string }): object => Object.fromEntries(new URLSearchParams(body));

describe('a client', () => {
  test('says who it is in the header by default', () => {
    const { method, url, headers, body } = ask(credentials);
    expect({ method, url, body }).toEqual({ method: 'POST', url: TOKEN_URL, body: 'grant_type=client_credentials' });
    expect(headers).toMatchObject({
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
    });
    expect(ask(credentials, {}, { clientAuthentication: 'client_secret_basic' })).toEqual(ask(credentials));
  });

  test('says who it is in the form when told so, and only there', () => {
    const request = ask(credentials, {}, { clientAuthentication: 'client_secret_post' });
    expect(formOf(request)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'me',
      client_secret: 's3cret',
    });
    expect(request.headers).not.toHaveProperty('Authorization');
  });

  test('form-encodes id and secret before it joins them: a colon is not the colon', () => {
    const { Authorization } = ask({ clientId: 'a:b c', clientSecret: 'd%e+f&g=h' }).headers;
    const decoded = Buffer.from(Authorization!.slice('Basic '.length), 'base64').toString();
    expect(decoded).toBe('a%3Ab+c:d%25e%2Bf%26g%3Dh');
  });

  test('asks for scope, audience and resource when it is given them', () => {
    const tokenParams = { scope: 'read write', audience: 'https://api.acme.test', resource: 'urn:x&y' };
    expect(formOf(ask(credentials, tokenParams))).toEqual({ grant_type: 'client_credentials', ...tokenParams });
  });
});

describe('an answer', () => {
  const answer = (json: Record<string, unknown>) => api.parseResponse(answering(json), {});

  test('is the documented one', () => {
    const json = { access_token: 't', token_type: 'Bearer', expires_in: 600, scope: 'read' };
    expect(answer(json)).toEqual({ token: 't', lifetimeMs: 10 * MINUTE, data: json });
  });

  test.each(['Bearer', 'bearer', 'BEARER', undefined, null])('whose type is %s is a bearer token', (type) => {
    expect(answer({ access_token: 't', token_type: type })?.token).toBe('t');
  });

  test.each(['mac', 'DPoP', 'Bearer token', '', 7, {}])('whose type is %j is no token that one can use', (type) => {
    expect(answer({ access_token: 't', token_type: type })).toBeUndefined();
  });

  test('may say its life as a text', () => {
    expect(answer({ access_token: 't', expires_in: '600' })?.lifetimeMs).toBe(10 * MINUTE);
  });

  test.each([undefined, null, 'soon', '', ' ', '1e3', '-1', true, [600], {}])(
    'whose life is %j does not tell it',
    (expires) => {
      const json = { access_token: 't', expires_in: expires };
      expect(answer(json)).toEqual({ token: 't', data: json });
    },
  );

  test('may say a part of a second', () => {
    for (const expires of [0.5, '0.5']) {
      expect(answer({ access_token: 't', expires_in: expires })?.lifetimeMs).toBe(500);
    }
  });
});

test('an error is told with its description', () => {
  const errorOf = (json: Record<string, unknown>) => api.parseError(answering(json));
  expect(errorOf({ error: 'invalid_client', error_description: 'no such client' })).toEqual({
    error: 'invalid_client: no such client',
  });
  expect(errorOf({ error: 'invalid_client' })).toEqual({ error: 'invalid_client' });
  expect(errorOf({ error_description: 'no such client' })).toEqual({ error: 'no such client' });
  expect(errorOf({ error: { code: 7 } })).toEqual({});
  expect(errorOf({})).toEqual({});
});

test('an account says its base URL, unless the API has one', () => {
  expect(api.endpoints({}, {})).toBeUndefined();
  expect(api.endpoints({}, { baseURL: 'https://api.acme.test' })).toMatchObject({ tokenURLs: [TOKEN_URL] });
  const whole = apiWith({ baseURL: 'https://api.acme.test', tokenURL: 'token', origins: ['https://files.acme.test'] });
  expect(whole.endpoints({}, {})).toEqual({
    baseURL: 'https://api.acme.test',
    tokenURLs: ['https://api.acme.test/token'],
    furtherOrigins: ['https://files.acme.test'],
  });
});

test('a token goes out as a bearer, and lives an hour unless said otherwise', () => {
  expect(api.tokenHeader).toEqual({ name: 'Authorization', prefix: 'Bearer ', suffix: '' });
  expect(api.lifetimeMs({})).toBe(HOUR);
  expect(apiWith({ lifetimeMs: MINUTE }).lifetimeMs({})).toBe(MINUTE);
});

describe('options that cannot work', () => {
  test.each<[string, unknown, string]>([
    [
      'without a token URL',
      { name: 'acme' },
      "tokenURL must be a URL, or a path below the base URL, e.g. 'oauth/token'",
    ],
    ['whose name is none', { name: 'a b', tokenURL: TOKEN_URL }, 'name must be'],
    ['of a life that is none', { name: 'acme', tokenURL: TOKEN_URL, lifetimeMs: 0 }, 'lifetimeMs must be'],
    ['that are none', undefined, 'they must be an object'],
  ])('%s are told in the words of who gave them', (_, given, problem) => {
    const define = () => oauth2ClientCredentials(given as OAuth2ClientCredentialsOptions);
    expect(define).toThrow(`The options of oauth2ClientCredentials are not valid:\n  - ${problem}`);
    expect(define).not.toThrow(/a list of them|a function|defineTokenApi/);
  });
});
