import { firstValueFrom } from 'rxjs';
import { accountsFor, AuthApis, AuthApisOptionsError, defineTokenApi } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { acme, acmeApp, json, keyOf, lookingUp, oneAccount } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { startTokenServer } from '../../support/token-server.js';

test('a token is asked for with the method, URL, headers and body that the definition makes', async () => {
  const { vendor, client } = await acmeApp(oneAccount({ region: 'eu', tier: 'paid', unit: 'north' }));
  await firstValueFrom(client.get('/things'));
  const [asked] = vendor.received;
  expect(asked).toMatchObject({ method: 'POST', url: '/v2/login/token' });
  expect(asked?.headers).toMatchObject({ accept: 'application/json', 'x-acme-tier': 'paid' });
  expect(asked?.headers['user-agent']).toMatch(/^nestjs-auth-apis\//);
  expect(asked?.headers).not.toHaveProperty('x-acme-trace');
  expect(vendor.asks).toEqual([{ id: 'me', key: keyOf('me'), region: 'eu', unit: 'north' }]);
});

test('the token goes where the definition places it, behind its scheme, and nowhere else', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  const { data } = await firstValueFrom(client.get<unknown>('/things?a=1'));
  const [token] = vendor.tokens.keys();
  expect(data).toMatchObject({ id: 'me', method: 'GET', url: '/v2/things?a=1', token });
  expect(vendor.calls[0]?.headers['x-acme-token']).toBe(`Key ${token}`);
  expect(vendor.calls[0]?.headers).not.toHaveProperty('authorization');
});

test('a definition may ask by GET, at an absolute URL of another host name, with the secret in the query', async () => {
  const server = await startTokenServer((response, { url }) =>
    json(response, 200, url.startsWith('/t?') ? { t: 'a-token' } : {}),
  );
  const login = server.origin.replace('127.0.0.1', 'localhost');
  const byQuery = defineTokenApi({
    name: 'by-query',
    credentials: ['secret'],
    baseURL: `${server.origin}/api`,
    tokenURL: `${login}/t`,
    lifetimeMs: 60_000,
    placement: { in: 'header', name: 'X-T' },
    request: ({ url, credentials }) => ({
      method: 'GET',
      url: `${url}?${new URLSearchParams({ secret: credentials.secret }).toString()}`,
      headers: {},
    }),
    parseResponse: ({ json }) => ({ token: json.t }),
  });
  const app = await startApp({ prefetch: 'none', apis: [accountsFor(byQuery, { secret: 'a b&c' })] });
  await firstValueFrom(app.get(AuthApis).client(byQuery).get('/x'));
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /t?secret=a+b%26c', 'GET /api/x']);
  expect(server.received[0]?.headers.host).toMatch(/^localhost:/);
  expect(server.received[1]?.headers['x-t']).toBe('a-token');
});

test('of several token URLs the next is tried on 404 and 405, and the one that worked is first from then on', async () => {
  const server = await startTokenServer((response, { url }) => {
    if (url === '/old') return json(response, 404, {});
    if (url === '/older') return json(response, 405, {});
    json(response, 200, { t: 'a-token' });
  });
  const moving = defineTokenApi({
    name: 'moving',
    credentials: ['secret'],
    settings: { place: ['here', 'there'] },
    tokenURL: ({ place }) => (place === 'here' ? ['old', 'older', 'new'] : undefined),
    lifetimeMs: ({ place }) => (place === 'here' ? 60_000 : 1),
    placement: { in: 'header', name: 'X-T' },
    request: ({ url }) => ({ method: 'POST', url, headers: {} }),
    parseResponse: ({ json }) => ({ token: json.t }),
  });
  const account = accountsFor(moving, { secret: 's3cret', place: 'here', baseURL: server.origin });
  const app = await startApp({ prefetch: 'none', apis: [account] });
  const client = app.get(AuthApis).client(moving);
  await client.tokens.refresh();
  await client.tokens.refresh();
  expect(server.received.map(({ url }) => url)).toEqual(['/old', '/older', '/new', '/new']);
  const missing = accountsFor(moving, { secret: 's3cret', place: 'there', baseURL: server.origin });
  const error = await failureOf<AuthApisOptionsError>(startApp({ apis: [missing] }));
  expect(error.problems).toEqual([
    expect.stringContaining('apis[0].tokenURL is missing: no token endpoint is documented'),
  ]);
});

test('params of the account, of client.for() and of the raw API reach the request, each its own', async () => {
  const { vendor, client } = await acmeApp(oneAccount({ region: 'eu' }));
  await client.tokens.get();
  await client.for({ region: 'us', user: 'ann' }).tokens.get();
  const data = await client.authentication.auth({ user: 'bob', traceId: 'trace-1' });
  expect(vendor.asks.map(({ region, user }) => [region, user])).toEqual([
    ['eu', undefined],
    ['us', 'ann'],
    ['eu', 'bob'],
  ]);
  expect(vendor.received.at(-1)?.headers['x-acme-trace']).toBe('trace-1');
  expect(data).toEqual({ access: [...vendor.tokens.keys()].at(-1), seconds: 1_800 });
});

test('the raw API takes other credentials for one request, and refuses what the definition does not know', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  await client.authentication.auth({ appId: 'you', appKey: keyOf('you') });
  expect(vendor.asks).toEqual([{ id: 'you', key: keyOf('you') }]);
  const { status, headers } = await client.authentication.authWithHttpInfo();
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  const error = await failureOf<AuthApisOptionsError>(client.authentication.auth({ regoin: 'eu' } as never));
  expect(error).toMatchObject({ code: 'INVALID_OPTIONS', problems: ['regoin is not known: check its spelling'] });
  expect(vendor.asks).toHaveLength(2);
});

test('settings of text that a lookup gives are those of that account', async () => {
  const resolve = (id: string) => ({ appId: id, appKey: keyOf(id), unit: id === 'a' ? 'north' : null });
  const { vendor, client } = await acmeApp(lookingUp({ resolve }, { unit: 'common' }));
  await client.for('a').tokens.get();
  await client.for('b').tokens.get();
  expect(vendor.asks.map(({ unit }) => unit)).toEqual(['north', 'common']);
});

test('params that a lookup gives are those of that account, and those of all are for the others', async () => {
  const resolve = (id: string) => ({ appId: id, appKey: keyOf(id), region: id === 'a' ? 'own' : null });
  const { vendor, client } = await acmeApp(lookingUp({ resolve }, { region: 'common' }));
  await client.for('a').tokens.get();
  await client.for('b').tokens.get();
  await client.for('a', { region: 'asked' }).tokens.get();
  expect(vendor.asks.map(({ region }) => region)).toEqual(['own', 'common', 'asked']);
});

test('two APIs of one form in one app do not cross', async () => {
  const other = defineTokenApi({
    name: 'other',
    credentials: ['pin'],
    tokenURL: 'token',
    lifetimeMs: 60_000,
    placement: { in: 'header', name: 'X-Acme-Token' },
    request: ({ url, credentials }) => ({ method: 'POST', url, headers: {}, body: credentials.pin }),
    parseResponse: ({ body }) => ({ token: body }),
  });
  const { vendor } = await acmeApp();
  const server = await startTokenServer((response) => response.end('other-token'));
  const app = await startApp({
    prefetch: 'none',
    apis: [accountsFor(acme, oneAccount()(vendor)), accountsFor(other, { baseURL: server.origin, pin: '1234' })],
  });
  const apis = app.get(AuthApis);
  await firstValueFrom(apis.client(acme).get('/x'));
  await firstValueFrom(apis.client(other).get('/x'));
  expect(server.received[1]?.headers['x-acme-token']).toBe('other-token');
  expect(vendor.calls[0]?.headers['x-acme-token']).toMatch(/^Key acme-token/);
  expect(apis.statuses().map(({ api, account }) => `${api} ${account}`)).toEqual(['acme default', 'other default']);
});
