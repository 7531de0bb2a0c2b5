import { HttpService } from '@nestjs/axios';
import type { AxiosRequestConfig } from 'axios';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApis, OutboundAuthorizationInterceptor, SparkflyClient } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { firstValueFrom } from 'rxjs';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../support/app.js';
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
  readonly get: (config?: AxiosRequestConfig) => Promise<{ readonly status: number }>;
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

const callers: [string, (vendor: FakeSparkfly) => Promise<Caller>][] = [
  [
    'a client',
    async (vendor) => {
      const app = await startApp({ prefetch: 'none', ...configured(vendor) });
      const client = app.get(SparkflyClient);
      await app.get(AuthApis).client('sparkfly', 'other').tokens.get();
      return {
        get: (config) => firstValueFrom(client.get('/offers', config)),
        token: async () => (await client.tokens.get()).value,
      };
    },
  ],
  [
    'a client of an account that is looked up',
    async (vendor) => {
      const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
      const client = app.get(SparkflyClient).for('own');
      await app.get(SparkflyClient).for('other').tokens.get();
      return {
        get: (config) => firstValueFrom(client.get('/offers', config)),
        token: async () => (await client.tokens.get()).value,
      };
    },
  ],
  [
    'a client of a token with parameters',
    async (vendor) => {
      const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
      const client = app.get(SparkflyClient).for('own', { authScope: 'mine' });
      await app.get(SparkflyClient).for('own', { authScope: 'other' }).tokens.get();
      return {
        get: (config) => firstValueFrom(client.get('/offers', config)),
        token: async () => (await client.tokens.get()).value,
      };
    },
  ],
  [
    'client.fetch of an account that is looked up',
    async (vendor) => {
      const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
      const client = app.get(SparkflyClient).for('own');
      await app.get(SparkflyClient).for('other').tokens.get();
      return {
        get: (config) => client.fetch('/offers', config as Parameters<typeof client.fetch>[1]),
        token: async () => (await client.tokens.get()).value,
      };
    },
  ],
  [
    'the undici interceptor',
    async (vendor) => {
      const app = await startApp({ prefetch: 'none', ...lookedUp(vendor) });
      const client = app.get(SparkflyClient).for('own');
      await app.get(SparkflyClient).for('other').tokens.get();
      const agent = new Agent();
      onTestFinished(() => agent.destroy());
      const dispatcher = agent.compose(authorizationInterceptor(client));
      return {
        get: async (config) => {
          const options = { dispatcher, ...config } as Parameters<typeof request>[1];
          const { statusCode, body } = await request(`${vendor.baseURL}/offers`, options);
          await body.dump();
          return { status: statusCode };
        },
        token: async () => (await client.tokens.get()).value,
      };
    },
  ],
  [
    'an HttpService that is attached',
    async (vendor) => {
      const app = await startApp({ prefetch: 'none', ...configured(vendor) });
      const http = new HttpService();
      app.get(OutboundAuthorizationInterceptor).attach(http);
      await app.get(AuthApis).client('sparkfly', 'other').tokens.get();
      return {
        get: (config) => firstValueFrom(http.get(`${vendor.baseURL}/offers`, config)),
        token: async () => (await app.get(SparkflyClient).tokens.get()).value,
      };
    },
  ],
];

const sentTokens = (vendor: FakeSparkfly): (string | undefined)[] =>
  vendor.requests.filter(({ kind }) => kind === 'api').map(({ headers }) => headers['x-auth-token']);

describe.each(callers)('%s', (_, start) => {
  describe.each(pollutions)('while Object.prototype.%s is %j', (name, value) => {
    test.each<[string, AxiosRequestConfig | undefined]>([
      ['that says nothing', undefined],
      ['with a config', {}],
      ['with options of none', { authApis: {} }],
    ])('a call %s carries its own token', async (__, config) => {
      const vendor = await fakeSparkfly();
      const { get, token } = await start(vendor);
      const own = await token();
      expect((await polluted(name, value, () => get(config))).status).toBe(200);
      expect(sentTokens(vendor)).toEqual([own]);
      expect(vendor.counters.tokenRequests).toBe(2);
    });

    test('a first call buys its own token, and a refused one is replayed', async () => {
      const vendor = await fakeSparkfly();
      const { get, token } = await start(vendor);
      vendor.rejectNext();
      expect((await polluted(name, value, () => get())).status).toBe(200);
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
