import { Readable } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { HttpService } from '@nestjs/axios';
import type { AxiosInstance, AxiosRequestConfig, AxiosResponse } from 'axios';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { callEverything } from '../../support/called-functions.js';
import { answer, failureOf } from '../../support/outcome.js';
import { uncaughtErrors } from '../../support/uncaught.js';
import { sparkflyApp } from '../../support/vendors.js';

type App = Awaited<ReturnType<typeof sparkflyApp>>;

function attached({ app, vendor }: App): AxiosInstance {
  const instance = axios.create({ baseURL: vendor.baseURL });
  app.get(OutboundAuthorizationInterceptor).attach(new HttpService(instance));
  return instance;
}

const instances: Record<string, (app: App) => AxiosInstance> = {
  'a client': ({ client }) => client.axiosRef,
  'a client that names its account': ({ client }) => client.for({ authScope: 'mine' }).axiosRef,
  'an HttpService that is attached': attached,
};

const calls: Record<string, AxiosRequestConfig> = {
  'a GET': { url: '/offers' },
  'a GET that fails': { url: '/nowhere' },
  'a GET elsewhere': { url: 'http://127.0.0.1:9/' },
  'one without a token': { url: '/offers', authApis: { skip: true } },
  'one with a token of its own': { url: '/offers', headers: { 'X-Auth-Token': 'own' } },
  'a stream with a token of its own': {
    url: '/echo',
    method: 'post',
    headers: { 'X-Auth-Token': 'own' },
    maxRedirects: 5,
  },
  'a form': { url: '/echo', method: 'post', data: { a: '1' }, headers: { 'Content-Type': 'multipart/form-data' } },
  'a call through fetch': { url: '/offers', adapter: 'fetch' },
  'a call that was cancelled before': { url: '/offers', signal: AbortSignal.abort() },
};

const UNTOUCHED = new Set([
  'a GET elsewhere',
  'one without a token',
  'one with a token of its own',
  'a stream with a token of its own',
]);

describe.each(Object.entries(instances))('%s', (_, instanceOf) => {
  test.each(Object.entries(calls))(
    '%s gives back no function of ours, whoever calls all that are there',
    async (name, call) => {
      const uncaught = uncaughtErrors();
      const app = await sparkflyApp();
      const data = name.startsWith('a stream') ? { data: Readable.from(['x']) } : {};
      const [plain, ours] = await Promise.all(
        [axios.create({ baseURL: app.vendor.baseURL }), instanceOf(app)].map((instance) =>
          outcomeOf(instance, { ...call, ...data }),
        ),
      );
      expect(ours!.config.adapter).toEqual(plain!.config.adapter);
      expect(ours!.config.transformRequest).toEqual(plain!.config.transformRequest);
      expect(ours!.config.beforeRedirect).toBeUndefined();
      expect(ours!.config).not.toHaveProperty('transport');
      // Where no token of ours went out, the request is Node's own, whose functions are none to call.
      callEverything(UNTOUCHED.has(name) ? { config: ours!.config } : { ...ours });
      await tick();
      await tick();
      expect(uncaught).toEqual([]);
    },
  );
});

/** Of a response or an error. */
async function outcomeOf(instance: AxiosInstance, call: AxiosRequestConfig): Promise<Pick<AxiosResponse, 'config'>> {
  return instance.request(call).catch((error: Pick<AxiosResponse, 'config'>) => error);
}

test('an adapter of the caller’s own is in the config again', async () => {
  const { client } = await sparkflyApp();
  const adapter = (config: Parameters<typeof answer>[0]) => Promise.resolve(answer(config));
  expect((await client.axiosRef.get('/offers', { adapter })).config.adapter).toBe(adapter);
  expect((await client.axiosRef.get('/offers', { adapter: ['fetch', adapter] })).config.adapter).toEqual([
    'fetch',
    adapter,
  ]);
});

test('a config that is sent again, by hand or by a retry library, carries the token once', async () => {
  const { vendor, client } = await sparkflyApp();
  axiosRetry(client.axiosRef, { retries: 2, retryDelay: () => 0 });
  vendor.failNext({ on: 'api', status: 503 });
  const { config } = await client.axiosRef.put('/echo', { a: 1 });
  await client.axiosRef.request(config);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 3, apiUnauthorized: 0 });
  for (const { rawHeaders } of vendor.requests.slice(1)) {
    expect(rawHeaders.filter((name) => name === 'X-Auth-Token')).toHaveLength(1);
  }
});

test('a response has no way to cancel its call, and its config can be sent again', async () => {
  const { vendor, client } = await sparkflyApp();
  const { config } = await firstValueFrom(client.get('/offers'));
  expect(config.cancelToken).toBeUndefined();
  const error = await failureOf(client.get('/nowhere'));
  expect(error.config?.cancelToken).toBeUndefined();
  await firstValueFrom(client.request(config));
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
});
