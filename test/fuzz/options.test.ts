import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import * as fc from 'fast-check';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import {
  accountsFor,
  AuthApis,
  AuthApisModule,
  defineTokenApi,
  isAuthApisOptionsError,
  oauth2ClientCredentials,
  SparkflyClient,
} from 'nestjs-auth-apis';
import { FakeSparkfly, FakeVerbit, ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LONGEST_LIFETIME_MS } from '../../lib/common/defaults.js';
import { everythingShown } from '../support/leaks.js';
import type { PlainServer } from '../support/plain-server.js';
import { plainServer } from '../support/plain-server.js';
import { anything, expectTypedError, PATIENCE_MS, pollute, runs, SECRETS } from './fuzz.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => {
  Logger.overrideLogger(false);
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterEach(() => expect(unhandled.splice(0)).toEqual([]));
afterAll(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});

/** Boots an app with the options: it runs and shows no secret, or fails with an error of ours that shows none. */
async function boot(options: unknown): Promise<void> {
  try {
    const imports = [AuthApisModule.forRoot(options as AuthApisOptions)];
    const app = await (await Test.createTestingModule({ imports }).compile()).init();
    const shown = everythingShown(app.get(AuthApis).statuses());
    for (const secret of Object.values(SECRETS)) expect(shown).not.toContain(secret);
    await app.close();
  } catch (error) {
    expectTypedError(error);
  }
}

const LOCAL = 'http://127.0.0.1:1/v1';
const verbit = { apiKey: SECRETS.apiKey, baseURL: LOCAL };
const sparkfly = { identity: SECRETS.identity, key: SECRETS.key, baseURL: LOCAL };
const siteFields = ['baseURL', 'tokenURL', 'allowedOrigins', 'allowInsecure', 'tokenLifetimeMs', 'http', 'accounts'];
const accountFields = ['name', 'maxTokenRequestsPerMinute', ...siteFields];
const verbitFields = [...accountFields, 'apiKey', 'contract', 'environment'];
const sparkflyFields = accountFields.concat(
  'identity key identityPrefix keyPrefix environment authMethod authScope forwardedFor'.split(' '),
);
const moduleFields = [
  'verbit',
  'sparkfly',
  'apis',
  'prefetch',
  'refresh',
  'tokenWaitTimeoutMs',
  'tokenRequestTimeoutMs',
  'attachTo',
];
const furtherFields = ['isUnauthorized', 'clock', 'random', 'isGlobal'];
const strangeKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '0', 'length'];

const sometimesRight = fc.constantFrom(
  'https://api.example.com',
  'https://a.example/x?y',
  'http://plain.example',
  '//host',
  'ftp://x',
  'https://u:p@h',
  'v0.8',
  'users',
  'sandbox',
  'production',
  'staging',
  'GET',
  'await',
  'none',
  'east',
  `${SECRETS.key}\n`,
);
const value = fc.oneof(
  { weight: 4, arbitrary: anything },
  { weight: 2, arbitrary: sometimesRight },
  { weight: 1, arbitrary: fc.array(fc.oneof(sometimesRight, anything), { maxLength: 3 }) },
);

/** Own properties, whatever they are called: `{ ['__proto__']: x }` is one, as JSON.parse makes it. */
const withFields = (fields: readonly string[]): fc.Arbitrary<[string, unknown][]> =>
  fc.array(fc.tuple(fc.constantFrom(...fields, ...strangeKeys), value), { maxLength: 3 });

const changed = (base: object, changes: readonly (readonly [string, unknown])[]): object => {
  const copy = { ...base };
  for (const [name, given] of changes) {
    Object.defineProperty(copy, name, { value: given, enumerable: true, configurable: true, writable: true });
  }
  return copy;
};

const http = fc.oneof(
  anything,
  fc
    .array(fc.tuple(fc.constantFrom('headers', 'proxy', 'httpAgent', 'lookup', 'timeout', 'params', 'data'), value))
    .map((changes) => changed({}, changes)),
);

const verbitAccount = withFields(verbitFields).map((changes) => changed(verbit, changes));
const sparkflyAccount = withFields(sparkflyFields).map((changes) => changed(sparkfly, changes));

const oauth = { clientId: SECRETS.identity, clientSecret: [SECRETS.key, SECRETS.apiKey] as const, baseURL: LOCAL };
const oauthApi = oauth2ClientCredentials({ name: 'oauth', tokenURL: 'token' });
const oauthFields = accountFields.concat(
  'clientId clientSecret scope audience resource clientAuthentication'.split(' '),
);
const oauthAccount = withFields(oauthFields).map((changes) => changed(oauth, changes));
const lookup = withFields(['resolve', 'maxAccounts', 'idleMs', ...strangeKeys]).map((changes) =>
  changed({ resolve: () => oauth }, changes),
);
const lookedUp = fc
  .tuple(lookup, withFields([...siteFields, 'maxTokenRequestsPerMinute', 'scope', 'name', 'clientId']))
  .map(([accounts, changes]) => changed({ baseURL: LOCAL, accounts }, changes));
const oneOrSeveral = (account: fc.Arbitrary<object>) =>
  fc.oneof(account, fc.array(fc.oneof({ weight: 9, arbitrary: account }, anything), { maxLength: 3 }), anything);

/** No token is asked for in the background: the vendors in here are made up, but their names might not be. */
const offline = (options: object): object =>
  ['await', 'background', undefined, null].includes((options as { prefetch?: string }).prefetch)
    ? { ...options, prefetch: 'none' }
    : options;

test('whatever the accounts say, the app boots or tells what is wrong', { timeout: PATIENCE_MS }, async () => {
  const accounts = fc.record({ verbit: oneOrSeveral(verbitAccount), sparkfly: oneOrSeveral(sparkflyAccount) });
  await fc.assert(
    fc.asyncProperty(accounts, (options) => boot({ ...options, prefetch: 'none' })),
    runs(250),
  );
});

test(
  'whatever is said of accounts of another API, the app boots or tells what is wrong',
  { timeout: PATIENCE_MS },
  async () => {
    const accounts = oneOrSeveral(fc.oneof(oauthAccount, lookedUp));
    await fc.assert(
      fc.asyncProperty(accounts, (given) => boot({ prefetch: 'none', apis: [accountsFor(oauthApi, given as never)] })),
      runs(250),
    );
  },
);

test('whatever `apis` is, the app boots or tells what is wrong', { timeout: PATIENCE_MS }, async () => {
  const apis = fc.oneof(
    anything,
    fc.array(fc.oneof(fc.constant(accountsFor(oauthApi, oauth)), anything), { maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(apis, (given) => boot({ prefetch: 'none', apis: given })),
    runs(200),
  );
});

test('whatever a definition is, it is taken or told what is wrong', { timeout: PATIENCE_MS }, async () => {
  const fields = 'name credentials tokenParams perRequest settings baseURL tokenURL origins lifetimeMs placement'.split(
    ' ',
  );
  const right = {
    name: 'acme',
    credentials: ['key'],
    tokenURL: 'token',
    lifetimeMs: 1_000,
    placement: { in: 'header', name: 'X-Token' },
    request: () => ({ method: 'POST', url: LOCAL, headers: {} }),
    parseResponse: () => undefined,
  };
  const given = fc.tuple(fc.constantFrom('baseURL', 'tokenURL', 'origins', 'lifetimeMs'), value);
  const functions = fc.array(
    given.map(([name, result]): [string, unknown] => [name, () => result]),
    { maxLength: 1 },
  );
  const definition = fc
    .tuple(withFields([...fields, 'request', 'parseResponse', 'parseError']), functions)
    .map(([changes, more]) => changed(right, [...changes, ...more]));
  const property = fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: definition }, anything), async (given) => {
    let api: ReturnType<typeof defineTokenApi<'key'>>;
    try {
      api = defineTokenApi<'key'>(given as never);
    } catch (error) {
      expectTypedError(error);
      expect(isAuthApisOptionsError(error)).toBe(true);
      return;
    }
    await boot({ prefetch: 'none', apis: [accountsFor(api, { key: SECRETS.key, baseURL: LOCAL })] });
  });
  await fc.assert(property, runs(400));
});

test('whatever the module is told, the app boots or tells what is wrong', { timeout: PATIENCE_MS }, async () => {
  const options = withFields([...moduleFields, ...furtherFields]).map((changes) => changed({ verbit }, changes));
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: options }, anything), (given) =>
      boot(typeof given === 'object' && given !== null ? offline(given) : given),
    ),
    runs(200),
  );
});

test('whatever `http` is, the app boots or tells what is wrong', { timeout: PATIENCE_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(http, (given) => boot({ prefetch: 'none', verbit: { ...verbit, http: given } })),
    runs(200),
  );
});

const throwing = (fields: object, name: string): object =>
  Object.defineProperty({ ...fields }, name, {
    enumerable: true,
    get() {
      throw new Error(`no ${SECRETS.key} for you`);
    },
  });

describe('a getter that throws', () => {
  test.each([...moduleFields, ...furtherFields])('in %s', async (name) => {
    await boot(throwing({ verbit, prefetch: 'none' }, name));
  });

  test.each(verbitFields)('in verbit.%s', async (name) => {
    await boot({ prefetch: 'none', verbit: throwing(verbit, name) });
  });

  test.each(['resolve', 'maxAccounts', 'idleMs'])('in verbit.accounts.%s', async (name) => {
    const accounts = throwing({ resolve: () => ({ apiKey: SECRETS.apiKey }) }, name);
    await boot({ prefetch: 'none', verbit: { baseURL: LOCAL, accounts } });
  });
});

const polluters: [string, (stranger: PlainServer) => unknown][] = [
  ['proxy', ({ port }) => ({ host: '127.0.0.1', port, protocol: 'http' })],
  ['http', ({ port }) => ({ proxy: { host: '127.0.0.1', port, protocol: 'http' } })],
  ['tokenURL', ({ origin }) => `${origin}/auth`],
  ['baseURL', ({ origin }) => origin],
  ['allowedOrigins', ({ origin }) => [origin]],
  ['socketPath', () => '/tmp/no-such-socket'],
  ['headers', () => ({ 'X-Auth-Key': 'polluted' })],
  ['clock', () => ({})],
  ['name', () => 'polluted'],
  ['environment', () => 'polluted'],
];

describe.each([true, false])('an Object.prototype that is polluted before the boot (enumerable: %s)', (enumerable) => {
  test.each(polluters)('with `%s` sends no key and no token elsewhere', async (name, make) => {
    const stranger = await plainServer();
    const vendor = await FakeSparkfly.start();
    onTestFinished(() => vendor.close());
    const { identity, key, baseURL } = vendor;
    const value = make(stranger);
    const imports = [AuthApisModule.forRoot({ prefetch: 'none', sparkfly: { identity, key, baseURL } })];
    const unpollute = pollute(name, value, enumerable);
    // Taken off again before anything is asserted: the test runner has objects too.
    const app = await Test.createTestingModule({ imports })
      .compile()
      .then((testing) => testing.init())
      .catch((error: unknown) => error as Error)
      .finally(unpollute);
    if (app instanceof Error) return expectTypedError(app);
    onTestFinished(() => app.close());
    const client = app.get(SparkflyClient);
    const toVendor = await firstValueFrom(client.get('/offers', { timeout: 300 })).catch((error: unknown) => error);
    await firstValueFrom(client.get(`${stranger.origin}/x`));
    const shown = JSON.stringify(stranger.requests.map(({ method, url, headers }) => ({ method, url, headers })));
    for (const secret of [identity, key, ...vendor.tokensIssued]) expect(shown).not.toContain(secret);
    expect(toVendor).toMatchObject({ status: 200 });
  });
});

test.each([
  [
    'a symbol for a name, twice',
    {
      verbit: [Symbol('a')].flatMap((name) => [
        { ...verbit, name },
        { ...verbit, name },
      ]),
    },
  ],
  ['http.headers that are null', { verbit: { ...verbit, http: { headers: null } } }],
])('%s is refused or taken', async (_, options) => {
  await boot({ prefetch: 'none', ...options });
});

test.each(['tokenRequestTimeoutMs', 'tokenWaitTimeoutMs'])(
  'a longer %s is refused: no date could be told',
  async (option) => {
    await boot({ prefetch: 'none', [option]: Number.MAX_SAFE_INTEGER });
  },
);

test.each([
  ['tokenRequestTimeoutMs', { tokenRequestTimeoutMs: LONGEST_LIFETIME_MS }],
  ['tokenWaitTimeoutMs', { tokenWaitTimeoutMs: LONGEST_LIFETIME_MS }],
  ['backoff', { refresh: { backoff: { initialMs: LONGEST_LIFETIME_MS, maxMs: LONGEST_LIFETIME_MS } } }],
  ['aheadCapMs', { refresh: { aheadCapMs: LONGEST_LIFETIME_MS } }],
])('the longest %s is taken for what it says: callers get typed errors in time', async (_, more) => {
  const clock = new ManualClock();
  const vendor = await FakeVerbit.start({ clock });
  onTestFinished(() => vendor.close());
  const options = { tokenWaitTimeoutMs: 50, tokenRequestTimeoutMs: 1_000, ...more, clock, prefetch: 'none' as const };
  const imports = [AuthApisModule.forRoot({ ...options, verbit: { apiKey: vendor.apiKey, baseURL: vendor.baseURL } })];
  const app = await (await Test.createTestingModule({ imports }).compile()).init();
  onTestFinished(() => app.close());
  const { tokens } = app.get(AuthApis).client('verbit');
  const failure = (): Promise<unknown> => tokens.get().then(undefined, (error: unknown) => error);
  vendor.failNext({ status: 503 });
  vendor.failNext({ action: 'hang' });
  const first = failure();
  // A timer that throws ends the process.
  await clock.advance(2_000);
  const second = failure();
  await clock.advance(100_000);
  app.get(AuthApis).statuses();
  if ('tokenWaitTimeoutMs' in more) return;
  for (const error of await Promise.all([first, second])) if (error instanceof Error) expectTypedError(error);
});
