import { afterEach, describe, expect, it } from 'vitest';
import { FakeVerbit, ManualClock, type FakeVerbitOptions } from '../../../lib/testing/index.js';
import { ask, jsonPost, parse } from './wire.helper.js';

const START = Date.parse('2030-01-02T03:04:05.000Z');

interface AuthBody {
  tracing_id: string;
  request_timestamp: string;
  data: { token: string };
}

interface ErrorBody {
  tracing_id: string;
  request_timestamp: string;
  errors: { code: string; type: string; message: string }[];
}

let verbit: FakeVerbit;
const start = async (options: FakeVerbitOptions = {}): Promise<void> => void (verbit = await FakeVerbit.start(options));
const auth = (body: unknown, headers = {}) => jsonPost(verbit.tokenURL, body, headers);
const goodAuth = (headers = {}) => auth({ payload: { api_key: verbit.apiKey } }, headers);
const buy = async (): Promise<string> => parse<AuthBody>(await goodAuth()).data.token;
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const claims = (token: string): { iat: number; exp: number; jti: string } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

afterEach(() => verbit.close());

describe('the token endpoint of FakeVerbit', () => {
  it('stands under /api/v1 of a loopback origin', async () => {
    await start();
    expect(verbit.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(verbit.baseURL).toBe(`${verbit.origin}/api/v1`);
    expect(verbit.tokenURL).toBe(`${verbit.origin}/api/v1/auth`);
  });

  it('sells a token for the API key, in the documented envelope', async () => {
    await start({ clock: new ManualClock(START) });
    const reply = await goodAuth();
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(parse(reply)).toEqual({
      tracing_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      request_timestamp: '2030-01-02T03:04:05.000Z',
      data: { token: verbit.tokensIssued[0] },
      schema_timestamp: expect.any(String),
      schema_hash: expect.any(String),
      schema_name: expect.any(String),
    });
  });

  it('issues a JWT signed with HS256 that says when it was issued and when it expires', async () => {
    await start({ clock: new ManualClock(START) });
    const token = await buy();
    const [header = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claims(token)).toEqual({ iat: START / 1000, exp: START / 1000 + 3_600, jti: expect.any(String) });
  });

  it('keeps fractions of a second, so that a life of 250 ms is one', async () => {
    await start({ clock: new ManualClock(START), tokenLifetimeMs: 250 });
    const { iat, exp } = claims(await buy());
    expect(exp - iat).toBeCloseTo(0.25, 5);
  });

  it('never issues the same token twice, not even in the same millisecond', async () => {
    await start({ clock: new ManualClock(START) });
    expect(await buy()).not.toBe(await buy());
  });

  it('echoes the tracing id and the timestamp of the request', async () => {
    await start();
    const reply = await goodAuth({ 'X-Tracing-ID': 'trace-1', 'X-Request-Timestamp': '2020-02-02T02:02:02Z' });
    expect(parse(reply)).toMatchObject({ tracing_id: 'trace-1', request_timestamp: '2020-02-02T02:02:02Z' });
    expect(reply.rawHeaders).toContain('X-Tracing-ID');
    expect(reply.headers['x-tracing-id']).toBe('trace-1');
  });

  it('generates another tracing id for each request without one, the same in header and body', async () => {
    await start();
    const [first, second] = [await goodAuth(), await goodAuth()];
    expect(parse<AuthBody>(first).tracing_id).toBe(first.headers['x-tracing-id']);
    expect(first.headers['x-tracing-id']).not.toBe(second.headers['x-tracing-id']);
  });

  it('understands a content type with a charset, in any case', async () => {
    await start();
    expect((await goodAuth({ 'Content-Type': 'application/json; charset=utf-8' })).status).toBe(200);
    expect((await goodAuth({ 'Content-Type': 'Application/JSON' })).status).toBe(200);
  });

  it('accepts each of several API keys and remembers which one bought a token', async () => {
    await start({ apiKey: ['one', 'two'], clock: new ManualClock(START) });
    expect([verbit.apiKey, verbit.apiKeys]).toEqual(['one', ['one', 'two']]);
    const { token } = parse<AuthBody>(await auth({ payload: { api_key: 'two' } })).data;
    expect(verbit.tokenDetails(token)).toEqual({ apiKey: 'two', issuedAt: START, expiresAt: START + 3_600_000 });
    expect(verbit.tokenDetails('not one of mine')).toBeUndefined();
  });

  it.each([
    [{ payload: {} }, "The property '#/payload' did not contain a required property of 'api_key'"],
    [{}, "The property '#/' did not contain a required property of 'payload'"],
    [{ data: { api_key: 'fake-verbit-key' } }, "The property '#/' did not contain a required property of 'payload'"],
    [[], "The property '#/' of type array did not match the following type: object"],
    [null, "The property '#/' of type null did not match the following type: object"],
    [{ payload: 'x' }, "The property '#/payload' of type string did not match the following type: object"],
    [
      { payload: { api_key: 7 } },
      "The property '#/payload/api_key' of type number did not match the following type: string",
    ],
  ])('refuses %j with the schema error of the documentation', async (body, message) => {
    await start();
    const reply = await auth(body, { 'X-Tracing-ID': 'trace-2', 'X-Request-Timestamp': 'then' });
    expect(reply.status).toBe(400);
    expect(parse(reply)).toEqual({
      tracing_id: 'trace-2',
      request_timestamp: 'then',
      errors: [{ code: '400', type: 'schema_validation_error', message }],
    });
  });

  it.each(['{"payload":', ''])('refuses the body %j as malformed JSON', async (body) => {
    await start();
    const headers = { 'Content-Type': 'application/json' };
    const reply = await ask(verbit.tokenURL, { method: 'POST', headers, body });
    expect(reply.status).toBe(400);
    expect(parse<ErrorBody>(reply).errors).toMatchObject([{ code: '400', type: 'invalid_json' }]);
  });

  it.each([{}, { 'Content-Type': 'application/x-www-form-urlencoded' }])(
    'refuses a body that is not declared as JSON: %j',
    async (headers) => {
      await start();
      const body = JSON.stringify({ payload: { api_key: verbit.apiKey } });
      const reply = await ask(verbit.tokenURL, { method: 'POST', headers, body });
      expect(reply.status).toBe(415);
      expect(parse<ErrorBody>(reply).errors).toMatchObject([{ code: '415', type: 'unsupported_media_type' }]);
    },
  );

  it('refuses a wrong key with 401', async () => {
    await start();
    const reply = await auth({ payload: { api_key: 'wrong' } });
    expect(reply.status).toBe(401);
    expect(parse<ErrorBody>(reply).errors).toMatchObject([{ code: '401', type: 'unauthorized' }]);
    expect(verbit.tokensIssued).toEqual([]);
  });

  it('answers 405 and names the method to use', async () => {
    await start();
    const reply = await ask(verbit.tokenURL);
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST']);
  });
});

describe('the users contract of FakeVerbit', () => {
  it('takes the key under data and answers the token alone, good for a day', async () => {
    await start({ contract: 'users', clock: new ManualClock(START) });
    expect(verbit.tokenURL).toBe(`${verbit.origin}/api/v1/auth`);
    const reply = await auth({ data: { api_key: verbit.apiKey } });
    expect(reply.status).toBe(200);
    expect(parse(reply)).toEqual({ token: verbit.tokensIssued[0] });
    const { iat, exp } = claims(verbit.tokensIssued[0] ?? '');
    expect(exp - iat).toBe(86_400);
  });

  it('does not understand the v0.8 body', async () => {
    await start({ contract: 'users' });
    const reply = await goodAuth();
    expect(reply.status).toBe(400);
    expect(parse<ErrorBody>(reply).errors[0]?.message).toBe(
      "The property '#/' did not contain a required property of 'data'",
    );
  });
});

describe('the API of FakeVerbit', () => {
  it('creates an order, keeps it, and cancels it', async () => {
    await start();
    const headers = bearer(await buy());
    const created = await jsonPost(`${verbit.baseURL}/orders`, { name: 'Keynote' }, headers);
    expect(created.status).toBe(201);
    const order = parse<{ id: number }>(created);
    expect(order).toEqual({ id: expect.any(Number), name: 'Keynote', status: 'created' });

    const url = `${verbit.baseURL}/orders/${order.id}`;
    expect(parse(await ask(url, { headers }))).toEqual(order);
    const cancelled = await ask(`${url}/cancel`, { method: 'POST', headers });
    expect([cancelled.status, parse(cancelled)]).toEqual([200, { ...order, status: 'cancelled' }]);
    expect(parse(await ask(url, { headers }))).toEqual({ ...order, status: 'cancelled' });
  });

  it('gives every new order an id of its own, above those of the samples', async () => {
    await start();
    const headers = bearer(await buy());
    const create = async () => parse<{ id: number }>(await jsonPost(`${verbit.baseURL}/orders`, {}, headers)).id;
    expect([await create(), await create()]).toEqual([1_000, 1_001]);
  });

  it('has the same sample order for the same id up to 999, on every instance', async () => {
    await start();
    const other = await FakeVerbit.start();
    const { token } = parse<AuthBody>(await jsonPost(other.tokenURL, { payload: { api_key: other.apiKey } })).data;
    const here = await ask(`${verbit.baseURL}/orders/999`, { headers: bearer(await buy()) });
    const there = await ask(`${other.baseURL}/orders/999`, { headers: bearer(token) });
    await other.close();
    expect(parse(here)).toMatchObject({ id: 999, status: 'completed' });
    expect([here.status, here.text]).toEqual([200, there.text]);
  });

  it('decodes the id in a path', async () => {
    await start();
    const reply = await ask(`${verbit.baseURL}/orders/%37`, { headers: bearer(await buy()) });
    expect(parse(reply)).toMatchObject({ id: 7 });
  });

  it.each(['GET /orders/1000', 'GET /orders/abc', 'GET /orders/%zz', 'POST /orders/abc/cancel'])(
    'does not know the order of %s',
    async (call) => {
      await start();
      const [method, path] = call.split(' ');
      const reply = await ask(verbit.baseURL + path, { method, headers: bearer(await buy()) });
      expect(reply.status).toBe(404);
      expect(parse<ErrorBody>(reply).errors).toMatchObject([{ code: '404', type: 'not_found' }]);
    },
  );

  it.each([
    ['{', 'application/json', 400],
    ['[]', 'application/json', 400],
    ['{}', 'text/plain', 415],
  ])('refuses to make an order of %j as %s', async (body, type, status) => {
    await start();
    const headers = { ...bearer(await buy()), 'Content-Type': type };
    expect((await ask(`${verbit.baseURL}/orders`, { method: 'POST', headers, body })).status).toBe(status);
  });

  it.each(['Bearer', 'bearer', 'BEARER'])('understands the scheme %s', async (scheme) => {
    await start();
    const reply = await ask(`${verbit.baseURL}/orders/1`, { headers: { Authorization: `${scheme} ${await buy()}` } });
    expect(reply.status).toBe(200);
  });

  it('refuses missing, unknown, expired and revoked tokens in the shape of its errors', async () => {
    await start();
    const url = `${verbit.baseURL}/orders/1`;
    const expired = await buy();
    verbit.expireTokens();
    const revoked = await buy();
    verbit.revokeTokens();
    const attempts = [{}, bearer('unknown'), bearer(expired), bearer(revoked), { Authorization: await buy() }];
    const replies = await Promise.all(attempts.map((headers) => ask(url, { headers })));
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    const [missing, unknown, old, withdrawn] = replies.map((reply) => parse<ErrorBody>(reply));
    expect(missing).toEqual({
      tracing_id: expect.any(String),
      request_timestamp: expect.any(String),
      errors: [{ code: '401', type: 'unauthorized', message: 'The token is missing.' }],
    });
    expect(unknown?.errors[0]?.message).toBe('The token is not valid.');
    expect(old?.errors[0]?.message).toBe('The token has expired.');
    expect(withdrawn?.errors[0]?.message).toBe('The token is not valid any more.');
  });

  it.each(['/api/v1/nothing', '/nothing', '/', '/api/v1/orders/1/2', '//api/v1/auth', '/api/v1/%'])(
    'answers 404 in the same shape at %s, and asks for no token',
    async (path) => {
      await start();
      const reply = await ask(verbit.origin + path, { headers: { 'X-Tracing-ID': 'trace-3' } });
      expect(reply.status).toBe(404);
      expect(parse(reply)).toMatchObject({ tracing_id: 'trace-3', errors: [{ code: '404', type: 'not_found' }] });
      expect(verbit.requests.map(({ kind }) => kind)).toEqual(['unknown']);
    },
  );
});
