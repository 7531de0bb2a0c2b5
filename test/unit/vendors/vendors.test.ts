import { describe, expect, test } from 'vitest';
import { VERSION } from '../../../lib/common/version.js';
import type { SparkflyEnvironment } from '../../../lib/vendors/sparkfly.endpoints.js';
import { defaultAuthMethod, sparkflyEndpoints } from '../../../lib/vendors/sparkfly.endpoints.js';
import { sparkflyDefinition } from '../../../lib/vendors/sparkfly.wire.js';
import { verbitEndpoints } from '../../../lib/vendors/verbit.endpoints.js';
import { verbitContracts } from '../../../lib/vendors/verbit.wire.js';

const URL_AUTH = 'https://vendor.test/auth';
const common = { Accept: 'application/json', 'User-Agent': `nestjs-auth-apis/${VERSION}` };
const answerOf = (body: unknown, headers: Record<string, string> = {}, status = 200) => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const HOUR = 3_600_000;

describe('Verbit, contract v0.8', () => {
  const v08 = verbitContracts['v0.8'];

  test('asks by POST with the key in `payload` and a tracing id of its own', () => {
    const requests = [1, 2].map(() => v08.request(URL_AUTH, { apiKey: 'k"1' }, {}));
    expect(requests[0]).toMatchObject({ method: 'POST', url: URL_AUTH, body: '{"payload":{"api_key":"k\\"1"}}' });
    const ids = requests.map(({ headers }) => headers['X-Tracing-ID']);
    expect(requests[0]!.headers).toEqual({ ...common, 'Content-Type': 'application/json', 'X-Tracing-ID': ids[0] });
    expect(ids[0]).toMatch(/^[\da-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('sends the caller’s tracing id, and a timestamp in ISO 8601 UTC', () => {
    const requestTimestamp = new Date('2026-01-15T13:00:00+01:00');
    const { headers } = v08.request(URL_AUTH, { apiKey: 'k' }, { tracingId: 'mine', requestTimestamp });
    expect(headers).toMatchObject({ 'X-Tracing-ID': 'mine', 'X-Request-Timestamp': '2026-01-15T12:00:00.000Z' });
  });

  test('reads the documented answer, with and without the optional fields', () => {
    const required = { tracing_id: 't', request_timestamp: '2026-01-15T12:00:00.000Z', data: { token: 'a.b.c' } };
    const requestTimestamp = new Date(required.request_timestamp);
    expect(v08.answer(answerOf(required))).toEqual({ tracingId: 't', requestTimestamp, data: { token: 'a.b.c' } });
    const optional = { schema_timestamp: '2021-03-01T00:00:00.000Z', schema_hash: 'h', schema_name: 'n' };
    expect(v08.answer(answerOf({ ...required, ...optional }))).toEqual({
      tracingId: 't',
      requestTimestamp,
      data: { token: 'a.b.c' },
      schemaTimestamp: new Date(optional.schema_timestamp),
      schemaHash: 'h',
      schemaName: 'n',
    });
    expect(v08.token({ data: { token: 'a.b.c' } })).toBe('a.b.c');
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
    expect(v08.answer(answerOf(body))).toBeUndefined();
  });

  test('documents one hour, and a Bearer header', () => {
    expect(v08.lifetimeMs).toBe(HOUR);
    expect(v08.placement).toMatchObject({ header: 'Authorization', scheme: 'Bearer' });
  });

  test('reads errors in every shape that is known', () => {
    const errors = [{ code: '500', type: 'internal', message: 'Something went wrong. Please contact support.' }];
    expect(v08.error(answerOf({ tracing_id: 't', errors }))).toEqual({ errors, tracingId: 't' });
    expect(v08.error(answerOf(errors))).toEqual({ errors });
    expect(v08.error(answerOf({ errors: [{ code: 422, type: 7, more: 1 }, 'x', null] }))).toEqual({
      errors: [{ code: '422' }, { message: 'x' }],
    });
    expect(v08.error(answerOf({ ErrorType: 'auth', ErrorComment: 'bad key' }))).toEqual({
      errors: [{ type: 'auth', message: 'bad key' }],
    });
    expect(v08.error(answerOf('<html>', { 'x-tracing-id': 'h' }))).toEqual({ tracingId: 'h' });
    for (const body of ['', 'null', '7', '{"errors":7}', '[]']) expect(v08.error(answerOf(body))).toEqual({});
  });
});

describe('Verbit, contract users', () => {
  const { users } = verbitContracts;

  test('asks by POST with the key in `data` and no header of v0.8', () => {
    expect(users.request(URL_AUTH, { apiKey: 'k' }, { tracingId: 'mine', requestTimestamp: new Date() })).toEqual({
      method: 'POST',
      url: URL_AUTH,
      headers: { ...common, 'Content-Type': 'application/json' },
      body: '{"data":{"api_key":"k"}}',
    });
  });

  test('reads the bare token, and nothing else', () => {
    expect(users.answer(answerOf({ token: 'a.b.c' }))).toEqual({ data: { token: 'a.b.c' } });
    for (const body of ['', '{}', '{"data":{"token":"a.b.c"}}', '{"token":""}', '<html>']) {
      expect(users.answer(answerOf(body))).toBeUndefined();
    }
  });

  test('documents 24 hours, and the same header', () => {
    expect(users.lifetimeMs).toBe(24 * HOUR);
    expect(users.placement).toMatchObject({ header: 'Authorization', scheme: 'Bearer' });
  });
});

describe('Sparkfly', () => {
  const credentials = { identity: 'me', key: 'k1' };

  test.each(['POST', 'GET'] as const)('is asked by %s with identity and key in headers, without a body', (method) => {
    expect(sparkflyDefinition(method).request(URL_AUTH, credentials, {})).toEqual({
      method,
      url: URL_AUTH,
      headers: { ...common, 'X-Auth-Identity': 'me', 'X-Auth-Key': 'k1' },
    });
  });

  test('joins a prefix and its credential by one space, and sends scope and address when given', () => {
    const prefixes = { identityPrefix: 'Identity', keyPrefix: 'Key' };
    const params = { authScope: 'offers', forwardedFor: '203.0.113.7' };
    expect(sparkflyDefinition('POST').request(URL_AUTH, { ...credentials, ...prefixes }, params).headers).toEqual({
      ...common,
      'X-Auth-Identity': 'Identity me',
      'X-Auth-Key': 'Key k1',
      'X-Auth-Scope': 'offers',
      'X-Forwarded-For': '203.0.113.7',
    });
  });

  test.each(['2026-01-15T12:00:00Z', 'Thu, 15 Jan 2026 12:00:00 GMT'])('reads a 204 whose Date is %s', (date) => {
    const headers = { 'x-auth-token': 'f00', 'cache-control': 'no-cache', date, 'x-ua-compatible': 'IE=Edge' };
    expect(sparkflyDefinition('POST').answer(answerOf('', headers, 204))).toEqual({
      token: 'f00',
      cacheControl: 'no-cache',
      date: new Date('2026-01-15T12:00:00Z'),
      uaCompatible: 'IE=Edge',
    });
  });

  test.each([undefined, '', 'a, b', 'a b', 'ü'])('takes an X-Auth-Token of %j for no token', (token) => {
    const headers: Record<string, string> = token === undefined ? {} : { 'x-auth-token': token };
    expect(sparkflyDefinition('POST').answer(answerOf('', headers, 204))).toBeUndefined();
  });

  test('documents 24 hours, and the token bare in X-Auth-Token', () => {
    expect(sparkflyDefinition('POST').lifetimeMs).toBe(24 * HOUR);
    expect(sparkflyDefinition('GET').placement).toMatchObject({ header: 'X-Auth-Token' });
  });

  test('errors are read from the body, which may be empty', () => {
    const definition = sparkflyDefinition('POST');
    expect(definition.error(answerOf({ error: 'Invalid credentials' }, {}, 401))).toEqual({
      error: 'Invalid credentials',
    });
    for (const body of ['', '<html>', '[]', '{"error":{}}'])
      expect(definition.error(answerOf(body, {}, 401))).toEqual({});
  });
});

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
    expect(verbitEndpoints({ contract, environment })).toEqual({ baseURL, authURLs: [auth], furtherOrigins: further });
  });

  test('users in the sandbox has no token endpoint unless authURL is given', () => {
    const place = { contract: 'users', environment: 'sandbox' } as const;
    expect(verbitEndpoints(place)).toBeUndefined();
    expect(verbitEndpoints({ ...place, authURL: 'https://auth.test/x' })?.authURLs).toEqual(['https://auth.test/x']);
  });

  test('a base URL of Verbit’s own changes nothing about where the users contract asks', () => {
    for (const baseURL of ['https://api.verbit.co/api/v1', 'https://orders.verbit.co/api/v1']) {
      const { authURLs } = verbitEndpoints({ contract: 'users', environment: 'production', baseURL })!;
      expect(authURLs).toEqual(['https://users.verbit.co/api/v1/auth']);
    }
  });

  test('a base URL of the user’s own takes the key nowhere else', () => {
    const place = { environment: 'production', baseURL: 'https://gateway.test/verbit/' } as const;
    for (const contract of ['v0.8', 'users'] as const) {
      expect(verbitEndpoints({ ...place, contract })?.authURLs).toEqual(['https://gateway.test/verbit/auth']);
    }
  });
});

const endpoints = (environment: SparkflyEnvironment, more = {}) => sparkflyEndpoints({ environment, ...more });

describe('Sparkfly’s defaults', () => {
  const staging = 'https://api-staging.sparkfly.com';
  const production = 'https://api.sparkfly.com';
  const pos = 'https://posapi-staging.sparkfly.com';

  test.each([
    {
      environment: 'staging',
      method: 'POST',
      baseURL: `${staging}/v1.0`,
      authURLs: [`${staging}/v1.0/auth`, `${staging}/auth`],
    },
    {
      environment: 'production',
      method: 'POST',
      baseURL: `${production}/v1.0`,
      authURLs: [`${production}/v1.0/auth`, `${production}/auth`],
    },
    { environment: 'pos-staging', method: 'GET', baseURL: pos, authURLs: [`${pos}/auth`] },
  ] as const)('$environment', ({ environment, method, baseURL, authURLs }) => {
    expect(defaultAuthMethod(environment)).toBe(method);
    expect(endpoints(environment)).toEqual({ baseURL, authURLs, furtherOrigins: [] });
  });

  test('an authURL, absolute or relative, is the only place asked', () => {
    expect(endpoints('staging', { authURL: '/login' }).authURLs).toEqual([`${staging}/v1.0/login`]);
    expect(endpoints('staging', { authURL: 'https://auth.test/x' }).authURLs).toEqual(['https://auth.test/x']);
  });

  test('a base URL at the root has one place, not the same twice', () => {
    expect(endpoints('production', { baseURL: 'https://gateway.test' }).authURLs).toEqual([
      'https://gateway.test/auth',
    ]);
  });
});
