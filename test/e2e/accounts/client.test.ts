import axiosRetry from 'axios-retry';
import { AuthClient } from 'nestjs-auth-apis';
import type { Observable } from 'rxjs';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AxiosResponse } from 'axios';
import type { AcmeClient, AcmeEcho } from '../../support/acme.js';
import { acmeApp, lookingUp } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';

/** Undocumented, and used all the same. */
interface OfOldAxios {
  request(url: string, config: object): Promise<AxiosResponse<AcmeEcho>>;
}

type Answer = Observable<AxiosResponse<AcmeEcho>>;

const calls: [string, string, (client: AcmeClient) => Answer, string?][] = [
  ['request', 'GET', (client) => client.request({ url: '/x' })],
  ['request with data', 'PUT', (client) => client.request({ url: '/x', method: 'put', data: 'd' }), 'd'],
  ['get', 'GET', (client) => client.get('/x')],
  ['get with a config', 'GET', (client) => client.get('/x', { params: { a: 1 } })],
  ['delete', 'DELETE', (client) => client.delete('/x', { data: 'd' }), 'd'],
  ['options', 'OPTIONS', (client) => client.request({ url: '/x', method: 'options' })],
  ['post', 'POST', (client) => client.post('/x', 'd'), 'd'],
  ['post without anything', 'POST', (client) => client.post('/x')],
  ['post with a config', 'POST', (client) => client.post('/x', 'd', { headers: { 'X-A': '1' } }), 'd'],
  ['put', 'PUT', (client) => client.put('/x', { a: 1 }), '{"a":1}'],
  ['patch', 'PATCH', (client) => client.patch('/x', 'd'), 'd'],
  ['postForm', 'POST', (client) => client.postForm('/x', { a: '1' }), 'name="a"'],
  ['putForm', 'PUT', (client) => client.putForm('/x', { a: '1' }), 'name="a"'],
  ['patchForm', 'PATCH', (client) => client.patchForm('/x', { a: '1' }), 'name="a"'],
];

test.each(calls)('%s of a client of an account carries its token, and is replayed', async (_, method, call, body) => {
  const { vendor, client } = await acmeApp();
  await firstValueFrom(client.for('other').get('/x'));
  const one = client.for('t-1');
  const { data } = await firstValueFrom(call(one));
  expect(data).toMatchObject({ id: 't-1', method });
  expect(data.body).toContain(body ?? '');
  vendor.tokens.clear();
  const replayed = (await firstValueFrom(call(one))).data;
  expect(replayed).toMatchObject({ id: 't-1', method });
  expect(replayed.body).toContain(body ?? '');
  expect(vendor.asksOf('t-1')).toHaveLength(2);
});

test('head has no body, and its token all the same', async () => {
  const { vendor, client } = await acmeApp();
  expect((await firstValueFrom(client.for('t-1').head('/x'))).status).toBe(200);
  expect(vendor.calls[0]).toMatchObject({ method: 'HEAD' });
  expect(vendor.asksOf('t-1')).toHaveLength(1);
});

test('axiosRef of a client of an account speaks for it, in every way in which axios is called', async () => {
  const { vendor, client } = await acmeApp();
  const { axiosRef } = client.for('t-1');
  const answers = await Promise.all([
    axiosRef('/x'),
    axiosRef('/x', { method: 'post', data: 'd' }),
    axiosRef({ url: '/x' }),
    (axiosRef as unknown as OfOldAxios).request('/x', { params: { a: 1 } }),
    axiosRef.request({ url: '/x' }),
    axiosRef.get('/x'),
    axiosRef.get('/x', undefined),
    axiosRef.delete('/x'),
    axiosRef.options('/x'),
    axiosRef.post('/x', 'd'),
    axiosRef.put('/x', 'd'),
    axiosRef.patch('/x', 'd'),
    axiosRef.postForm('/x', { a: '1' }),
    axiosRef.putForm('/x', { a: '1' }),
    axiosRef.patchForm('/x', { a: '1' }),
  ]);
  expect(answers.map(({ data }) => (data as AcmeEcho).id)).toEqual(answers.map(() => 't-1'));
  expect(vendor.calls.filter(({ url }) => url === '/v2/x?a=1')).toHaveLength(1);
  expect(vendor.asks).toHaveLength(1);
  expect(axiosRef.getUri({ url: '/x' })).toBe(`${vendor.baseURL}/x`);
  expect(axiosRef.defaults.baseURL).toBe(vendor.baseURL);
});

test.each([null, undefined])('a config that is %s is none, as axios has it', async (config) => {
  const { client } = await acmeApp();
  const { axiosRef } = client.for('t-1');
  expect((await axiosRef.get<AcmeEcho>('/x', config as never)).data.id).toBe('t-1');
  expect((await axiosRef.post<AcmeEcho>('/x', 'd', config as never)).data.id).toBe('t-1');
  expect((await firstValueFrom(client.for('t-1').get<AcmeEcho>('/x', config as never))).data.id).toBe('t-1');
});

test('axios-retry on a client of an account repeats its calls as that account', async () => {
  const { vendor, client } = await acmeApp();
  const [one, two] = [client.for('one'), client.for('two')];
  axiosRetry(one.axiosRef, { retries: 3, retryCondition: ({ response }) => response?.status === 401 });
  await one.tokens.get();
  await two.tokens.get();
  const { data } = await firstValueFrom(one.get<AcmeEcho>('/x'));
  expect(data.id).toBe('one');
  vendor.deniesCalls = true;
  setTimeout(() => (vendor.deniesCalls = false), 30);
  const retried = await one.axiosRef.get<AcmeEcho>('/x', {
    'axios-retry': { retries: 20, retryDelay: () => 10, shouldResetTimeout: true },
  });
  expect(retried.data.id).toBe('one');
  expect((await firstValueFrom(two.get<AcmeEcho>('/x'))).data.id).toBe('two');
  const ids = new Set(vendor.calls.slice(0, -1).map(({ headers }) => tokenOwner(headers['x-acme-token'])));
  expect(ids).toEqual(new Set(['one']));
});

const tokenOwner = (header: unknown): string => Buffer.from(String(header).replace(/^.*-of-/, ''), 'hex').toString();

test('the config that comes back names the account and no token', async () => {
  const { client } = await acmeApp();
  const config = { headers: { 'X-A': '1' }, authApis: { retry: false } as const };
  const given = structuredClone(config);
  const answer = await firstValueFrom(client.for('t-1').get('/x', config));
  expect(config).toEqual(given);
  expect(answer.config.authApis).toEqual({ retry: false, account: 't-1', ofClient: true });
  expect(answer.config.headers.has('X-Acme-Token')).toBe(false);
});

test('a client of an account tells of its token, and of its raw authentication API', async () => {
  const { vendor, client, apis } = await acmeApp(lookingUp({}, { region: 'eu' }));
  const one = client.for('t-1');
  expect(one).toBeInstanceOf(AuthClient);
  expect(one.tokens.status()).toMatchObject({ api: 'acme', account: 't-1', state: 'none' });
  const { value } = await one.tokens.get();
  expect(one.tokens.peek()?.value).toBe(value);
  expect(one.tokens).toBe(client.for('t-1').tokens);
  const data = await one.authentication.auth();
  expect(data.access).not.toBe(value);
  expect(vendor.asks).toEqual([
    { id: 't-1', key: 'key-of-t-1', region: 'eu' },
    { id: 't-1', key: 'key-of-t-1', region: 'eu' },
  ]);
  expect(one.tokens.peek()?.value).toBe(value);
  expect(apis.statuses()).toMatchObject([{ account: 't-1', state: 'fresh', counters: { tokenRequests: 1 } }]);
});

test('statuses() and events tell the accounts apart, and hold no secret', async () => {
  const { client, apis, events } = await acmeApp();
  for (const id of ['a', 'b']) await client.for(id).tokens.get();
  await client.for('a', { region: 'eu' }).tokens.get();
  const labels = apis.statuses().map(({ account, tokenParams }) => [account, tokenParams?.split(' ')[0]]);
  expect(labels).toEqual([
    ['a', undefined],
    ['b', undefined],
    ['a', 'region'],
  ]);
  const told = events.map(({ type, account, tokenParams }) => `${type} ${account} ${tokenParams ? 'with' : 'without'}`);
  expect(told).toEqual(
    ['a without', 'b without', 'a with'].flatMap((who) => [`tokenRequested ${who}`, `tokenObtained ${who}`]),
  );
});

test('what fails through one account says which it was', async () => {
  const { vendor, client } = await acmeApp();
  vendor.keys = () => [];
  const error = await failureOf(client.for('t-9').get('/x'));
  expect(error).toMatchObject({ api: 'acme', account: 't-9' });
  expect(error.message).toMatch(/^acme "t-9": /);
});
