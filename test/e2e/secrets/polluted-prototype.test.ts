import type { INestApplicationContext } from '@nestjs/common';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApis, SparkflyClient } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import type { Call, Send } from '../../support/carriers.js';
import { carriers } from '../../support/carriers.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

/** What somebody puts on the prototype of all objects. */
const pollutions: [string, unknown][] = [
  ['account', 'other'],
  ['skip', true],
  ['retry', false],
  ['scheme', 'Basic'],
  ['tokenParams', { authScope: 'other' }],
  ['authApis', { account: 'other' }],
  ['authApis', { skip: true }],
];

const everything = Object.prototype as unknown as Record<string, unknown>;
const names = [...new Set(pollutions.map(([name]) => name))];

afterEach(() => {
  for (const name of names) delete everything[name];
});

async function polluted<T>(name: string, value: unknown, work: () => Promise<T>): Promise<T> {
  everything[name] = value;
  try {
    return await work();
  } finally {
    delete everything[name];
  }
}

interface Caller {
  readonly send: Send;
  /** The value of the only token that its calls may carry. */
  readonly token: () => Promise<string>;
}

const lookedUp = (vendor: FakeSparkfly): AuthApisOptions => ({
  sparkfly: {
    baseURL: vendor.baseURL,
    accounts: { resolve: () => ({ identity: vendor.identity, key: vendor.key }) },
  },
});

const configured = (vendor: FakeSparkfly): AuthApisOptions => ({
  sparkfly: [sparkflyAccount(vendor), sparkflyAccount(vendor, { name: 'other' })],
});

/** A client, and others whose tokens are there and must not be taken. */
const clients: [string, (vendor: FakeSparkfly) => Promise<{ app: INestApplicationContext; client: SparkflyClient }>][] =
  [
    [
      'an account of the options',
      async (vendor) => {
        const app = await startApp({ prefetch: 'none', ...configured(vendor) });
        await app.get(AuthApis).client('sparkfly', 'other').tokens.get();
        return { app, client: app.get(SparkflyClient) };
      },
    ],
    [
      'an account that is looked up',
      async (vendor) => {
        const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
        await app.get(SparkflyClient).for('other').tokens.get();
        return { app, client: app.get(SparkflyClient).for('own') };
      },
    ],
    [
      'a token with parameters',
      async (vendor) => {
        const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
        await app.get(SparkflyClient).for('own', { authScope: 'other' }).tokens.get();
        return { app, client: app.get(SparkflyClient).for('own', { authScope: 'mine' }) };
      },
    ],
  ];

const callers = carriers.flatMap((carrier) =>
  // An HttpService of the app's stands for no account that is looked up.
  clients.slice(0, carrier.name === 'attach' ? 1 : undefined).map(
    ([name, start]) =>
      [
        `${name}, over ${carrier.name}`,
        async (vendor: FakeSparkfly): Promise<Caller> => {
          const { app, client } = await start(vendor);
          return { send: carrier.over(app, client), token: async () => (await client.tokens.get()).value };
        },
      ] as const,
  ),
);

const sentTokens = (vendor: FakeSparkfly): (string | undefined)[] =>
  vendor.requests.filter(({ kind }) => kind === 'api').map(({ headers }) => headers['x-auth-token']);

describe.each(callers)('%s', (_, start) => {
  describe.each(pollutions)('while Object.prototype.%s is %j', (name, value) => {
    test.each<[string, Call | undefined]>([
      ['that says nothing', undefined],
      ['with options of the carrier', {}],
      ['with options of none', { authApis: {} }],
    ])('a call %s carries its own token', async (__, call) => {
      const vendor = await fakeSparkfly();
      const { send, token } = await start(vendor);
      const own = await token();
      expect((await polluted(name, value, () => send('/offers', call))).status).toBe(200);
      expect(sentTokens(vendor)).toEqual([own]);
      expect(vendor.counters.tokenRequests).toBe(2);
    });

    test('a first call buys its own token, and a refused one is replayed', async () => {
      const vendor = await fakeSparkfly();
      const { send, token } = await start(vendor);
      vendor.rejectNext();
      expect((await polluted(name, value, () => send('/offers'))).status).toBe(200);
      expect(vendor.counters).toMatchObject({ tokenRequests: 3, apiRequests: 2, apiUnauthorized: 1 });
      const own = await token();
      expect(sentTokens(vendor)[1]).toBe(own);
      expect(vendor.tokenDetails(own)?.scope).not.toBe('other');
    });
  });
});

test('while Object.prototype.account is set, the client of all accounts still asks for which', async () => {
  const vendor = await fakeSparkfly();
  const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
  const get = (): Promise<unknown> => failureOf(app.get(SparkflyClient).get('/offers', { authApis: {} }));
  expect(await polluted('account', 'other', get)).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT' });
  expect(vendor.requests).toEqual([]);
});
