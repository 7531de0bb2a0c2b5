import { Test } from '@nestjs/testing';
import type { AuthApisOptions, AuthApisOptionsError } from 'nestjs-auth-apis';
import { accountsFor, AuthApisModule, TokenRefreshScheduler } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import type { BeaconAccounts, SharedOptions } from '../../support/beacon.js';
import { beacon, beaconApp, beaconVendor, MINUTE, minutesOf, oauthBeacon } from '../../support/beacon.js';
import { logLines } from '../../support/log-lines.js';
import { failureOf } from '../../support/outcome.js';

type Refresh = NonNullable<SharedOptions['refresh']>;

/** No chance: a token of 30 minutes is refreshed at minute 21 by default. */
const still = () => ({ clock: new ManualClock(), random: () => 0, prefetch: 'background' as const });

test('one account is refreshed at half its life, others when the default says', async () => {
  const options = still();
  const { vendor } = await beaconApp(
    (baseURL) => [
      { baseURL, key: 'main' },
      { name: 'east', baseURL, key: 'east', refresh: { aheadRatio: 0.5 } },
      { name: 'west', baseURL, key: 'west' },
    ],
    options,
  );
  await options.clock.advance(22 * MINUTE);
  expect(minutesOf(vendor, 'east')).toEqual([0, 15]);
  expect(minutesOf(vendor, 'main')).toEqual([0, 21]);
  expect(minutesOf(vendor, 'west')).toEqual([0, 21]);
});

test.each<[string, { account?: Refresh; definition?: Refresh; forRoot?: Refresh }, number[]]>([
  ['nothing said', {}, [0, 21]],
  ['forRoot', { forRoot: { aheadRatio: 0.4 } }, [0, 18]],
  ['the definition before forRoot', { definition: { aheadRatio: 0.5 }, forRoot: { aheadRatio: 0.4 } }, [0, 15]],
  [
    'the account before both',
    { account: { aheadRatio: 0.2 }, definition: { aheadRatio: 0.5 }, forRoot: { aheadRatio: 0.4 } },
    [0, 24],
  ],
  [
    'field by field: a cap of the account, a ratio of the definition',
    { account: { aheadCapMs: 2 * MINUTE }, definition: { aheadRatio: 0.5 }, forRoot: { aheadCapMs: MINUTE } },
    [0, 28],
  ],
  ['enabled: false of forRoot', { forRoot: { enabled: false } }, [0]],
  ['enabled: false of the definition', { definition: { enabled: false }, forRoot: { enabled: true } }, [0]],
  ['enabled: false of the account', { account: { enabled: false }, definition: { enabled: true } }, [0]],
  [
    'field by field: the account on, with the ratio of forRoot',
    { account: { enabled: true }, definition: { enabled: false }, forRoot: { aheadRatio: 0.5 } },
    [0, 15],
  ],
  ['a field that is undefined is not said', { account: { aheadRatio: undefined } }, [0, 21]],
])('%s', async (_, { account, definition, forRoot }, minutes) => {
  const options = still();
  const { vendor } = await beaconApp((baseURL) => ({ baseURL, key: 'k', refresh: account }), {
    ...options,
    api: beacon({ refresh: definition }),
    refresh: forRoot,
  });
  await options.clock.advance(29 * MINUTE);
  expect(minutesOf(vendor, 'k')).toEqual(minutes);
});

test('a field on the prototype of all objects is no option', async () => {
  const options = still();
  const everything = Object.prototype as { aheadRatio?: number };
  // One that `for in` shows is refused as an unknown option.
  Object.defineProperty(everything, 'aheadRatio', { value: 0.5, writable: true, configurable: true });
  const booted = beaconApp((baseURL) => ({ baseURL, key: 'k' }), options);
  const { vendor } = await booted.finally(() => delete everything.aheadRatio);
  await options.clock.advance(22 * MINUTE);
  expect(minutesOf(vendor, 'k')).toEqual([0, 21]);
});

test('each account pauses after failures as it says, field by field', async () => {
  const options = still();
  const { vendor, clientOf } = await beaconApp(
    (baseURL) => [
      { name: 'plain', baseURL, key: 'plain' },
      { name: 'capped', baseURL, key: 'capped', refresh: { backoff: { maxMs: 8_000 } } },
      { name: 'slow', baseURL, key: 'slow', refresh: { backoff: { initialMs: 20_000 } } },
    ],
    { ...options, prefetch: 'none', api: beacon({ refresh: { backoff: { initialMs: 4_000 } } }) },
  );
  vendor.tokenStatus = 503;
  const calls = ['plain', 'capped', 'slow'].map((name) => failureOf(clientOf(name).tokens.get()));
  await options.clock.advance(61_000);
  await Promise.all(calls);
  const seconds = (key: string) => minutesOf(vendor, key).map((minutes) => Math.round(minutes * 60));
  expect(seconds('plain')).toEqual([0, 4, 12, 28, 60]);
  expect(seconds('capped')).toEqual([0, 4, 12, 20, 28, 36, 44, 52, 60]);
  expect(seconds('slow')).toEqual([0, 20, 60]);
});

test('with enabled: false one account alone is refreshed by its calls only', async () => {
  const options = still();
  const { app, vendor, clientOf } = await beaconApp(
    (baseURL) => [
      { name: 'on', baseURL, key: 'on' },
      { name: 'off', baseURL, key: 'off', refresh: { enabled: false } },
    ],
    options,
  );
  await options.clock.advance(50 * MINUTE);
  expect(minutesOf(vendor, 'on')).toEqual([0, 21, 42]);
  expect(minutesOf(vendor, 'off')).toEqual([0]);
  expect(app.get(TokenRefreshScheduler).upcoming()).toMatchObject([{ account: 'on', action: 'refresh' }]);
  expect((await clientOf('off').axiosRef.get('/offers')).status).toBe(200);
  expect(minutesOf(vendor, 'off')).toEqual([0, 50]);
});

describe('dynamic accounts', () => {
  const dynamic = (refresh?: Refresh) => (baseURL: string) =>
    [
      { baseURL, key: 'main' },
      { baseURL, refresh, accounts: { resolve: (id: string) => ({ key: id }) } },
    ] satisfies BeaconAccounts;

  test('are refreshed as their entry says, beside an account of the options', async () => {
    const options = still();
    const { vendor, clientOf } = await beaconApp(dynamic({ aheadRatio: 0.5 }), options);
    await clientOf('t-1').axiosRef.get('/offers');
    await options.clock.advance(22 * MINUTE);
    expect(minutesOf(vendor, 't-1')).toEqual([0, 15]);
    expect(minutesOf(vendor, 'main')).toEqual([0, 21]);
  });

  test('are not refreshed where their entry says enabled: false', async () => {
    const options = still();
    const { vendor, clientOf } = await beaconApp(dynamic({ enabled: false }), options);
    await clientOf('t-1').axiosRef.get('/offers');
    await options.clock.advance(22 * MINUTE);
    expect(minutesOf(vendor, 't-1')).toEqual([0]);
    expect(minutesOf(vendor, 'main')).toEqual([0, 21]);
  });

  test('are refreshed though the accounts of the options are not', async () => {
    const options = still();
    const { vendor, clientOf } = await beaconApp(dynamic({ enabled: true }), {
      ...options,
      refresh: { enabled: false },
    });
    await clientOf('t-1').axiosRef.get('/offers');
    await options.clock.advance(22 * MINUTE);
    expect(minutesOf(vendor, 't-1')).toEqual([0, 21]);
    expect(minutesOf(vendor, 'main')).toEqual([0]);
  });
});

test('oauth2ClientCredentials takes refresh as well', async () => {
  const options = still();
  const vendor = await beaconVendor(options.clock);
  const api = oauthBeacon({ refresh: { aheadRatio: 0.5 } });
  const account = { baseURL: vendor.origin, clientId: 'me', clientSecret: 's' };
  await startApp({ ...options, refresh: { aheadRatio: 0.2 }, apis: [accountsFor(api, account)] });
  await options.clock.advance(22 * MINUTE);
  expect(vendor.tokenRequests.map(({ afterMs }) => afterMs / MINUTE)).toEqual([0, 15]);
});

describe('log lines', () => {
  const onAndOff = (baseURL: string) => [
    { name: 'on', baseURL, key: 'on' },
    { name: 'off', baseURL, key: 'off', refresh: { enabled: false } },
  ];

  test('say who is refreshed without a call', async () => {
    const { clientOf } = await beaconApp(onAndOff);
    const lines = logLines('log');
    for (const name of ['on', 'off']) await clientOf(name).tokens.get();
    expect(lines).toEqual([
      expect.stringMatching(/^beacon "on": .*next refresh at [\dT:Z-]+$/),
      expect.stringMatching(/^beacon "off": .*next refresh at [\dT:Z-]+, or at the first call after that$/),
    ]);
  });

  test('say who requests a token in place of a rejected one', async () => {
    const { clientOf } = await beaconApp(onAndOff);
    const lines = logLines('warn');
    for (const name of ['on', 'off']) clientOf(name).tokens.invalidate((await clientOf(name).tokens.get()).value);
    expect(lines).toEqual([
      expect.stringMatching(/^beacon "on": .*another is asked for/),
      expect.stringMatching(/^beacon "off": .*the next call asks for another/),
    ]);
  });

  test('say who is tried again without a call', async () => {
    const { vendor, clientOf } = await beaconApp(onAndOff, { tokenWaitTimeoutMs: 100 });
    vendor.tokenStatus = 503;
    const lines = logLines('error');
    for (const name of ['on', 'off']) await failureOf(clientOf(name).tokens.get());
    expect(lines).toEqual([
      expect.stringMatching(/^beacon "on": .*then at growing intervals until it works$/),
      expect.stringMatching(/^beacon "off": .*or later, while it is in use$/),
    ]);
  });

  test('of dynamic accounts go by their entry', async () => {
    const lines = async (enabled: boolean) => {
      const accounts = { resolve: (id: string) => ({ key: id }) };
      const { clientOf } = await beaconApp((baseURL) => ({ baseURL, refresh: { enabled }, accounts }));
      const debug = logLines('debug');
      await clientOf('t-1').tokens.get();
      return debug.join('\n');
    };
    expect(await lines(true)).toMatch(/next refresh at .*, or later, while it is in use$/);
    expect(await lines(false)).toMatch(/next refresh at .*, or at the first call after that$/);
  });
});

describe('validation', () => {
  const problemsOf = async (options: unknown): Promise<readonly string[]> => {
    const booted = async () =>
      Test.createTestingModule({ imports: [AuthApisModule.forRoot(options as AuthApisOptions)] }).compile();
    return (await failureOf<AuthApisOptionsError>(booted())).problems;
  };
  const account = { identity: 'me', key: 'secret' };
  const RATIO = 'must be a number between 0 and 1, e.g. 0.3';
  const DURATION = 'must be a number of milliseconds above 0 and up to 366 days';
  const CONCURRENCY = 'is an option of forRoot alone: set it there, it limits each API';
  const RULE = 'must be a function: gets the response, tells whether the token is not valid';

  test('names the option of the account', async () => {
    const refresh = {
      enabled: 'yes',
      aheadRatio: 1,
      aheadCapMs: 0,
      backoff: { initialMs: -1, most: 1 },
      concurrency: 5,
    };
    const problems = await problemsOf({
      sparkfly: [account, { name: 'east', ...account, refresh, isUnauthorized: 401 }],
    });
    expect(problems).toEqual([
      'sparkfly[1].refresh.enabled must be true or false',
      `sparkfly[1].refresh.aheadRatio ${RATIO}`,
      `sparkfly[1].refresh.aheadCapMs ${DURATION}`,
      `sparkfly[1].refresh.backoff.initialMs ${DURATION}`,
      'sparkfly[1].refresh.backoff.most is not an option: check its spelling',
      `sparkfly[1].refresh.concurrency ${CONCURRENCY}`,
      `sparkfly[1].isUnauthorized ${RULE}`,
    ]);
  });

  test('names the option of an entry for dynamic accounts, and of an account of apis', async () => {
    const resolve = (id: string) => ({ identity: id, key: 'secret' });
    const own = accountsFor(beacon(), { baseURL: 'https://x.example', key: 'k', refresh: { aheadRatio: 2 } });
    const problems = await problemsOf({
      sparkfly: { accounts: { resolve }, refresh: { aheadRatio: 0, concurrency: 1 } },
      apis: [own],
    });
    expect(problems).toEqual([
      `sparkfly.refresh.aheadRatio ${RATIO}`,
      `sparkfly.refresh.concurrency ${CONCURRENCY}`,
      `apis[0].refresh.aheadRatio ${RATIO}`,
    ]);
  });

  test.each([
    ['defineTokenApi', (options: SharedOptions) => beacon(options)],
    ['oauth2ClientCredentials', (options: SharedOptions) => oauthBeacon(options)],
  ])('names the field of %s', (_, define) => {
    const refresh = {
      enabled: 1,
      aheadRatio: 1,
      aheadCapMs: '1',
      backoff: { maxMs: 0, most: 1 },
      concurrency: 5,
      a: 1,
    };
    let problems: readonly string[] = [];
    try {
      define({ refresh, isUnauthorized: true } as never);
    } catch (error) {
      ({ problems } = error as AuthApisOptionsError);
    }
    expect(problems).toEqual([
      'refresh.enabled must be true or false',
      `refresh.aheadRatio ${RATIO}`,
      `refresh.aheadCapMs ${DURATION}`,
      `refresh.backoff.maxMs ${DURATION}`,
      'refresh.backoff.most is not an option: check its spelling',
      `refresh.concurrency ${CONCURRENCY}`,
      'refresh.a is not an option: check its spelling',
      `isUnauthorized ${RULE}`,
    ]);
    expect(() => define({ refresh: 5 } as never)).toThrow('refresh must be an object');
    expect(() => define({ refresh: undefined, isUnauthorized: undefined })).not.toThrow();
  });
});
