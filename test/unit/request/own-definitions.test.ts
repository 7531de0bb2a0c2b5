// Covers `lib/request/token-endpoint.ts`: definitions that an app makes.
import type { TokenApiDefinition, TokenRequest } from 'nestjs-auth-apis';
import { defineTokenApi, oauth2ClientCredentials } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { HttpTokenSource } from '../../../lib/request/http-token.source.js';
import type { TokenEndpoint } from '../../../lib/request/token-endpoint.js';
import type { TokenTransport } from '../../../lib/request/token-transport.js';
import type { TokenApi } from '../../../lib/vendors/token-api.js';
import { endpointOf } from '../../support/site.js';
import { expectNoSecret } from '../../support/leaks.js';
import type { RawResponse } from '../../support/token-request.js';
import { credentialsOf, quiet } from '../../support/token-request.js';
import { errorOf, HOUR, MINUTE, SECOND, START_AT } from '../../support/token-source.js';

const URL_AUTH = 'https://vendor.test/token';
const label = { api: 'acme', account: 'east' };
type Definition = TokenApiDefinition<'key', 'scope', 'trace', { prefix: 'text' }, unknown>;

const definition: Definition = {
  name: 'acme',
  credentials: ['key'],
  tokenParams: ['scope'],
  perRequest: ['trace'],
  settings: { prefix: 'text' },
  tokenURL: URL_AUTH,
  lifetimeMs: HOUR,
  placement: { in: 'header', name: 'X-Acme-Token' },
  request: ({ url, credentials, tokenParams, settings }) => ({
    method: 'POST',
    url,
    headers: { 'X-Key': credentials.key },
    body: JSON.stringify({ ...tokenParams, ...settings }),
  }),
  parseResponse: ({ json }) => ({ token: json.token, lifetimeMs: json.lifeMs as number }),
  parseError: ({ json: { reason, trace, errors } }) => ({ error: reason, tracingId: trace, errors }),
};

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): RawResponse => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

function setUp(api: object, answer: RawResponse, secrets: Record<string, string> = { key: 'hush-key' }) {
  const requests: TokenRequest[] = [];
  const transport: TokenTransport = async (request) => (requests.push(request), answer);
  const at = (tokenLifetimeMs?: number): TokenEndpoint =>
    endpointOf({ api: api as TokenApi, tokenURLs: [URL_AUTH], tokenLifetimeMs }, transport);
  const account = credentialsOf(label, secrets);
  const endpoint = at();
  const ask = (params = {}) => endpoint.exchange(account, params, quiet());
  const source = (tokenLifetimeMs?: number) => new HttpTokenSource(at(tokenLifetimeMs), account);
  return { requests, ask, source };
}

const setUpAcme = (more: Partial<Definition>, answer: RawResponse) =>
  setUp(defineTokenApi({ ...definition, ...more }), answer);

describe('a request', () => {
  test('gets the parameters and settings of the definition, and no others', async () => {
    const { ask, requests } = setUpAcme({}, json({ token: 't' }));
    await ask({ scope: 's', trace: 'x', prefix: 'p', key: 'other', stranger: 'y', constructor: 'z' });
    expect(JSON.parse(requests[0]!.body!)).toEqual({ scope: 's', trace: 'x', prefix: 'p' });
    expect(requests[0]!.headers['X-Key']).toBe('hush-key');
  });

  test.each<[string, Definition['request'], string]>([
    [
      'is not made because the definition throws',
      () => {
        throw new RangeError('hush-key');
      },
      'threw RangeError at test/unit/request/own-definitions.test.ts',
    ],
    [
      'has a header of two lines',
      ({ url, credentials }) => ({ method: 'POST', url, headers: { 'X-Key': `${credentials.key}\r\nX-Evil: 1` } }),
      'gives a header that cannot be sent',
    ],
    [
      'has a header that is no text',
      ({ url }) => ({ method: 'POST', url, headers: { 'X-Key': undefined as unknown as string } }),
      'gives a header that cannot be sent',
    ],
    [
      'has a header whose name is the secret, and no name',
      ({ url, credentials }) => ({ method: 'POST', url, headers: { [`${credentials.key}: `]: 'x' } }),
      'gives a header that cannot be sent',
    ],
    [
      'has a header without a name',
      ({ url }) => ({ method: 'POST', url, headers: { '': 'x' } }),
      'gives a header that cannot be sent',
    ],
    [
      'goes elsewhere in the clear',
      () => ({ method: 'POST', url: 'http://vendor.test/token', headers: {} }),
      'gives a URL that is not https, of another origin than the one it was given',
    ],
    [
      'comes later',
      (async ({ url }: { url: string }) => ({
        method: 'POST',
        url,
        headers: {},
      })) as unknown as Definition['request'],
      'threw TypeError',
    ],
    [
      'fails later',
      (async () => {
        throw new RangeError('hush-key');
      }) as unknown as Definition['request'],
      'threw TypeError',
    ],
    ['goes nowhere', () => ({ method: 'POST', url: 'token', headers: {} }), 'gives no URL'],
    ['is none', () => undefined as unknown as TokenRequest, 'threw TypeError'],
  ])('that %s is a final error, and shows no secret', async (_, request, words) => {
    const { ask, requests } = setUpAcme({ request }, json({ token: 't' }));
    const error = await errorOf(ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', retryable: false, ...label });
    expect(error.message.replace(/:\d+$/, '')).toBe(`acme "east": request() of the API's definition ${words}`);
    expectNoSecret(error, ['hush-key']);
    expect(requests).toEqual([]);
  });

  test.each(['https://other.test/token', `${URL_AUTH}/further?x=1`])('may go to %s', async (url) => {
    const request: Definition['request'] = () => ({ method: 'POST', url, headers: {} });
    const { ask, requests } = setUpAcme({ request }, json({ token: 't' }));
    await ask();
    expect(requests).toMatchObject([{ url }]);
  });
});

describe('an answer', () => {
  test.each([
    ['no answer', () => undefined],
    ['null', () => null as unknown as undefined],
    ['no token', () => ({ token: undefined })],
    ['a number', () => ({ token: 7 })],
    ['two words', () => ({ token: 'a b' })],
    ['two lines', () => ({ token: 'a\r\nX-Evil: 1' })],
  ])('of which the definition makes %s may pass', async (_, parseResponse) => {
    const error = await errorOf(setUpAcme({ parseResponse }, json({})).ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', retryable: true, vendorStatus: 200 });
    expect(error.message).toContain('without a usable token');
  });

  test('that the definition chokes on may pass, and is told with what threw and where, not with what it said', async () => {
    const parseResponse: Definition['parseResponse'] = ({ json: { token } }) => {
      throw new RangeError(`hush ${String(token)}`);
    };
    const error = await errorOf(setUpAcme({ parseResponse }, json({ token: 'e5cret' })).ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', retryable: true, vendorStatus: 200 });
    expect(error.message.replace(/:\d+$/, '')).toBe(
      'acme "east": POST vendor.test/token answered 200 and parseResponse() of the API\'s definition threw RangeError ' +
        'at test/unit/request/own-definitions.test.ts',
    );
    expectNoSecret(error, ['hush', 'e5cret']);
  });

  test('hands out its fields unless the definition says otherwise', async () => {
    const body = { token: 't', more: [1] };
    expect((await setUpAcme({}, json(body)).ask()).data).toEqual(body);
    const typed = setUpAcme({ parseResponse: () => ({ token: 't', data: { mine: 1 } }) }, json(body));
    expect((await typed.ask()).data).toEqual({ mine: 1 });
  });

  test('that is no object has no fields', async () => {
    for (const body of ['[]', '"t"', 'null', '<html>', '']) {
      const { data } = await setUpAcme({ parseResponse: () => ({ token: 't' }) }, json(body)).ask();
      expect(data).toEqual({});
    }
  });
});

describe('a life that the answer tells', () => {
  const lifeOf = async (lifeMs: unknown, configuredMs?: number) =>
    (
      await setUpAcme({}, json({ token: 't', lifeMs }))
        .source(configuredMs)
        .fetch(quiet())
    ).lifetimeMs;

  test('is the token’s, longer or shorter than documented', async () => {
    expect(await lifeOf(10 * MINUTE)).toBe(10 * MINUTE);
    expect(await lifeOf(5 * HOUR)).toBe(5 * HOUR);
  });

  test('can be shortened by the account, not prolonged', async () => {
    expect(await lifeOf(10 * MINUTE, MINUTE)).toBe(MINUTE);
    expect(await lifeOf(10 * MINUTE, 5 * HOUR)).toBe(10 * MINUTE);
  });

  test.each([undefined, null, 0, -1, 1e300, 'soon', {}])('as %j is not told', async (lifeMs) => {
    expect(await lifeOf(lifeMs)).toBe(HOUR);
    expect(await lifeOf(lifeMs, 5 * HOUR)).toBe(5 * HOUR);
  });

  test('goes with what a JWT tells: the shorter counts', async () => {
    const claims = Buffer.from(JSON.stringify({ iat: START_AT / SECOND, exp: START_AT / SECOND + 600 }));
    const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${claims.toString('base64url')}.sig`;
    const life = async (lifeMs: number) =>
      (await setUpAcme({}, json({ token, lifeMs })).source().fetch(quiet())).lifetimeMs;
    expect(await life(HOUR)).toBe(10 * MINUTE);
    expect(await life(MINUTE)).toBe(MINUTE);
  });
});

describe('what a vendor says of an error', () => {
  const refused = (body: object) => setUpAcme({}, json(body, 401)).ask();

  test('is kept as far as it is text', async () => {
    const error = await errorOf(refused({ reason: 'no', trace: 't-1', errors: [{ code: 7, type: 'x' }, 'y', null] }));
    expect(error).toMatchObject({ error: 'no', tracingId: 't-1', errors: [{ type: 'x' }] });
    expect(error.message).toBe('acme "east": POST vendor.test/token answered 401 (x; no) [tracing id t-1]');
    const odd = await errorOf(refused({ reason: { text: 'no' }, trace: 7, errors: 'many' }));
    for (const name of ['error', 'tracingId', 'errors']) expect(odd).not.toHaveProperty(name);
  });

  test.each<[string, string, (secret: string) => string]>([
    ['as it is', 'p~ss w0rd!', (secret) => secret],
    ['encoded for a URL', 'p+ss/w0rd=', encodeURIComponent],
    ['encoded for a form', 'Q8~ab!c(d)', (secret) => new URLSearchParams({ s: secret }).toString().slice(2)],
    [
      'encoded for a form, with spaces',
      'my pass word',
      (secret) => new URLSearchParams({ s: secret }).toString().slice(2),
    ],
    ['in the header for Basic', 'hush-secret', (secret) => Buffer.from(`hush-id:${secret}`).toString('base64')],
  ])('is told without the secret %s', async (_, clientSecret, encode) => {
    const api = oauth2ClientCredentials({ name: 'acme', tokenURL: URL_AUTH });
    const secrets = { clientId: 'hush-id', clientSecret };
    const echo = json({ error: 'invalid_client', error_description: `got ${encode(clientSecret)}.` }, 401);
    const error = await errorOf(setUp(api, echo, secrets).ask());
    expect(error.message).toContain('invalid_client: got [secret].');
    expectNoSecret(error, [clientSecret, encode(clientSecret)]);
  });
});
