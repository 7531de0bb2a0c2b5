import type { AxiosRequestConfig, InternalAxiosRequestConfig } from 'axios';
import * as fc from 'fast-check';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { afterEach, expect, test } from 'vitest';
import { Context } from '../../lib/common/context.js';
import { authorizeInstance } from '../../lib/interceptor/authorize-instance.js';
import { nestAxios } from '../../lib/interceptor/axios-build.js';
import type { Account, Candidate } from '../../lib/accounts/account.js';
import type { AccountChooser } from '../../lib/interceptor/outbound-account.js';
import { accountByTarget } from '../../lib/interceptor/account-by-target.js';
import { ownAccount } from '../../lib/interceptor/outbound-account.js';
import { TokenCache } from '../../lib/token/token-cache.js';
import { contextOf, siteOf } from '../support/site.js';
import { IS_SHORT, PATIENCE_MS, pollute, runs } from './fuzz.js';

const TOKEN = 'hush-token';

async function accountAt(baseURL: string, more: readonly string[] = []): Promise<Account> {
  const clock = new ManualClock();
  const label = { api: 'fuzz', account: 'default' };
  const tokens = new TokenCache({ fetch: async () => ({ value: TOKEN, lifetimeMs: 3_600_000 }) }, { label, clock });
  await tokens.get();
  const origins = new Set([baseURL, ...more].map((url) => new URL(url).origin));
  const tokenHeader = { name: 'X-Auth-Token', prefix: '', suffix: '' };
  return { site: siteOf({ baseURL, tokenURLs: [], origins, tokenHeader, allowInsecure: true }), tokens };
}

interface OnTheWire {
  readonly origin: string;
  readonly hasToken: boolean;
}

/** What left last, below axios's http adapter (and its redirects), where a socket would be opened. */
let wire: OnTheWire | undefined;
const transport = {
  request({ protocol, hostname, port, path, headers }: Record<string, string> & { headers: object }): never {
    const host = hostname?.includes(':') ? `[${hostname}]` : hostname;
    const { origin } = new URL(`${protocol}//${host}${port ? `:${port}` : ''}${path?.startsWith('/') ? path : '/'}`);
    wire = { origin, hasToken: holdsToken(headers) };
    throw new Error('not sent');
  },
};
const holdsToken = (headers: object): boolean => JSON.stringify(headers).includes(TOKEN);

/** The same for axios's fetch adapter. */
async function fetchStub(input: Request): Promise<Response> {
  wire = { origin: new URL(input.url).origin, hasToken: holdsToken(Object.fromEntries(input.headers)) };
  return new Response('{}');
}

function clientOf(choose: AccountChooser, defaults: AxiosRequestConfig) {
  const instance = nestAxios.create({ proxy: false, transport, ...defaults });
  authorizeInstance(instance, { choose, context: new Context() });
  return instance;
}

const piece = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(
      'http:',
      'https:',
      'HTTPS:',
      'hTTp:',
      '//',
      '/',
      '\\',
      '\\\\',
      '@',
      ':',
      '?',
      '#',
      '.',
      '..',
      '%2F',
      '%5C',
      '%40',
      'base.example',
      'BASE.EXAMPLE',
      'base.example.',
      'base.example.evil.example',
      'evil.example',
      'xbase.example',
      ':443',
      ':80',
      ':8080',
      ':0',
      'user:pw',
      'v1',
      'offers',
      ' ',
      '\t',
      '\n',
      '\r',
      '\0',
      '\u200b',
      '\u00ad',
      '\ufeff',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '127.1',
      '0x7f.1',
      '2130706433',
      'ｂase.example',
      'base。example',
      'bаse.example',
      'data:',
      'file:',
      'blob:',
      'javascript:',
      'unix:',
      'ws:',
      ';',
      ',',
      '&',
      '=',
      '|',
      '^',
      '`',
      '{',
      '}',
      '<',
      '>',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
);
const text = fc.array(piece, { maxLength: 7 }).map((parts) => parts.join(''));
const url: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: text },
  { weight: 3, arbitrary: fc.webUrl({ withFragments: true, withQueryParameters: true }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      undefined,
      null,
      5,
      {},
      [],
      new URL('https://evil.example/x'),
      new URL('https://base.example/v1/x'),
      ['https://evil.example/x'],
      { toString: () => 'https://evil.example/x' },
    ),
  },
);
const ownBase = fc.constantFrom(
  'https://base.example/v1',
  'https://base.example',
  'https://base.example/',
  'https://BASE.example:443/v1//',
  'http://base.example:8080',
  ' https://base.example/v1',
  'https:base.example',
  String.raw`https:\\base.example\v1`,
  'https://base.example/v1/..',
);
const requestBase = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: url.map((baseURL) => ({ baseURL })) },
  { weight: 1, arbitrary: ownBase.map((baseURL) => ({ baseURL })) },
);
const absolute = fc.oneof(
  fc.constant({}),
  fc.constantFrom(true, false, null, 0, 'false', '').map((allowAbsoluteUrls) => ({ allowAbsoluteUrls })),
);
const params = fc.constantFrom({}, { params: { a: '//evil.example' } }, { params: { '@evil.example': '/' } });
const adapter = fc.constantFrom({}, {}, {}, { adapter: 'fetch', env: { fetch: fetchStub, Request, Response } });
const request = fc
  .tuple(url, requestBase, absolute, params, adapter)
  .map(([where, ...more]) => Object.assign({ url: where }, ...more) as AxiosRequestConfig);

async function send(instance: ReturnType<typeof clientOf>, config: AxiosRequestConfig): Promise<OnTheWire | undefined> {
  wire = undefined;
  await instance.request(config).catch(() => undefined);
  return wire;
}

let told = { with: 0, without: 0 };
function expectLocked(sent: OnTheWire | undefined, { site: { origins } }: Account): void {
  if (!sent) return;
  told[sent.hasToken ? 'with' : 'without']++;
  if (sent.hasToken) expect([...origins]).toContain(sent.origin);
}

afterEach(() => {
  // The fuzzer must have met both, or it shows nothing.
  if (!IS_SHORT) expect(Math.min(told.with, told.without)).toBeGreaterThan(20);
  told = { with: 0, without: 0 };
});

const own = (account: Account): AccountChooser =>
  ownAccount({
    site: account.site,
    own: account,
    find: () => account,
    api: 'fuzz',
    resolvesIds: false,
    context: contextOf(),
  });

const candidateOf = (account: Account): Candidate => ({
  api: 'fuzz',
  name: 'default',
  site: account.site,
  account: () => account,
});

test('a client sends its token nowhere but to its origins, whatever the URLs', { timeout: PATIENCE_MS }, async () => {
  const property = fc.asyncProperty(ownBase, request, async (baseURL, config) => {
    const account = await accountAt(baseURL, ['https://gateway.example']);
    expectLocked(await send(clientOf(own(account), { baseURL }), config), account);
  });
  await fc.assert(property, runs(1_200));
});

test('nor does an HttpService that the app has, whatever its base URL', { timeout: PATIENCE_MS }, async () => {
  const property = fc.asyncProperty(ownBase, requestBase, request, async (baseURL, defaults, config) => {
    const account = await accountAt(baseURL);
    const choose = accountByTarget([candidateOf(account)]);
    expectLocked(await send(clientOf(choose, defaults as AxiosRequestConfig), config), account);
  });
  await fc.assert(property, runs(1_200));
});

test('nor a client whose URL an interceptor changes at the last moment', { timeout: PATIENCE_MS }, async () => {
  const property = fc.asyncProperty(ownBase, request, url, requestBase, async (baseURL, config, late, lateBase) => {
    const account = await accountAt(baseURL);
    const instance = clientOf(own(account), { baseURL });
    instance.interceptors.request.use(
      (given) => Object.assign(given, { url: late }, lateBase) as InternalAxiosRequestConfig,
    );
    expectLocked(await send(instance, config), account);
  });
  await fc.assert(property, runs(700));
});

test('nor when somebody has polluted the prototype of all objects', { timeout: PATIENCE_MS }, async () => {
  const pollution = fc.constantFrom(
    ...([
      ['baseURL', 'https://base.example/v1'],
      ['baseURL', 'https://evil.example'],
      ['url', 'https://base.example/v1/x'],
      ['allowAbsoluteUrls', false],
      ['authApis', { account: 'default' }],
      ['proxy', { host: 'evil.example' }],
      ['socketPath', '/tmp/evil'],
      ['origin', 'https://base.example'],
    ] as const),
  );
  const property = fc.asyncProperty(
    ownBase,
    request,
    pollution,
    fc.boolean(),
    async (baseURL, config, [key, value], isOwn) => {
      const account = await accountAt(baseURL);
      const instance = isOwn
        ? clientOf(own(account), { baseURL })
        : clientOf(accountByTarget([candidateOf(account)]), {});
      const unpollute = pollute(key, value);
      const sent = await send(instance, config).finally(unpollute);
      expectLocked(sent, account);
    },
  );
  await fc.assert(property, runs(700));
});
