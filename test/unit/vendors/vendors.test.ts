// Covers `lib/vendors`: the definitions of Verbit and Sparkfly.
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../../lib/common/version.js';
import type { SparkflyEnvironment } from '../../../lib/vendors/sparkfly.api.js';
import { sparkfly } from '../../../lib/vendors/sparkfly.api.js';
import type { TokenResponse } from '../../../lib/vendors/token-api.definition.js';
import type { VerbitContract, VerbitEnvironment } from '../../../lib/vendors/verbit.api.js';
import { verbit } from '../../../lib/vendors/verbit.api.js';
import { isObject } from '../../../lib/common/is-object.js';
import { parseJson } from '../../../lib/vendors/wire.js';

const URL_AUTH = 'https://vendor.test/auth';
const common = { Accept: 'application/json', 'User-Agent': `nestjs-auth-apis/${VERSION}` };
function answerOf(given: unknown, headers: Record<string, string> = {}, status = 200): TokenResponse {
  const body = typeof given === 'string' ? given : JSON.stringify(given);
  const json = parseJson(body);
  return { status, headers, body, json: isObject(json) ? json : {} };
}
const HOUR = 3_600_000;

describe('Verbit, contract v0.8', () => {
  const settings = { contract: 'v0.8' } as const;
  const ask = (apiKey: string, tokenParams: { tracingId?: string; requestTimestamp?: string } = {}) =>
    verbit.request({ url: URL_AUTH, credentials: { apiKey }, tokenParams, settings });

  test('asks by POST with the key in `payload` and a tracing id of its own', () => {
    const requests = [1, 2].map(() => ask('k"1'));
    expect(requests[0]).toMatchObject({ method: 'POST', url: URL_AUTH, body: '{"payload":{"api_key":"k\\"1"}}' });
    const ids = requests.map(({ headers }) => headers['X-Tracing-ID']);
    expect(requests[0]!.headers).toEqual({ ...common, 'Content-Type': 'application/json', 'X-Tracing-ID': ids[0] });
    expect(ids[0]).toMatch(/^[\da-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('is what an account speaks that says nothing', () => {
    const silent = { url: URL_AUTH, credentials: { apiKey: 'k' }, tokenParams: { tracingId: 'mine' }, settings: {} };
    expect(verbit.request(silent)).toEqual(ask('k', { tracingId: 'mine' }));
    expect(verbit.lifetimeMs({})).toBe(verbit.lifetimeMs(settings));
  });

  test('sends the caller’s tracing id and timestamp', () => {
    const requestTimestamp = '2026-01-15T12:00:00.000Z';
    const { headers } = ask('k', { tracingId: 'mine', requestTimestamp });
    expect(headers).toMatchObject({ 'X-Tracing-ID': 'mine', 'X-Request-Timestamp': '2026-01-15T12:00:00.000Z' });
  });

  test('reads the documented answer, with and without the optional fields', () => {
    const required = { tracing_id: 't', request_timestamp: '2026-01-15T12:00:00.000Z', data: { token: 'a.b.c' } };
    const requestTimestamp = new Date(required.request_timestamp);
    expect(verbit.parseResponse(answerOf(required), settings)).toEqual({
      token: 'a.b.c',
      data: { tracingId: 't', requestTimestamp, data: { token: 'a.b.c' } },
    });
    const optional = { schema_timestamp: '2021-03-01T00:00:00.000Z', schema_hash: 'h', schema_name: 'n' };
    expect(verbit.parseResponse(answerOf({ ...required, ...optional }), settings)?.data).toEqual({
      tracingId: 't',
      requestTimestamp,
      data: { token: 'a.b.c' },
      schemaTimestamp: new Date(optional.schema_timestamp),
      schemaHash: 'h',
      schemaName: 'n',
    });
  });

  test.each([
    '',
    'null',
    '[]',
    '"a.b.c"',
    '<html>login</html>',
    '{"data":{"token":"a.b',
    '{}',
    '{"data":null}',
    '{"data":{"token":""}}',
    '{"data":{"token":7}}',
    '{"data":{"token":"a b"}}',
    '{"data":{"token":"a\\nb"}}',
    '{"data":{"token":"schlüssel"}}',
    '{"token":"a.b.c"}',
  ])('takes %j for no token', (body) => {
    expect(verbit.parseResponse(answerOf(body), settings)).toBeUndefined();
  });

  test('documents one hour, and a Bearer header', () => {
    expect(verbit.lifetimeMs(settings)).toBe(HOUR);
    expect(verbit.tokenHeader).toEqual({ name: 'Authorization', prefix: 'Bearer ', suffix: '' });
  });

  test('reads errors in every shape that is known', () => {
    const errors = [{ code: '500', type: 'internal', message: 'Something went wrong. Please contact support.' }];
    expect(verbit.parseError(answerOf({ tracing_id: 't', errors }))).toEqual({ errors, tracingId: 't' });
    expect(verbit.parseError(answerOf(errors))).toEqual({ errors });
    expect(verbit.parseError(answerOf({ errors: [{ code: 422, type: 7, more: 1 }, 'x', null] }))).toEqual({
      errors: [{ code: '422' }, { message: 'x' }],
    });
    expect(verbit.parseError(answerOf({ ErrorType: 'auth', ErrorComment: 'bad key' }))).toEqual({
      errors: [{ type: 'auth', message: 'bad key' }],
    });
    expect(verbit.parseError(answerOf('<html>', { 'x-tracing-id': 'h' }))).toEqual({ tracingId: 'h' });
    for (const body of ['', 'null', '7', '{"errors":7}', '[]']) expect(verbit.parseError(answerOf(body))).toEqual({});
  });
});

describe('Verbit, contract users', () => {
  const settings = { contract: 'users' } as const;

  test('asks by POST with the key in `data` and no header of v0.8', () => {
    const tokenParams = { tracingId: 'mine', requestTimestamp: '2026-01-15T12:00:00.000Z' };
    expect(verbit.request({ url: URL_AUTH, credentials: { apiKey: 'k' }, tokenParams, settings })).toEqual({
      method: 'POST',
      url: URL_AUTH,
      headers: { ...common, 'Content-Type': 'application/json' },
      body: '{"data":{"api_key":"k"}}',
    });
  });

  test('reads the bare token, and nothing else', () => {
    expect(verbit.parseResponse(answerOf({ token: 'a.b.c' }), settings)).toEqual({
      token: 'a.b.c',
      data: { data: { token: 'a.b.c' } },
    });
    for (const body of ['', '{}', '{"data":{"token":"a.b.c"}}', '{"token":""}', '<html>']) {
      expect(verbit.parseResponse(answerOf(body), settings)).toBeUndefined();
    }
  });

  test('documents 24 hours, and the same header', () => {
    expect(verbit.lifetimeMs(settings)).toBe(24 * HOUR);
    expect(verbit.tokenHeader).toEqual({ name: 'Authorization', prefix: 'Bearer ', suffix: '' });
  });
});

describe('Sparkfly', () => {
  const credentials = { identity: 'me', key: 'k1' };

  test.each(['POST', 'GET'] as const)('is asked by %s with identity and key in headers, without a body', (method) => {
    const settings = { authMethod: method };
    expect(sparkfly.request({ url: URL_AUTH, credentials, tokenParams: {}, settings })).toEqual({
      method,
      url: URL_AUTH,
      headers: { ...common, 'X-Auth-Identity': 'me', 'X-Auth-Key': 'k1' },
    });
  });

  test('joins a prefix and its credential by one space, and sends scope and address when given', () => {
    const prefixes = { identityPrefix: 'Identity', keyPrefix: 'Key' };
    const tokenParams = { authScope: 'offers', forwardedFor: '203.0.113.7' };
    expect(sparkfly.request({ url: URL_AUTH, credentials, tokenParams, settings: prefixes }).headers).toEqual({
      ...common,
      'X-Auth-Identity': 'Identity me',
      'X-Auth-Key': 'Key k1',
      'X-Auth-Scope': 'offers',
      'X-Forwarded-For': '203.0.113.7',
    });
  });

  test.each(['2026-01-15T12:00:00Z', 'Thu, 15 Jan 2026 12:00:00 GMT'])('reads a 204 whose Date is %s', (date) => {
    const headers = { 'x-auth-token': 'f00', 'cache-control': 'no-cache', date, 'x-ua-compatible': 'IE=Edge' };
    expect(sparkfly.parseResponse(answerOf('', headers, 204), {})).toEqual({
      token: 'f00',
      data: {
        token: 'f00',
        cacheControl: 'no-cache',
        date: new Date('2026-01-15T12:00:00Z'),
        uaCompatible: 'IE=Edge',
      },
    });
  });

  test.each([undefined, '', 'a, b', 'a b', 'ü'])('takes an X-Auth-Token of %j for no token', (token) => {
    const headers: Record<string, string> = token === undefined ? {} : { 'x-auth-token': token };
    expect(sparkfly.parseResponse(answerOf('', headers, 204), {})).toBeUndefined();
  });

  test('documents 24 hours, and the token bare in X-Auth-Token', () => {
    expect(sparkfly.lifetimeMs({})).toBe(24 * HOUR);
    expect(sparkfly.tokenHeader).toEqual({ name: 'X-Auth-Token', prefix: '', suffix: '' });
  });

  test('errors are read from the body, which may be empty', () => {
    expect(sparkfly.parseError(answerOf({ error: 'Invalid credentials' }, {}, 401))).toEqual({
      error: 'Invalid credentials',
    });
    for (const body of ['', '<html>', '[]', '{"error":{}}']) {
      expect(sparkfly.parseError(answerOf(body, {}, 401))).toEqual({});
    }
  });
});

interface VerbitPlace {
  readonly contract?: VerbitContract;
  readonly environment?: VerbitEnvironment;
  readonly baseURL?: string;
  readonly tokenURL?: string;
}

const verbitEndpoints = ({ contract, environment, ...given }: VerbitPlace) =>
  verbit.endpoints({ contract, environment }, given);

describe('Verbit’s defaults', () => {
  const further = ['https://orders.verbit.co', 'https://realtime.verbit.co'];
  const production = 'https://api.verbit.co/api/v1';
  const sandbox = 'https://sandbox-api.verbit.co/api/v1';

  test.each([
    { contract: 'v0.8', environment: 'production', baseURL: production, auth: `${production}/auth`, further },
    { contract: 'v0.8', environment: 'sandbox', baseURL: sandbox, auth: `${sandbox}/auth`, further: [] },
    {
      contract: 'users',
      environment: 'production',
      baseURL: production,
      auth: 'https://users.verbit.co/api/v1/auth',
      further,
    },
  ] as const)('$contract in $environment', ({ contract, environment, baseURL, auth, further }) => {
    expect(verbitEndpoints({ contract, environment })).toEqual({ baseURL, tokenURLs: [auth], furtherOrigins: further });
  });

  test('are v0.8 in production', () => {
    expect(verbitEndpoints({})).toEqual(verbitEndpoints({ contract: 'v0.8', environment: 'production' }));
  });

  test('users in the sandbox has no token endpoint unless tokenURL is given', () => {
    const place = { contract: 'users', environment: 'sandbox' } as const;
    expect(verbitEndpoints(place)).toBeUndefined();
    expect(verbitEndpoints({ ...place, tokenURL: 'https://auth.test/x' })?.tokenURLs).toEqual(['https://auth.test/x']);
  });

  test('a base URL of Verbit’s own changes nothing about where the users contract asks', () => {
    for (const baseURL of ['https://api.verbit.co/api/v1', 'https://orders.verbit.co/api/v1']) {
      const { tokenURLs } = verbitEndpoints({ contract: 'users', environment: 'production', baseURL })!;
      expect(tokenURLs).toEqual(['https://users.verbit.co/api/v1/auth']);
    }
  });

  test('a base URL of the user’s own takes the key nowhere else', () => {
    const place = { environment: 'production', baseURL: 'https://gateway.test/verbit/' } as const;
    for (const contract of ['v0.8', 'users'] as const) {
      expect(verbitEndpoints({ ...place, contract })?.tokenURLs).toEqual(['https://gateway.test/verbit/auth']);
    }
  });
});

const endpoints = (environment: SparkflyEnvironment, given: { baseURL?: string; tokenURL?: string } = {}) =>
  sparkfly.endpoints({ environment }, given)!;
const methodIn = (environment?: SparkflyEnvironment) =>
  sparkfly.request({
    url: URL_AUTH,
    credentials: { identity: 'me', key: 'k' },
    tokenParams: {},
    settings: { environment },
  }).method;

describe('Sparkfly’s defaults', () => {
  const staging = 'https://api-staging.sparkfly.com';
  const production = 'https://api.sparkfly.com';
  const pos = 'https://posapi-staging.sparkfly.com';

  test.each([
    {
      environment: 'staging',
      method: 'POST',
      baseURL: `${staging}/v1.0`,
      tokenURLs: [`${staging}/v1.0/auth`, `${staging}/auth`],
    },
    {
      environment: 'production',
      method: 'POST',
      baseURL: `${production}/v1.0`,
      tokenURLs: [`${production}/v1.0/auth`, `${production}/auth`],
    },
    { environment: 'pos-staging', method: 'GET', baseURL: pos, tokenURLs: [`${pos}/auth`] },
  ] as const)('$environment', ({ environment, method, baseURL, tokenURLs }) => {
    expect(methodIn(environment)).toBe(method);
    expect(endpoints(environment)).toEqual({ baseURL, tokenURLs, furtherOrigins: [] });
  });

  test('are staging', () => {
    expect(sparkfly.endpoints({}, {})).toEqual(endpoints('staging'));
    expect(methodIn(undefined)).toBe('POST');
  });

  test('an tokenURL, absolute or relative, is the only place asked', () => {
    expect(endpoints('staging', { tokenURL: '/login' }).tokenURLs).toEqual([`${staging}/v1.0/login`]);
    expect(endpoints('staging', { tokenURL: 'https://auth.test/x' }).tokenURLs).toEqual(['https://auth.test/x']);
  });

  test('a base URL at the root has one place, not the same twice', () => {
    expect(endpoints('production', { baseURL: 'https://gateway.test' }).tokenURLs).toEqual([
      'https://gateway.test/auth',
    ]);
  });
});
