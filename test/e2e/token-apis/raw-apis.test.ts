import { SparkflyAuthenticationApi, VerbitAuthenticationApi } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const names = (raw: readonly string[]): string[] => raw.filter((_, i) => i % 2 === 0);

describe('VerbitAuthenticationApi', () => {
  test('auth() posts the key and answers with the typed body: camelCase, dates as Dates', async () => {
    const { vendor, client } = await verbitApp();
    expect(client.authentication).toBeInstanceOf(VerbitAuthenticationApi);
    const answer = await client.authentication.auth();
    const [request] = vendor.requests;
    expect(answer).toEqual({
      tracingId: request?.headers['x-tracing-id'],
      requestTimestamp: expect.any(Date) as Date,
      data: { token: vendor.tokensIssued[0] },
      schemaTimestamp: new Date('2021-03-01T00:00:00.000Z'),
      schemaHash: '5f2b8c1d',
      schemaName: 'auth_response',
    });
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v1/auth',
      body: '{"payload":{"api_key":"fake-verbit-key"}}',
    });
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' });
    expect(request?.headers).not.toHaveProperty('authorization');
    expect(request?.headers).not.toHaveProperty('x-request-timestamp');
  });

  test('a tracing id is made for each request, unless one is given', async () => {
    const { vendor, client } = await verbitApp();
    await client.authentication.auth();
    await client.authentication.auth();
    const answer = await client.authentication.auth({ tracingId: 'order-4711' });
    const [first, second, third] = vendor.requests.map(({ headers }) => headers['x-tracing-id']);
    expect(first).toMatch(UUID);
    expect(second).toMatch(UUID);
    expect(second).not.toBe(first);
    expect(third).toBe('order-4711');
    expect(answer.tracingId).toBe('order-4711');
    expect(names(vendor.requests[0]!.rawHeaders)).toContain('X-Tracing-ID');
  });

  test('the timestamp goes out as ISO 8601 in UTC', async () => {
    const { vendor, client } = await verbitApp();
    await client.authentication.auth({ requestTimestamp: new Date('2024-05-06T09:08:07.006+02:00') });
    expect(vendor.requests[0]?.headers['x-request-timestamp']).toBe('2024-05-06T07:08:07.006Z');
    expect(names(vendor.requests[0]!.rawHeaders)).toContain('X-Request-Timestamp');
  });

  test('authWithHttpInfo() adds status and headers', async () => {
    const { client } = await verbitApp();
    const { data, status, headers } = await client.authentication.authWithHttpInfo({ tracingId: 'a' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json', date: expect.any(String) as string });
    expect(data.data.token).toBeTypeOf('string');
  });

  test('each call is one request, and the token at hand stays as it is', async () => {
    const { vendor, client } = await verbitApp();
    const token = await client.tokens.get();
    await Promise.all([client.authentication.auth(), client.authentication.auth()]);
    expect(vendor.counters.tokenRequests).toBe(3);
    expect(client.tokens.peek()).toBe(token);
  });

  test('another key than the account’s can be tried, and the account does not notice', async () => {
    const { vendor, client } = await verbitApp({ fake: { apiKey: ['key-one', 'key-two'] } });
    const { data } = await client.authentication.auth({ apiKey: 'key-two' });
    expect(vendor.tokenDetails(data.token)).toMatchObject({ apiKey: 'key-two' });
    const error = await failureOf(client.authentication.auth({ apiKey: 'key-three' }));
    expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 401, api: 'verbit', account: 'default' });
    expectNoSecret(error, ['key-one', 'key-two', 'key-three']);
    expect(await client.tokens.get()).toBeDefined();
  });

  test('a refusal is typed: the vendor’s own words, its tracing id, whether trying again helps', async () => {
    const { vendor, client } = await verbitApp();
    const errors = [{ code: '500', type: 'internal', message: 'Something went wrong. Please contact support.' }];
    vendor.failNext({ status: 500, body: { tracing_id: 't-1', errors } });
    const error = await failureOf(client.authentication.auth());
    expect(error).toMatchObject({
      name: 'TokenEndpointError',
      vendorStatus: 500,
      retryable: true,
      tracingId: 't-1',
      errors,
    });
    expect(error.message).toContain('Please contact support.');
    vendor.failNext({ status: 429, headers: { 'Retry-After': '7' } });
    expect(await failureOf(client.authentication.auth())).toMatchObject({ vendorStatus: 429, retryAfterMs: 7_000 });
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test.each([
    [{ apiKey: 'line\nbreak' }, /apiKey contains a line break/],
    [{ tracingId: 'ключ' }, /tracingId contains characters/],
    [{ requestTimestamp: new Date(Number.NaN) }, /requestTimestamp must be a valid Date/],
    [{ requestTimestamp: '2024-05-06' as unknown as Date }, /requestTimestamp must be a valid Date/],
  ])('parameters that cannot be sent are refused, and nothing goes out', async (params, message) => {
    const { vendor, client } = await verbitApp();
    const error = await failureOf(client.authentication.auth(params));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringMatching(message) as string });
    expect(vendor.requests).toHaveLength(0);
  });

  test('the users contract sends and reads the other shape', async () => {
    const { vendor, client } = await verbitApp({ fake: { contract: 'users' }, account: { contract: 'users' } });
    expect(await client.authentication.auth()).toEqual({ data: { token: vendor.tokensIssued[0] } });
    expect(vendor.requests[0]?.body).toBe('{"data":{"api_key":"fake-verbit-key"}}');
    expect(vendor.requests[0]?.headers).not.toHaveProperty('x-tracing-id');
  });

  test('an attempt that takes too long ends after tokenRequestTimeoutMs', async () => {
    const { vendor, client } = await verbitApp({ options: { tokenRequestTimeoutMs: 80 } });
    vendor.failNext({ action: 'hang' });
    const error = await failureOf(client.authentication.auth());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', retryable: true });
    expect(error.message).toContain('80 ms (tokenRequestTimeoutMs)');
  });
});

describe('SparkflyAuthenticationApi', () => {
  test('postAuth() sends the credentials as headers, without a body or a claim of one, and answers typed', async () => {
    const { vendor, client } = await sparkflyApp();
    expect(client.authentication).toBeInstanceOf(SparkflyAuthenticationApi);
    const answer = await client.authentication.postAuth();
    expect(answer).toEqual({
      token: vendor.tokensIssued[0],
      cacheControl: 'no-cache',
      date: expect.any(Date) as Date,
      uaCompatible: 'IE=Edge,chrome=1',
    });
    const request = vendor.requests[0]!;
    expect(request).toMatchObject({ method: 'POST', path: '/v1.0/auth', body: '' });
    expect(request.headers).toMatchObject({
      'x-auth-identity': vendor.identity,
      'x-auth-key': vendor.key,
      accept: 'application/json',
    });
    for (const header of ['content-type', 'x-auth-token', 'x-auth-scope', 'x-forwarded-for']) {
      expect(request.headers).not.toHaveProperty(header);
    }
    expect(names(request.rawHeaders)).toEqual(expect.arrayContaining(['X-Auth-Identity', 'X-Auth-Key']));
  });

  test('scope and forwarded address are those of the call, else those of the account', async () => {
    const { vendor, client } = await sparkflyApp({ account: { authScope: 'offers', forwardedFor: '203.0.113.7' } });
    await client.authentication.postAuth();
    await client.authentication.postAuth({ authScope: 'members', forwardedFor: '203.0.113.8' });
    const sent = vendor.requests.map(({ headers }) => [headers['x-auth-scope'], headers['x-forwarded-for']]);
    expect(sent).toEqual([
      ['offers', '203.0.113.7'],
      ['members', '203.0.113.8'],
    ]);
  });

  test('postAuthWithHttpInfo() adds status and headers', async () => {
    const { client } = await sparkflyApp();
    const { data, status, headers } = await client.authentication.postAuthWithHttpInfo({ authScope: 'offers' });
    expect(status).toBe(204);
    expect(headers['x-auth-token']).toBe(data.token);
    expect(headers['date']).toBe(data.date?.toUTCString());
  });

  test('prefixes are joined to their credential by one space', async () => {
    const prefixes = { identityPrefix: 'Identity', keyPrefix: 'Key' };
    const { vendor, client } = await sparkflyApp({ fake: prefixes, account: prefixes });
    await client.authentication.postAuth();
    expect(vendor.requests[0]?.headers).toMatchObject({
      'x-auth-identity': `Identity ${vendor.identity}`,
      'x-auth-key': `Key ${vendor.key}`,
    });
  });

  test('the root path is tried once where the base path has no token endpoint, and remembered', async () => {
    const { vendor, client } = await sparkflyApp({ fake: { authPath: 'root' } });
    await client.authentication.postAuth();
    await client.authentication.postAuth();
    expect(vendor.requests.map(({ path }) => path)).toEqual(['/v1.0/auth', '/auth', '/auth']);
  });

  test('the POS API is asked with GET at its root', async () => {
    const account = { environment: 'pos-staging' } as const;
    const { vendor, client } = await sparkflyApp({ fake: { contract: 'pos' }, account });
    await client.authentication.postAuth();
    expect(vendor.requests).toMatchObject([{ method: 'GET', path: '/auth', body: '' }]);
  });

  test('a refusal is typed, in the vendor’s own words', async () => {
    const { vendor, client } = await sparkflyApp({ account: { key: 'a-wrong-key' } });
    const error = await failureOf(client.authentication.postAuth());
    expect(error).toMatchObject({
      name: 'CredentialsRejectedError',
      code: 'CREDENTIALS_REJECTED',
      vendorStatus: 401,
      error: 'Invalid credentials',
      retryable: false,
    });
    expectNoSecret(error, ['a-wrong-key', vendor.identity]);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, tokenRequestsDenied: 1 });
  });

  test('a scope that cannot be sent is refused', async () => {
    const { vendor, client } = await sparkflyApp();
    const error = await failureOf(client.authentication.postAuth({ authScope: 'a\r\nX-Evil: 1' }));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(vendor.requests).toHaveLength(0);
  });
});

test('the GET of older platform documents takes one option: the root path is found', async () => {
  const { vendor, client } = await sparkflyApp({
    fake: { authPath: 'root', authMethod: 'GET' },
    account: { authMethod: 'GET' },
  });
  await client.tokens.refresh();
  await client.tokens.refresh();
  expect(vendor.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1.0/auth',
    'GET /auth',
    'GET /auth',
  ]);
});
