import axios, { isAxiosError } from 'axios';
import { Agent } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../../lib/common/version.js';
import { nestAxios } from '../../../lib/interceptor/axios-build.js';
import type { ConnectionConfig } from '../../../lib/config/site.js';
import { createTokenTransport } from '../../../lib/request/token-transport.js';
import { FakeSparkfly, FakeVerbit } from '../../../lib/testing/index.js';
import { sparkfly } from '../../../lib/vendors/sparkfly.api.js';
import type { TokenRequest, TokenResponse } from '../../../lib/vendors/token-api.definition.js';
import { verbit } from '../../../lib/vendors/verbit.api.js';
import { startTokenServer } from '../../support/token-server.js';
import { errorOf } from '../../support/token-source.js';

const transportOf = (connection?: ConnectionConfig) => createTokenTransport(nestAxios.getAdapter('http'), connection);
const quiet = (): AbortSignal => new AbortController().signal;
const send = (request: TokenRequest, connection?: ConnectionConfig) => transportOf(connection)(request, quiet());
const namesOf = (rawHeaders: readonly string[]): string[] => rawHeaders.filter((_, i) => i % 2 === 0);
const postTo = (url: string): TokenRequest => ({ method: 'POST', url, headers: {}, body: '{}' });

describe('on the wire', () => {
  test('Verbit gets its documented request, byte for byte', async () => {
    const { origin, received } = await startTokenServer((response) => response.end('{}'));
    const asked = { url: `${origin}/api/v1/auth`, credentials: { apiKey: 'k1' }, tokenParams: { tracingId: 't1' } };
    await send(verbit.request({ ...asked, settings: {} }));
    expect(received).toHaveLength(1);
    const [seen] = received;
    expect(seen).toMatchObject({ method: 'POST', url: '/api/v1/auth', body: '{"payload":{"api_key":"k1"}}' });
    expect(seen!.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'content-length': '28',
      'user-agent': `nestjs-auth-apis/${VERSION}`,
      'x-tracing-id': 't1',
    });
    expect(seen!.headers.authorization).toBeUndefined();
  });

  test('Sparkfly gets its header names in the documented case, no body and no content type', async () => {
    const { origin, received } = await startTokenServer((response) => response.writeHead(204).end());
    const credentials = { identity: 'me', key: 'k1' };
    const tokenParams = { authScope: 'offers', forwardedFor: '203.0.113.7' };
    const settings = { keyPrefix: 'Key' };
    await send(sparkfly.request({ url: `${origin}/v1.0/auth`, credentials, tokenParams, settings }));
    const seen = received[0]!;
    expect(seen).toMatchObject({ method: 'POST', url: '/v1.0/auth', body: '' });
    expect(namesOf(seen.rawHeaders)).toEqual(
      expect.arrayContaining([
        'Accept',
        'User-Agent',
        'X-Auth-Identity',
        'X-Auth-Key',
        'X-Auth-Scope',
        'X-Forwarded-For',
      ]),
    );
    expect(seen.headers).toMatchObject({ 'x-auth-identity': 'me', 'x-auth-key': 'Key k1', accept: 'application/json' });
    expect(seen.headers['content-type']).toBeUndefined();
    expect(Number(seen.headers['content-length'] ?? 0)).toBe(0);
  });

  test.each(['v0.8', 'users'] as const)('FakeVerbit gives a token to contract %s', async (contract) => {
    const fake = await FakeVerbit.start({ contract });
    onTestFinished(() => fake.close());
    const settings = { contract };
    const credentials = { apiKey: fake.apiKey };
    const response = await send(verbit.request({ url: fake.tokenURL, credentials, tokenParams: {}, settings }));
    const json = JSON.parse(response.body) as TokenResponse['json'];
    expect(verbit.parseResponse({ ...response, json }, settings)?.token).toBe(fake.tokensIssued[0]);
    expect(fake.counters.tokenRequests).toBe(1);
  });

  test.each(['core', 'pos'] as const)('FakeSparkfly gives a token to contract %s', async (contract) => {
    const fake = await FakeSparkfly.start({ contract });
    onTestFinished(() => fake.close());
    const { tokenURL: url, identity, key } = fake;
    const settings = { authMethod: contract === 'pos' ? ('GET' as const) : ('POST' as const) };
    const response = await send(sparkfly.request({ url, credentials: { identity, key }, tokenParams: {}, settings }));
    expect(sparkfly.parseResponse({ ...response, json: {} }, settings)?.token).toBe(fake.tokensIssued[0]);
    expect(fake.counters.tokenRequests).toBe(1);
  });
});

describe('the answer', () => {
  test.each([200, 204, 302, 400, 401, 404, 429, 500, 503])('of status %i is read, not thrown', async (status) => {
    const { origin } = await startTokenServer((response) => response.writeHead(status, { 'X-Seen': 'Yes' }).end());
    const answer = await send(postTo(origin));
    expect(answer).toMatchObject({ status, body: '', headers: { 'x-seen': 'Yes' } });
  });

  test('is text, whatever it claims to be', async () => {
    const { origin } = await startTokenServer((response) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"token": 1}'),
    );
    expect((await send(postTo(origin))).body).toBe('{"token": 1}');
  });

  test('that redirects is not followed: the credentials stay here', async () => {
    const elsewhere = await startTokenServer((response) => response.end());
    const { origin, received } = await startTokenServer((response) =>
      response.writeHead(307, { Location: elsewhere.origin }).end(),
    );
    expect((await send(postTo(origin))).status).toBe(307);
    expect(received).toHaveLength(1);
    expect(elsewhere.received).toHaveLength(0);
  });

  test('of 64 kB is read, of more is refused', async () => {
    let size = 64 * 1024;
    const { origin } = await startTokenServer((response) => response.end('x'.repeat(size)));
    expect((await send(postTo(origin))).body).toHaveLength(size);
    size++;
    expect((await errorOf(send(postTo(origin)))).message).toMatch(/maxContentLength/);
  });

  test('of little that unpacks to much is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(4 * 1024 * 1024));
    const { origin } = await startTokenServer((response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb),
    );
    expect(await errorOf(send(postTo(origin)))).toBeInstanceOf(Error);
  });

  test('that is cut is an error without an axios object or a credential in it', async () => {
    const { origin } = await startTokenServer((response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('{"');
      setImmediate(() => response.destroy());
    });
    const error = await errorOf(send({ ...postTo(origin), headers: { 'X-Auth-Key': 'e5cret' } }));
    expect(Object.keys(error).filter((name) => name !== 'code')).toEqual([]);
    expect(isAxiosError(error)).toBe(false);
  });

  test('that never comes ends with the signal’s reason', async () => {
    const controller = new AbortController();
    const reason = new Error('mine');
    const { origin } = await startTokenServer(() => controller.abort(reason));
    expect(await errorOf(transportOf()(postTo(origin), controller.signal))).toBe(reason);
  });

  test('is not asked for when the signal is aborted already', async () => {
    const { origin, received } = await startTokenServer((response) => response.end());
    const reason = new Error('mine');
    expect(await errorOf(transportOf()(postTo(origin), AbortSignal.abort(reason)))).toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(received).toHaveLength(0);
  });

  test('of nobody is an error that tells the code', async () => {
    expect(await errorOf(send(postTo('http://127.0.0.1:1/')))).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('what an app set up for its own calls', () => {
  test('in axios itself does not ride along', async () => {
    const { origin, received } = await startTokenServer((response) => response.end());
    const seen: unknown[] = [];
    for (const build of new Set([axios, nestAxios])) {
      const { common } = build.defaults.headers;
      common['X-App'] = 'leak';
      build.defaults.params = { leak: 1 };
      build.defaults.auth = { username: 'app', password: 'leak' };
      const id = build.interceptors.request.use((config) => (seen.push(config), config));
      onTestFinished(() => {
        delete common['X-App'];
        delete build.defaults.params;
        delete build.defaults.auth;
        build.interceptors.request.eject(id);
      });
    }
    await send(postTo(origin));
    expect(received[0]).toMatchObject({ url: '/' });
    expect(JSON.stringify(received)).not.toContain('leak');
    expect(seen).toEqual([]);
  });

  test('in the account’s headers rides along, except what speaks of a body or replaces ours', async () => {
    const { origin, received } = await startTokenServer((response) => response.end());
    const headers = { 'X-Gateway': 'g', 'Content-Type': 'text/xml', 'content-language': 'de', accept: 'text/html' };
    const credentials = { identity: 'me', key: 'k' };
    const request = sparkfly.request({ url: origin, credentials, tokenParams: {}, settings: {} });
    await send(request, { headers });
    expect(received[0]!.headers).toMatchObject({ 'x-gateway': 'g', accept: 'application/json' });
    expect(received[0]!.headers).not.toHaveProperty('content-type');
    expect(received[0]!.headers).not.toHaveProperty('content-language');
  });

  test('as agent is used', async () => {
    const { origin, received } = await startTokenServer((response) => response.end());
    const httpAgent = new Agent({ keepAlive: true });
    onTestFinished(() => httpAgent.destroy());
    await send(postTo(origin), { httpAgent });
    expect(received[0]!.headers.connection).toBe('keep-alive');
    expect(Object.keys(httpAgent.freeSockets).length + Object.keys(httpAgent.sockets).length).toBe(1);
  });
});
