import type { SecretInput } from 'nestjs-auth-apis';
import { CredentialsRejectedError, TokenEndpointError } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { attempt } from '../../../lib/request/attempt.js';
import { HttpTokenSource } from '../../../lib/request/http-token.source.js';
import type { TokenRequest } from '../../../lib/vendors/token-api.definition.js';
import { endpointOf } from '../../support/site.js';
import type { RawResponse } from '../../support/token-request.js';
import { credentialsOf, quiet, verbitApi } from '../../support/token-request.js';
import { errorOf, HOUR, SECOND, START_AT } from '../../support/token-source.js';

const label = { api: 'sparkfly', account: 'east' };
const BELOW = 'https://vendor.test/v1.0/auth';
const ROOT = 'https://vendor.test/auth';
const granted: RawResponse = { status: 204, headers: { 'x-auth-token': 'f00' }, body: '' };
const status = (status: number, body = '', headers: Record<string, string> = {}): RawResponse => ({
  status,
  headers,
  body,
});

/** A Sparkfly token endpoint over a transport that answers by script, the last answer for good. */
function setUpEndpoint(
  answers: (RawResponse | Error)[],
  secrets: { identity?: SecretInput; key?: SecretInput } = {},
  tokenURLs = [BELOW],
) {
  const requests: TokenRequest[] = [];
  const account = credentialsOf(label, { identity: secrets.identity ?? 'me', key: secrets.key ?? 'e5cret-key' });
  const endpoint = endpointOf({ tokenURLs }, async (request) => {
    requests.push(request);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { endpoint, account, requests, ask: () => endpoint.exchange(account, {}, quiet()) };
}

const told = async (headers: Record<string, string>) =>
  (await errorOf<TokenEndpointError>(setUpEndpoint([status(503, '', headers)]).ask())).retryAfterMs;

const sourceOf = (response: RawResponse, key?: SecretInput) => {
  const { endpoint, account } = setUpEndpoint([response], { key });
  return new HttpTokenSource(endpoint, account);
};

describe('a status of the token endpoint', () => {
  test.each([400, 401, 403])('%i says that the credentials are wrong', async (code) => {
    const { ask, requests } = setUpEndpoint([status(code, '{"error":"Invalid credentials"}')]);
    const error = await errorOf<CredentialsRejectedError>(ask());
    expect(error).toBeInstanceOf(CredentialsRejectedError);
    expect(error).toMatchObject({ ...label, vendorStatus: code, retryable: false, error: 'Invalid credentials' });
    expect(error.message).toBe(`sparkfly "east": POST vendor.test/v1.0/auth answered ${code} (Invalid credentials)`);
    expect(requests).toHaveLength(1);
  });

  test.each([300, 301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504, 599])('%i may pass', async (code) => {
    const error = await errorOf(setUpEndpoint([status(code)]).ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: code, retryable: true, ...label });
  });

  test.each([402, 404, 405, 406, 410, 418, 422, 451])('%i is final', async (code) => {
    const error = await errorOf(setUpEndpoint([status(code)]).ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: code, retryable: false });
  });

  test.each([
    ['without the header', status(204)],
    ['with an empty token', status(204, '', { 'x-auth-token': '' })],
    ['with two tokens', status(204, '', { 'x-auth-token': 'a, b' })],
    ['with a login page', status(200, '<html>please log in</html>')],
  ])('2xx %s may pass, and the body is not repeated', async (_, answer) => {
    const error = await errorOf(setUpEndpoint([answer]).ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: answer.status, retryable: true });
    expect(error.message).toContain('without a usable token');
    expect(error.message).not.toContain('log in');
  });
});

test('Retry-After of a failure is told in milliseconds, by the server’s own Date when it has one', async () => {
  const inAMinute = new Date(START_AT + 60 * SECOND).toUTCString();
  const date = new Date(START_AT + 30 * SECOND).toUTCString();
  expect(await told({ 'retry-after': '7' })).toBe(7 * SECOND);
  expect(await told({ 'retry-after': inAMinute })).toBe(60 * SECOND);
  expect(await told({ 'retry-after': inAMinute, date })).toBe(30 * SECOND);
  expect(await told({ 'retry-after': '99999' })).toBe(HOUR);
  expect(await told({ 'retry-after': 'later' })).toBeUndefined();
  expect(await told({})).toBeUndefined();
});

describe('the fallback to another path', () => {
  test.each([404, 405])('is tried once after a %i, and remembered', async (code) => {
    const { ask, requests } = setUpEndpoint([status(code), granted], {}, [BELOW, ROOT]);
    expect((await ask()).token).toBe('f00');
    expect(requests.map(({ url }) => url)).toEqual([BELOW, ROOT]);
    await ask();
    expect(requests.map(({ url }) => url)).toEqual([BELOW, ROOT, ROOT]);
  });

  test('does not take the place of a path that has issued tokens, whatever the other says', async () => {
    for (const other of [403, 302, 500]) {
      const answers = [granted, status(404), status(other), granted];
      const { ask, requests } = setUpEndpoint(answers, {}, [BELOW, ROOT]);
      await ask();
      const error = await errorOf(ask());
      expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: 404 });
      expect(error.message).toContain(
        `POST vendor.test/v1.0/auth answered 404, POST vendor.test/auth answered ${other}`,
      );
      expect((await ask()).token).toBe('f00');
      expect(requests.at(-1)?.url).toBe(BELOW);
    }
  });

  test('that refuses the credentials is asked first once more, and then no longer', async () => {
    const { ask, requests } = setUpEndpoint([status(404), status(401), status(401), granted], {}, [BELOW, ROOT]);
    for (let i = 0; i < 2; i++) await errorOf(ask());
    await ask();
    expect(requests.map(({ url }) => url)).toEqual([BELOW, ROOT, ROOT, BELOW]);
  });

  test('is not tried after a success', async () => {
    const { ask, requests } = setUpEndpoint([granted], {}, [BELOW, ROOT]);
    await ask();
    expect(requests.map(({ url }) => url)).toEqual([BELOW]);
  });

  test.each([401, 429, 500])('is not tried after a %i', async (code) => {
    const { ask, requests } = setUpEndpoint([status(code)], {}, [BELOW, ROOT]);
    await errorOf(ask());
    expect(requests.map(({ url }) => url)).toEqual([BELOW]);
  });

  test('is not tried after a network error', async () => {
    const { ask, requests } = setUpEndpoint([new Error('reset')], {}, [BELOW, ROOT]);
    await errorOf(ask());
    expect(requests).toHaveLength(1);
  });

  test('is remembered also when the other path refuses the credentials', async () => {
    const { ask, requests } = setUpEndpoint([status(404), status(401), granted], {}, [BELOW, ROOT]);
    expect(await errorOf(ask())).toBeInstanceOf(CredentialsRejectedError);
    await ask();
    expect(requests.map(({ url }) => url)).toEqual([BELOW, ROOT, ROOT]);
  });

  test('ends with the last answer when no path is right', async () => {
    const { ask, requests } = setUpEndpoint([status(404)], {}, [BELOW, ROOT]);
    expect(await errorOf(ask())).toMatchObject({ vendorStatus: 404, retryable: false });
    expect(requests.map(({ url }) => url)).toEqual([BELOW, ROOT]);
  });
});

describe('errors', () => {
  test('of the network may pass, name place and code, and carry no request', async () => {
    const reset = Object.assign(new Error('read ECONNRESET e5cret-key'), {
      code: 'ECONNRESET',
      config: { key: 'e5cret-key' },
    });
    const error = await errorOf(setUpEndpoint([reset], {}, [`${BELOW}?api_token=q5ecret`]).ask());
    expect(error).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', retryable: true, cause: { code: 'ECONNRESET' } });
    expect(error.message).toContain('POST vendor.test/v1.0/auth');
    const shown = inspect(error, { showHidden: true, depth: Infinity });
    expect(shown).not.toContain('e5cret-key');
    expect(shown).not.toContain('q5ecret');
  });

  test('repeat the vendor’s words without the secrets in them', async () => {
    const { ask } = setUpEndpoint([status(401, '{"error":"no key e5cret-key for e5-identity"}')], {
      identity: 'e5-identity',
    });
    const error = await errorOf(ask());
    expect(error).toMatchObject({ error: 'no key [secret] for [secret]' });
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toMatch(/e5cret-key|e5-identity/);
  });

  test('repeat no rest of a key that begins with the identity', async () => {
    const { ask } = setUpEndpoint([status(401, '{"error":"unknown key shop-9f8e7d"}')], {
      identity: 'shop',
      key: 'shop-9f8e7d',
    });
    expect(inspect(await errorOf(ask()), { showHidden: true, depth: Infinity })).not.toContain('9f8e7d');
  });

  test('repeat the vendor’s words where the secrets are dummies of a letter', async () => {
    const said = 'application/json is asked for, Promise.withResolvers gave none to "j"';
    const { ask } = setUpEndpoint([status(401, JSON.stringify({ error: said }))], { identity: 'j', key: 'i' });
    expect(await errorOf(ask())).toMatchObject({ error: said.replace('"j"', '"[secret]"') });
  });

  test('of Verbit keep type, message and tracing id', async () => {
    const body = JSON.stringify({
      tracing_id: 't-1',
      errors: [{ code: '422', type: 'schema_validation_error', message: 'key k-5ecret is not known' }],
    });
    const account = credentialsOf({ api: 'verbit', account: 'default' }, { apiKey: 'k-5ecret' });
    const endpoint = endpointOf({ api: verbitApi, tokenURLs: [ROOT] }, async () => status(400, body));
    const error = await errorOf<TokenEndpointError>(endpoint.exchange(account, {}, quiet()));
    expect(error).toMatchObject({
      tracingId: 't-1',
      errors: [{ code: '422', type: 'schema_validation_error', message: 'key [secret] is not known' }],
    });
    expect(error.message).toContain('(schema_validation_error: key [secret] is not known) [tracing id t-1]');
  });
});

describe('a secret given as a function', () => {
  test('is read at every request', async () => {
    let n = 0;
    const { ask, requests } = setUpEndpoint([granted], { key: () => `key-${++n}` });
    await ask();
    await ask();
    expect(requests.map(({ headers }) => headers['X-Auth-Key'])).toEqual(['key-1', 'key-2']);
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('vault says e5cret');
      },
      'threw TypeError',
    ],
    ['rejects', () => Promise.reject(new Error('vault says e5cret')), 'threw Error'],
    ['gives a line break', () => 'e5cret\n', 'line break'],
    ['gives a letter beyond ASCII', () => 'e5crét', 'cannot carry'],
    ['gives nothing', () => undefined as unknown as string, 'is missing'],
    ['gives a number', () => 5 as unknown as string, 'must be a string'],
  ])('that %s is trouble that names the option and not the value', async (_, key, reason) => {
    const { ask, requests } = setUpEndpoint([granted], { key });
    const error = await errorOf(ask());
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true, ...label });
    expect(error.message).toContain('`key`');
    expect(error.message).toContain(reason);
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toMatch(/says e5cret|e5cret\\n|e5crét/);
    expect(requests).toHaveLength(0);
  });

  test('that hangs is trouble when the attempt’s time is over', async () => {
    const clock = new ManualClock(START_AT);
    const { endpoint, account, requests } = setUpEndpoint([granted], { key: () => new Promise(() => {}) });
    const { outcome } = attempt((signal) => endpoint.exchange(account, {}, signal), {
      clock,
      timeoutMs: 5 * SECOND,
      timeoutError: () => new Error('timeout'),
    });
    const error = errorOf(outcome);
    await clock.advance(5 * SECOND);
    expect(await error).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true });
    expect((await error).message).toContain('in time');
    expect(requests).toHaveLength(0);
  });

  test('is compared with the value that was refused last', async () => {
    let key = 'one';
    const { account, ask } = setUpEndpoint([status(401)], { key: () => key });
    expect(account.isDynamic).toBe(true);
    expect(await account.changed(quiet())).toBe(true);
    await errorOf(ask());
    expect(await account.changed(quiet())).toBe(false);
    key = 'two';
    expect(await account.changed(quiet())).toBe(true);
    await errorOf(ask());
    expect(await account.changed(quiet())).toBe(false);
  });

  test.each([400, 404, 410, 422])('has not changed by itself when the answer was a %i', async (code) => {
    const { account, ask } = setUpEndpoint([status(code)], { key: () => 'one' });
    await errorOf(ask());
    expect(await account.changed(quiet())).toBe(false);
  });

  test('is not read for a request that brings its own credentials, which do not count as the account’s', async () => {
    let reads = 0;
    const { endpoint, account, ask, requests } = setUpEndpoint([status(401)], { key: () => (reads++, 'mine') });
    await errorOf(ask());
    await errorOf(endpoint.exchangeWith({ identity: 'me', key: 'given' }, label, {}, quiet()));
    expect(requests.at(-1)!.headers['X-Auth-Key']).toBe('given');
    expect(reads).toBe(1);
    expect(await account.changed(quiet())).toBe(false);
  });
});

describe('the token source over HTTP', () => {
  test('gives the token with its documented life, whatever Cache-Control says', async () => {
    const response = { ...granted, headers: { ...granted.headers, 'cache-control': 'max-age=0' } };
    expect(await sourceOf(response).fetch(quiet())).toEqual({ value: 'f00', lifetimeMs: 24 * HOUR });
  });

  test('reads credentials anew only where that can help', () => {
    expect(sourceOf(granted).credentialsChanged).toBeUndefined();
    expect(sourceOf(granted, () => 'k').credentialsChanged).toBeTypeOf('function');
  });
});

test('an endpoint shows no secret to inspection or JSON, also after a request', async () => {
  const { endpoint, account, ask } = setUpEndpoint([granted, status(401)]);
  await ask();
  await errorOf(ask());
  const shown = [endpoint, account].map(
    (each) => inspect(each, { showHidden: true, depth: Infinity }) + JSON.stringify(each),
  );
  expect(shown.join('')).not.toContain('e5cret-key');
});

test('what a vendor says breaks no line, moves no cursor, and ends', async () => {
  const said = `x\n[Nest] 1 - FORGED\u001b[31m${'y'.repeat(60_000)}`;
  const error = await errorOf<TokenEndpointError>(setUpEndpoint([status(401, JSON.stringify({ error: said }))]).ask());
  for (const text of [error.message, error.error!]) {
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text.length).toBeLessThan(1_000);
  }
});
