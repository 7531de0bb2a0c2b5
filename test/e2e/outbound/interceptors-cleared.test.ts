import { HttpService } from '@nestjs/axios';
import type { AxiosInstance } from 'axios';
import axios from 'axios';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { sparkflyApp } from '../../support/vendors.js';

type App = Awaited<ReturnType<typeof sparkflyApp>>;

function attachedTo({ app }: App, instance: AxiosInstance): () => void {
  return app.get(OutboundAuthorizationInterceptor).attach(new HttpService(instance));
}

const instances: Record<string, (app: App) => AxiosInstance> = {
  'a client': ({ client }) => client.axiosRef,
  'an HttpService that is attached': (app) => {
    const instance = axios.create({ baseURL: app.vendor.baseURL });
    attachedTo(app, instance);
    return instance;
  },
};

const clearings: Record<string, (interceptors: AxiosInstance['interceptors']['request']) => void> = {
  'clear()': (interceptors) => interceptors.clear(),
  'eject() of every id': (interceptors) => {
    for (let id = 0; id < 20; id++) interceptors.eject(id);
  },
  'another list of handlers': (interceptors) => void Object.assign(interceptors, { handlers: [] }),
};

describe.each(Object.entries(instances))('%s', (_, instanceOf) => {
  test.each(Object.entries(clearings))('is authorized after %s', async (_clearing, clear) => {
    const app = await sparkflyApp();
    const instance = instanceOf(app);
    clear(instance.interceptors.request);
    expect((await instance.get('/offers')).status).toBe(200);
    app.vendor.rejectNext();
    expect((await instance.get('/offers')).status).toBe(200);
    expect(app.vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 3, apiUnauthorized: 1 });
  });

  test.each([true, false])('reads what interceptors leave of a call, in either order (%s)', async (isLegacy) => {
    const app = await sparkflyApp();
    const instance = instanceOf(app);
    const transitional = { legacyInterceptorReqResOrdering: isLegacy } as object;
    instance.interceptors.request.use((config) => Object.assign(config, { url: '/echo', adapter: 'http' }));
    expect((await instance.get('/nowhere', { transitional })).status).toBe(200);
    expect(app.vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  });
});

test('what is detached stays so, whatever is attached beside', async () => {
  const app = await sparkflyApp();
  const instance = axios.create({ baseURL: app.vendor.baseURL, validateStatus: null });
  const other = await sparkflyApp();
  const [detach, detachOther] = [attachedTo(app, instance), attachedTo(other, instance)];
  detachOther();
  expect((await instance.get('/offers')).status).toBe(200);
  detach();
  expect((await instance.get('/offers')).status).toBe(401);
  expect(other.vendor.requests).toHaveLength(0);
});
