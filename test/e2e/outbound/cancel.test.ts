import type { AxiosRequestConfig } from 'axios';
import axios from 'axios';
import type { SparkflyClient } from 'nestjs-auth-apis';
import { AuthApis } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { sparkflyApp } from '../../support/vendors.js';

interface Phase {
  /** Makes a call stick in this phase. */
  readonly prepare: (vendor: FakeSparkfly, client: SparkflyClient) => unknown;
  readonly reached: (vendor: FakeSparkfly) => boolean;
  /** API requests that were sent when all is over. */
  readonly apiRequests: number;
}

const phases: Record<string, Phase> = {
  'waiting for the token': {
    prepare: (vendor) => vendor.failNext({ delayMs: 100, status: 500 }),
    reached: (vendor) => vendor.counters.tokenRequests === 1,
    apiRequests: 0,
  },
  'in the call': {
    prepare: (vendor) => vendor.failNext({ on: 'api', action: 'hang' }),
    reached: (vendor) => vendor.counters.apiRequests === 1,
    apiRequests: 1,
  },
  'waiting for the replacement of a refused token': {
    prepare: async (vendor, client) => {
      await client.tokens.get();
      vendor.revokeTokens();
      vendor.failNext({ delayMs: 100, status: 500 });
    },
    reached: (vendor) => vendor.counters.tokenRequests === 2,
    apiRequests: 1,
  },
  'in the replay': {
    prepare: (vendor) => {
      vendor.rejectNext();
      vendor.failNext({ on: 'api', action: 'hang' });
    },
    reached: (vendor) => vendor.counters.apiRequests === 2,
    apiRequests: 2,
  },
};

const means: [string, () => { config: AxiosRequestConfig; cancel: () => void }][] = [
  [
    'signal',
    () => {
      const controller = new AbortController();
      return { config: { signal: controller.signal }, cancel: () => controller.abort() };
    },
  ],
  [
    'cancelToken',
    () => {
      const source = axios.CancelToken.source();
      return { config: { cancelToken: source.token }, cancel: () => source.cancel('enough') };
    },
  ],
];

describe.each(means)('%s', (_, make) => {
  test.each(Object.entries(phases))('ends a call that is %s, as axios does', async (__, phase) => {
    const { vendor, client } = await sparkflyApp();
    await phase.prepare(vendor, client);
    const { config, cancel } = make();
    const failure = failureOf(client.get('/offers', config));
    await until(() => phase.reached(vendor));
    cancel();
    const error = await failure;
    expect(axios.isCancel(error)).toBe(true);
    expect(error).toMatchObject({ name: 'CanceledError', code: 'ERR_CANCELED' });
    await sleep(120);
    expect(vendor.counters.apiRequests).toBe(phase.apiRequests);
  });

  test('used up before the call, lets nothing out', async () => {
    const { vendor, client } = await sparkflyApp();
    const { config, cancel } = make();
    cancel();
    const error = await failureOf(client.get('/offers', config));
    expect(error).toMatchObject({ name: 'CanceledError', code: 'ERR_CANCELED' });
    await sleep(20);
    expect(vendor.counters.apiRequests).toBe(0);
  });
});

test('a signal that fires in the moment the token arrives lets nothing out', async () => {
  const { vendor, app, client } = await sparkflyApp();
  const controller = new AbortController();
  app.get(AuthApis).events$.subscribe(({ type }) => type === 'tokenObtained' && controller.abort());
  const error = await failureOf(client.axiosRef.get('/offers', { signal: controller.signal }));
  expect(error).toMatchObject({ code: 'ERR_CANCELED' });
  await sleep(30);
  expect(vendor.counters.apiRequests).toBe(0);
});

test('a call that is cancelled leaves no listener on a signal that lives on', async () => {
  const { client } = await sparkflyApp();
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  await client.axiosRef.get('/offers', { signal });
  await sleep(10);
  expect(listeners).toBeLessThanOrEqual(0);
});
