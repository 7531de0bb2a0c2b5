import * as fc from 'fast-check';
import type { AccessToken, AuthApisEvent } from 'nestjs-auth-apis';
import { TokenCache } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LONGEST_LIFETIME_MS, RETRY_AFTER_CAP_MS } from '../../lib/common/defaults.js';
import { nestAxios } from '../../lib/interceptor/axios-build.js';
import { HttpTokenSource } from '../../lib/request/http-token.source.js';
import type { TokenTransport } from '../../lib/request/token-transport.js';
import { createTokenTransport } from '../../lib/request/token-transport.js';
import { oauth2ClientCredentials } from '../../lib/vendors/oauth2.api.js';
import type { TokenApi } from '../../lib/vendors/token-api.js';
import { everythingShown } from '../support/leaks.js';
import { contextOf, endpointOf } from '../support/site.js';
import type { RawResponse } from '../support/token-request.js';
import { credentialsOf, sparkflyApi, verbitApi } from '../support/token-request.js';
import { START_AT } from '../support/token-source.js';
import { claim, expectTypedError, jsonText, jwt, odd, PATIENCE_MS, runs, SECRETS } from './fuzz.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

/** What is asked: an API, and the settings of an account of it. */
interface Wire {
  readonly api: TokenApi;
  readonly settings: Readonly<Record<string, string>>;
}
const oauth2 = oauth2ClientCredentials({ name: 'oauth', tokenURL: 'https://vendor.example/auth' });
const oauth2Api = oauth2 as unknown as TokenApi;
const wires: Record<string, Wire> = {
  'verbit v0.8': { api: verbitApi, settings: { contract: 'v0.8' } },
  'verbit users': { api: verbitApi, settings: { contract: 'users' } },
  'sparkfly POST': { api: sparkflyApi, settings: { authMethod: 'POST' } },
  'sparkfly GET': { api: sparkflyApi, settings: { authMethod: 'GET' } },
  'OAuth, Basic': { api: oauth2Api, settings: {} },
  'OAuth, form': { api: oauth2Api, settings: { clientAuthentication: 'client_secret_post' } },
};
const wire = fc.constantFrom(...Object.values(wires));

/** An account's token before a vendor that says what it likes. */
function account({ api, settings }: Wire, transport: TokenTransport, url: string, tokenLifetimeMs?: number) {
  const clock = new ManualClock(START_AT);
  const label = { api: 'fuzz', account: 'default' };
  const given = { api, settings, tokenURLs: [url, `${url}/second`], tokenLifetimeMs };
  const endpoint = endpointOf(given, transport, contextOf({ clock }));
  const { apiKey, identity, key } = SECRETS;
  const all = { apiKey, identity, key: () => key, clientId: identity, clientSecret: () => key };
  const credentials = credentialsOf(label, all);
  const source = new HttpTokenSource(endpoint, credentials);
  const events: AuthApisEvent[] = [];
  const tokens = new TokenCache(source, { label, clock, onEvent: (event) => void events.push(event) });
  return { tokens, events };
}

/** One token request: a token that can be used and dies, or an error of ours; nothing told gives a secret away. */
async function check({ tokens, events }: ReturnType<typeof account>, ceilingMs = LONGEST_LIFETIME_MS): Promise<void> {
  const outcome = await tokens.refresh().then(
    (token) => ({ token }),
    (error: unknown) => ({ error }),
  );
  if ('token' in outcome) expectMortal(outcome.token, ceilingMs);
  else expectTypedError(outcome.error);
  const status = tokens.status();
  const told = JSON.stringify([events, status]) + everythingShown([tokens, events, status]);
  const value = 'token' in outcome ? outcome.token.value : undefined;
  for (const secret of [...Object.values(SECRETS), value]) {
    // A token of a letter or two stands everywhere.
    if (secret !== undefined && secret.length > 8 && !COMMON.has(secret)) expect(told).not.toContain(secret);
  }
  const { nextAttemptAt } = status;
  if (nextAttemptAt !== undefined) expect(nextAttemptAt - START_AT).toBeLessThanOrEqual(RETRY_AFTER_CAP_MS);
  tokens.close();
}

/** Words that the fuzzer makes tokens of, and that stand in every status as well. */
const COMMON = new Set(['constructor', '__proto__', 'undefined', 'Infinity']);

function expectMortal({ value, requestedAt, expiresAt }: AccessToken, ceilingMs: number): void {
  expect(value).toMatch(/^[\x21-\x7e]+$/);
  expect(Number.isFinite(expiresAt)).toBe(true);
  expect(expiresAt).toBeGreaterThanOrEqual(requestedAt);
  expect(expiresAt - requestedAt).toBeLessThanOrEqual(ceilingMs);
}

const status = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(200, 201, 204) },
  { weight: 2, arbitrary: fc.constantFrom(300, 301, 304, 400, 401, 403, 404, 405, 408, 425, 429, 500, 503) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) },
);
const date = fc.oneof(
  fc.date({ noInvalidDate: true }).map((at) => at.toUTCString()),
  fc.constantFrom('Thu, 15 Jan 2026 12:00:00 GMT', '2026-01-15T12:00:00Z', '0', 'never', '1', '+275760-09-13', ''),
  odd,
);
const token = fc.oneof(jwt, odd);
const retryAfter = fc.oneof(date, odd, fc.nat().map(String), fc.constant('9'.repeat(400)));
const envelope = fc.oneof(
  token.map((value) => JSON.stringify({ data: { token: value }, token: value, access_token: value })),
  fc.tuple(claim, odd).map(([value, text]) => JSON.stringify({ data: { token: value }, token: value, error: text })),
  fc
    .tuple(token, claim, fc.constantFrom('Bearer', 'bearer', 'mac', null, 7, undefined), odd)
    .map(([value, seconds, type, text]) =>
      JSON.stringify({ access_token: value, expires_in: seconds, token_type: type, error_description: text }),
    ),
  fc
    .record({ code: claim, type: odd, message: odd }, { requiredKeys: [] })
    .map((item) => JSON.stringify({ errors: [item, null, 5, [item]], tracing_id: item.type, error: item.message })),
  jsonText,
  odd,
);
const headers = fc.dictionary(
  fc.constantFrom('x-auth-token', 'date', 'retry-after', 'cache-control', 'x-tracing-id', '__proto__', 'constructor'),
  fc.oneof(token, date, odd),
);

test('whatever a vendor answers is a token that dies, or an error of ours', { timeout: PATIENCE_MS }, async () => {
  const response: fc.Arbitrary<RawResponse> = fc.record({
    status,
    headers: fc
      .tuple(headers, fc.option(token), fc.option(date), fc.option(retryAfter))
      .map(([more, value, at, later]) => ({
        ...more,
        ...(value !== null && { 'x-auth-token': value }),
        ...(at !== null && { date: at }),
        ...(later !== null && { 'retry-after': later }),
      })),
    body: envelope,
  });
  const lifetime = fc.option(fc.integer({ min: 1, max: LONGEST_LIFETIME_MS }), { nil: undefined });
  const property = fc.asyncProperty(wire, response, lifetime, async (asked, answer, configuredMs) => {
    await check(
      account(asked, async () => answer, 'https://vendor.example/auth', configuredMs),
      configuredMs,
    );
  });
  await fc.assert(property, runs(1_200));
  expect(unhandled).toEqual([]);
});

test('whatever bytes come back on the socket, too', { timeout: PATIENCE_MS }, async () => {
  let answer = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`;
  const transport = createTokenTransport(nestAxios.getAdapter('http'), { proxy: false });

  const name = fc.constantFrom(
    'X-Auth-Token',
    'x-auth-token',
    'X-AUTH-TOKEN',
    'Date',
    'DATE',
    'Retry-After',
    'rEtRy-aFtEr',
  );
  const length = fc.constantFrom('Content-Length: 5', 'Content-Length: 5, 6', 'Content-Length: -1');
  const coding = fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'zstd', 'x').map((c) => `Content-Encoding: ${c}`);
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, fc.oneof(token, date, retryAfter)).map((pair) => pair.join(': ')) },
    { weight: 1, arbitrary: length },
    { weight: 1, arbitrary: coding },
    {
      weight: 1,
      arbitrary: fc.constantFrom('Transfer-Encoding: chunked', 'Location: http://127.0.0.1:1/', 'no colon'),
    },
    { weight: 1, arbitrary: fc.constantFrom(': empty', 'Set-Cookie: a=1', `X-Long: ${'x'.repeat(20_000)}`) },
  );
  const body = fc.oneof(
    { weight: 4, arbitrary: envelope.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constant(Buffer.alloc(100_000, 'x')) },
  );
  const message = fc
    .tuple(status, fc.array(line, { maxLength: 6 }), body)
    .map(([code, lines, bytes]) =>
      Buffer.concat([Buffer.from([`HTTP/1.1 ${code} What`, ...lines, '', ''].join('\r\n'), 'latin1'), bytes]),
    );
  const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const anyBytes = fc.oneof({ weight: 9, arbitrary: message }, { weight: 1, arbitrary: garbage });

  await fc.assert(
    fc.asyncProperty(wire, anyBytes, async (asked, bytes) => {
      answer = bytes;
      await check(account(asked, transport, url));
    }),
    runs(400),
  );
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(unhandled).toEqual([]);
});
