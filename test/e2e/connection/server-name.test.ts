import { Readable } from 'node:stream';
import type { AxiosRequestConfig } from 'axios';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE } from '../../support/front.js';
import { frontedVendors, trusting } from '../../support/fronted-vendors.js';
import { nodeFetchTakesDispatchers } from '../../support/undici-major.js';

/** The certificate of the vendor is not for this name: who checks it against the header fails. */
const HOST = { Host: 'another.example' };

function agent(): Agent {
  const trustingAgent = new Agent({ connect: { ca: CERTIFICATE } });
  onTestFinished(() => trustingAgent.destroy());
  return trustingAgent;
}

const calls: Record<string, () => AxiosRequestConfig> = {
  'a GET': () => ({ method: 'get' }),
  'a POST': () => ({ method: 'post', data: { a: 1 } }),
  'a stream': () => ({ method: 'post', data: Readable.from(['x']) }),
  'a stream that may not be redirected': () => ({ method: 'post', data: Readable.from(['x']), maxRedirects: 0 }),
  'a call with a token of its own': () => ({
    headers: { 'X-Auth-Token': 'own', Authorization: 'own' },
    validateStatus: null,
  }),
};

describe.each(frontedVendors)('%s', (_, _header, start) => {
  test.each(Object.entries(calls))(
    '%s is checked against the host of its URL, not against its `Host` header',
    async (_name, call) => {
      const { vendor, client } = await start({ host: 'localhost' });
      const given = call();
      await client.axiosRef.request({ url: '/echo', ...given, headers: Object.assign({}, given.headers, HOST) });
      expect(vendor.requests.at(-1)?.headers['host']).toBe(HOST.Host);
      expect(vendor.requests.filter(({ kind }) => kind === 'api')).toHaveLength(1);
    },
  );

  test('so it is after a redirect to another name', async () => {
    const { vendor, baseURL, client } = await start({ host: 'localhost' });
    const Location = `${baseURL.replace('localhost', '127.0.0.1')}/echo`;
    vendor.failNext({ on: 'api', status: 307, headers: { Location } });
    const stream = { data: Readable.from(['x']), headers: HOST, validateStatus: null };
    expect((await client.axiosRef.request({ url: '/echo', method: 'post', ...stream })).status).toBe(401);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
  });

  test('so is a token request', async () => {
    const { vendor, client } = await start({
      host: 'localhost',
      account: ({ baseURL }) => ({ baseURL, http: { headers: HOST, httpsAgent: trusting() } }),
    });
    await client.tokens.get();
    expect(vendor.counters.tokenRequests).toBe(1);
  });

  test.runIf(nodeFetchTakesDispatchers)('so is a call of `client.fetch`', async () => {
    const { vendor, client } = await start({ host: 'localhost' });
    expect((await client.fetch('/echo', { headers: HOST, dispatcher: agent() as never })).status).toBe(200);
    expect(vendor.counters.apiRequests).toBe(1);
  });

  test('so is a request of undici', async () => {
    const { vendor, baseURL, client } = await start({ host: 'localhost' });
    const dispatcher = agent().compose(authorizationInterceptor(client));
    const { statusCode, body } = await request(`${baseURL}/echo`, { headers: HOST, dispatcher });
    await body.dump();
    expect(statusCode).toBe(200);
    expect(vendor.counters.apiRequests).toBe(1);
  });
});
