import { afterEach, describe, expect, it } from 'vitest';
import { FakeSparkfly, ManualClock, type FakeSparkflyOptions } from '../../../lib/testing/index.js';
import { ask, parse } from './wire.helper.js';

const START = Date.parse('2030-01-02T03:04:05.000Z');
const LIFE_MS = 24 * 3_600_000;

let sparkfly: FakeSparkfly;
const start = async (options: FakeSparkflyOptions = {}): Promise<void> =>
  void (sparkfly = await FakeSparkfly.start(options));
const credentials = () => ({ 'X-Auth-Identity': sparkfly.identity, 'X-Auth-Key': sparkfly.key });
const auth = (headers: Record<string, string>, body?: string) =>
  ask(sparkfly.tokenURL, { method: 'POST', headers, body });
const attempt = async (identity: string, key: string): Promise<number> =>
  (await auth({ 'X-Auth-Identity': identity, 'X-Auth-Key': key })).status;
const buy = async (headers = {}): Promise<string> =>
  (await auth({ ...credentials(), ...headers })).headers['x-auth-token'] ?? '';

afterEach(() => sparkfly.close());

describe('the token endpoint of FakeSparkfly', () => {
  it('stands under /v1.0 of a loopback origin', async () => {
    await start();
    expect(sparkfly.baseURL).toBe(`${sparkfly.origin}/v1.0`);
    expect(sparkfly.tokenURL).toBe(`${sparkfly.origin}/v1.0/auth`);
  });

  it('answers 204 with the token in a header, in the exact case, and no body', async () => {
    await start({ clock: new ManualClock(START) });
    const { status, text, rawHeaders } = await auth(credentials());
    expect([status, text]).toEqual([204, '']);
    const pairs = new Map(rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name, rawHeaders[at + 1]] as const])));
    expect(pairs.get('X-Auth-Token')).toMatch(/^[0-9a-f]{64}$/);
    expect(pairs.get('Cache-Control')).toBe('no-cache');
    expect(pairs.get('Date')).toBe('Wed, 02 Jan 2030 03:04:05 GMT');
    expect(pairs.get('X-Ua-Compatible')).toBe('IE=Edge,chrome=1');
    expect([...pairs.keys()].map((name) => name.toLowerCase())).not.toContain('content-length');
    expect([...pairs.keys()].map((name) => name.toLowerCase())).not.toContain('transfer-encoding');
  });

  it('never issues the same token twice', async () => {
    await start();
    expect(await buy()).not.toBe(await buy());
  });

  it('accepts an empty body that claims to be JSON, and does not look at any other', async () => {
    await start();
    expect((await auth({ ...credentials(), 'Content-Type': 'application/json' }, '')).status).toBe(204);
    expect((await auth({ ...credentials(), 'Content-Type': 'application/json' }, '{')).status).toBe(204);
  });

  it.each([
    ['no credentials', {}],
    ['no key', { 'X-Auth-Identity': 'fake-identity' }],
    ['no identity', { 'X-Auth-Key': 'fake-key' }],
    ['a wrong identity', { 'X-Auth-Identity': 'someone', 'X-Auth-Key': 'fake-key' }],
    ['a wrong key', { 'X-Auth-Identity': 'fake-identity', 'X-Auth-Key': 'wrong' }],
  ])('refuses %s', async (_, headers) => {
    await start();
    const reply = await auth(headers);
    expect([reply.status, reply.headers['content-type']]).toEqual([401, 'application/json']);
    expect(reply.text).toBe('{"error":"Invalid credentials"}');
  });

  it('accepts the identity it was given and each of several keys', async () => {
    await start({ identity: 'me', key: ['one', 'two'] });
    expect([sparkfly.identity, sparkfly.key, sparkfly.keys]).toEqual(['me', 'one', ['one', 'two']]);
    expect((await auth({ 'X-Auth-Identity': 'me', 'X-Auth-Key': 'two' })).status).toBe(204);
  });

  it('insists on the prefixes it was given, joined by one space', async () => {
    await start({ identityPrefix: 'Id', keyPrefix: 'Key' });
    expect(await attempt('Id fake-identity', 'Key fake-key')).toBe(204);
    expect(await attempt('fake-identity', 'Key fake-key')).toBe(401);
    expect(await attempt('Id fake-identity', 'fake-key')).toBe(401);
    expect(await attempt('Id  fake-identity', 'Key fake-key')).toBe(401);
    expect(await attempt('id fake-identity', 'Key fake-key')).toBe(401);
  });

  it('knows no prefix unless told so', async () => {
    await start();
    expect((await auth({ 'X-Auth-Identity': 'Id fake-identity', 'X-Auth-Key': 'fake-key' })).status).toBe(401);
  });

  it('remembers for what a token was issued', async () => {
    await start({ clock: new ManualClock(START) });
    const token = await buy({ 'X-Auth-Scope': 'offers', 'X-Forwarded-For': '203.0.113.7' });
    const times = { issuedAt: START, expiresAt: START + LIFE_MS };
    const identity = 'fake-identity';
    expect(sparkfly.tokenDetails(token)).toEqual({ identity, scope: 'offers', forwardedFor: '203.0.113.7', ...times });
    expect(sparkfly.tokenDetails(await buy())).toEqual({
      identity,
      scope: undefined,
      forwardedFor: undefined,
      ...times,
    });
    expect(sparkfly.tokenDetails('not one of mine')).toBeUndefined();
  });
});

describe('the repeated token of FakeSparkfly', () => {
  it('is for one identity, scope and address alone', async () => {
    await start();
    sparkfly.repeatToken(true);
    const offers = await buy({ 'X-Auth-Scope': 'offers' });
    expect(await buy({ 'X-Auth-Scope': 'members' })).not.toBe(offers);
    expect(await buy({ 'X-Auth-Scope': 'offers', 'X-Forwarded-For': '203.0.113.7' })).not.toBe(offers);
    expect(await buy({ 'X-Auth-Scope': 'offers' })).toBe(offers);
  });
});

describe('where FakeSparkfly serves tokens', () => {
  it('is the root of the host alone, when told so; the API stays where it is', async () => {
    await start({ authPath: 'root' });
    expect(sparkfly.tokenURL).toBe(`${sparkfly.origin}/auth`);
    expect((await ask(`${sparkfly.baseURL}/auth`, { method: 'POST', headers: credentials() })).status).toBe(404);
    const token = await buy();
    expect((await ask(`${sparkfly.origin}/v1.0/offers`, { headers: { 'X-Auth-Token': token } })).status).toBe(200);
    expect(sparkfly.requests.map(({ kind }) => kind)).toEqual(['unknown', 'token', 'api']);
  });

  it('is not the root by default', async () => {
    await start();
    expect((await ask(`${sparkfly.origin}/auth`, { method: 'POST', headers: credentials() })).status).toBe(404);
  });

  it('takes a GET at the root of the platform, as older documents show it', async () => {
    await start({ authPath: 'root', authMethod: 'GET' });
    const { status } = await ask(`${sparkfly.origin}/auth`, { headers: credentials() });
    expect(status).toBe(204);
    expect((await ask(`${sparkfly.origin}/auth`, { method: 'POST', headers: credentials() })).status).toBe(405);
    expect(sparkfly.baseURL).toBe(`${sparkfly.origin}/v1.0`);
  });

  it('refuses a path for the pos contract, which has but one', async () => {
    await expect(FakeSparkfly.start({ contract: 'pos', authPath: 'root' })).rejects.toThrow(
      /"authPath" has no meaning/,
    );
  });

  it('takes a GET without /v1.0 in the pos contract, and says so to a POST', async () => {
    await start({ contract: 'pos' });
    expect(sparkfly.baseURL).toBe(sparkfly.origin);
    expect(sparkfly.tokenURL).toBe(`${sparkfly.origin}/auth`);
    const refused = await auth(credentials());
    expect([refused.status, refused.headers['allow'], parse(refused)]).toEqual([
      405,
      'GET',
      { error: 'Method Not Allowed' },
    ]);
    const granted = await ask(sparkfly.tokenURL, { headers: credentials() });
    expect(granted.status).toBe(204);
    const headers = { 'X-Auth-Token': granted.headers['x-auth-token'] };
    expect((await ask(`${sparkfly.origin}/offers`, { headers })).status).toBe(200);
    expect((await ask(`${sparkfly.origin}/v1.0/offers`, { headers })).status).toBe(404);
  });

  it('answers 405 to a GET in the core contract', async () => {
    await start();
    const reply = await ask(sparkfly.tokenURL, { headers: credentials() });
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST']);
  });
});

describe('the API of FakeSparkfly', () => {
  it('lists three offers', async () => {
    await start();
    const reply = await ask(`${sparkfly.baseURL}/offers`, { headers: { 'X-Auth-Token': await buy() } });
    expect(reply.status).toBe(200);
    const offer = { id: expect.any(Number), name: expect.any(String), status: expect.any(String) };
    expect(parse(reply)).toEqual([offer, offer, offer]);
  });

  it('finds a member by identifier, and asks for one', async () => {
    await start();
    const headers = { 'X-Auth-Token': await buy() };
    const found = await ask(`${sparkfly.baseURL}/members/search?identifier=a%40b.example`, { headers });
    expect([found.status, parse(found)]).toMatchObject([200, { identifier: 'a@b.example' }]);
    const refused = await ask(`${sparkfly.baseURL}/members/search`, { headers });
    expect([refused.status, parse(refused)]).toEqual([400, { error: expect.any(String) }]);
  });

  it('issues a credential for a member, an offer and a channel', async () => {
    await start();
    const reply = await ask(`${sparkfly.baseURL}/credentials?member_id=1&offer_id=2&channel_id=3`, {
      method: 'POST',
      headers: { 'X-Auth-Token': await buy() },
    });
    expect(reply.status).toBe(201);
    expect(parse(reply)).toMatchObject({ member_id: '1', offer_id: '2', channel_id: '3' });
  });

  it('refuses missing, unknown, expired and revoked tokens', async () => {
    await start();
    const expired = await buy();
    sparkfly.expireTokens();
    const revoked = await buy();
    sparkfly.revokeTokens();
    const attempts = [{}, ...['unknown', expired, revoked].map((token) => ({ 'X-Auth-Token': token }))];
    const replies = await Promise.all(attempts.map((headers) => ask(`${sparkfly.baseURL}/offers`, { headers })));
    for (const reply of replies) expect([reply.status, reply.text]).toEqual([401, '{"error":"Invalid token"}']);
  });

  it('keeps earlier tokens good when it issues a new one', async () => {
    await start();
    const [first] = [await buy(), await buy()];
    expect((await ask(`${sparkfly.baseURL}/offers`, { headers: { 'X-Auth-Token': first } })).status).toBe(200);
  });

  it.each(['/v1.0/nothing', '/v1x0/offers', '/'])('answers 404 at %s', async (path) => {
    await start();
    const reply = await ask(sparkfly.origin + path);
    expect([reply.status, parse(reply)]).toEqual([404, { error: 'Not Found' }]);
  });
});
