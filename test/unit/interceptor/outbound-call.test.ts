import type { AxiosAdapter, AxiosRequestConfig, InternalAxiosRequestConfig } from 'axios';
import axios, { AxiosError } from 'axios';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import type { Account } from '../../../lib/accounts/account.js';
import { authorizeInstance } from '../../../lib/interceptor/authorize-instance.js';
import { axiosBuildOf, nestAxios } from '../../../lib/interceptor/axios-build.js';
import type { TokenPlacement } from '../../../lib/vendors/token-placement.js';
import { tokenHeaderOf } from '../../../lib/vendors/token-placement.js';
import { answer } from '../../support/outcome.js';
import { contextOf, siteOf } from '../../support/site.js';
import { errorOf, setUpWithToken } from '../../support/token-source.js';

const BASE = 'https://api.test';
const CONFIDENTIAL = ['X-Auth-Token', 'X-Auth-Key'];
const ownHeader: TokenPlacement = { in: 'header', name: 'X-Auth-Token' };
const bearer: TokenPlacement = { scheme: 'Bearer' };

/** An authorized instance over a transport without sockets, and what came to the transport. */
async function setUp(placement: TokenPlacement, adapter: AxiosAdapter, defaults: AxiosRequestConfig = {}) {
  const { source, tokens } = await setUpWithToken();
  const tokenHeader = tokenHeaderOf(placement);
  const account: Account = { site: siteOf({ baseURL: BASE, tokenHeader, confidentialHeaders: CONFIDENTIAL }), tokens };
  const sent: InternalAxiosRequestConfig[] = [];
  const instance = axios.create({
    baseURL: BASE,
    adapter: (config) => (sent.push(config), adapter(config)),
    ...defaults,
  });
  authorizeInstance(instance, { choose: () => account, context: contextOf({ clock: new ManualClock(0) }) });
  return { instance, sent, source, tokens };
}

/** Answers 401 first, with a body, then as told. */
function refusesOnce(body: unknown, then: AxiosAdapter): AxiosAdapter {
  let isFirst = true;
  return async (config) => {
    if (!isFirst) return then(config);
    isFirst = false;
    const response = { ...answer(config, 401), data: body };
    throw new AxiosError('401', 'ERR_BAD_REQUEST', config, undefined, response);
  };
}

const fine: AxiosAdapter = async (config) => answer(config);

test('a token goes out under its header, and is named as confidential for redirects', async () => {
  const { instance, sent } = await setUp(ownHeader, fine);
  await instance.get('/offers');
  expect(sent[0]!.headers.get('X-Auth-Token')).toBe('token-1');
  expect(sent[0]!.sensitiveHeaders).toEqual(CONFIDENTIAL);
  expect(sent[0]!.maxRedirects).toBeUndefined();
});

describe('a replay', () => {
  test.each([
    ['a body that is none', undefined],
    ['null', null],
    ['an object', { destroy: 'no function' }],
  ])('comes after a refusal with %s', async (_, body) => {
    const { instance, sent } = await setUp(ownHeader, refusesOnce(body, fine));
    expect((await instance.get('/offers')).status).toBe(200);
    expect(sent.map(({ headers }) => headers.get('X-Auth-Token'))).toEqual(['token-1', 'token-2']);
  });

  test('frees the connection of the refused answer', async () => {
    let destroyed = 0;
    const { instance } = await setUp(ownHeader, refusesOnce({ destroy: () => destroyed++ }, fine));
    await instance.get('/offers');
    expect(destroyed).toBe(1);
  });

  test('that meets the network counts for nothing', async () => {
    const reset = new Error('reset');
    const failing = refusesOnce({}, async () => {
      throw reset;
    });
    const { instance, tokens } = await setUp(ownHeader, failing);
    expect(await errorOf(instance.get('/offers'))).toBe(reset);
    expect(tokens.status().counters).toMatchObject({ tokensRejected: 1, callsRetried: 0 });
  });

  test('does not come when a redirect led who knows where', async () => {
    const straying: AxiosAdapter = async (config) => {
      config.beforeRedirect?.({}, { headers: {}, statusCode: 302 }, {} as never);
      return answer(config, 401);
    };
    const { instance, sent, tokens } = await setUp(ownHeader, straying);
    expect((await instance.get('/offers')).status).toBe(401);
    expect(sent).toHaveLength(1);
    expect(tokens.peek()?.value).toBe('token-1');
  });
});

test.each([undefined, null, 'text'])('a transport that throws %s is passed on', async (thrown) => {
  const { instance } = await setUp(ownHeader, async () => {
    throw thrown;
  });
  const outcome = await instance.get('/offers').then(
    () => 'fine',
    (error: unknown) => ({ error }),
  );
  expect(outcome).toMatchObject({ error: thrown });
});

describe('credentials of the caller', () => {
  test('in `auth` win over a bearer token, and leave a token of another header alone', async () => {
    const auth = { username: 'me', password: 'pw' };
    const own = await setUp(ownHeader, fine);
    await own.instance.get('/offers', { auth });
    expect(own.sent[0]!.headers.get('X-Auth-Token')).toBe('token-1');
    const other = await setUp(bearer, fine);
    await other.instance.get('/offers', { auth });
    expect(other.sent[0]!.headers.has('Authorization')).toBe(false);
    expect(other.sent[0]!.sensitiveHeaders).toEqual(CONFIDENTIAL);
  });

  test.each(['me@', ':pw@', 'me:pw@'])('in a URL with %s win over a bearer token', async (userInfo) => {
    const { instance, sent } = await setUp(bearer, fine);
    await instance.get(`https://${userInfo}api.test/offers`);
    expect(sent[0]!.headers.has('Authorization')).toBe(false);
  });

  test('are not seen where there are none', async () => {
    const { instance, sent } = await setUp(bearer, fine);
    await instance.get('https://api.test/offers');
    expect(sent[0]!.headers.get('Authorization')).toBe('Bearer token-1');
  });
});

test('errors are made by the copy of axios that made the instance', () => {
  expect(axiosBuildOf(axios.create())).toBe(axios);
  expect(axiosBuildOf(nestAxios.create())).toBe(nestAxios);
});
