import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import axiosBuild from 'axios';
import { accountsFor, AuthApis, OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeEcho } from '../../support/acme.js';
import { acme, acmeApp, acmeOf, acmeVendor, everyId, lookingUp, oneAccount } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';

const HEADER = 'x-acme-token';

test('a 401 to a token of an own API is answered with another token, and the call replayed byte for byte', async () => {
  const { vendor, client, events } = await acmeApp(oneAccount());
  await firstValueFrom(client.get('/things'));
  vendor.tokens.clear();
  const { data } = await firstValueFrom(client.post<AcmeEcho>('/things', { a: 'ü' }));
  expect(data.body).toBe('{"a":"ü"}');
  expect(vendor.calls.map(({ body }) => body)).toEqual(['', '{"a":"ü"}', '{"a":"ü"}']);
  expect(vendor.asks).toHaveLength(2);
  expect(events.map(({ type }) => type)).toEqual([
    'tokenRequested',
    'tokenObtained',
    'tokenRejected',
    'tokenRequested',
    'tokenObtained',
    'callRetried',
  ]);
});

test('a thousand calls with one dead token buy one', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  await client.tokens.get();
  vendor.tokens.clear();
  await Promise.all(Array.from({ length: 200 }, () => firstValueFrom(client.get('/things'))));
  expect(vendor.asks).toHaveLength(2);
});

test('a header that the caller set on the call wins', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  await failureOf(client.get('/things', { headers: { 'X-Acme-Token': 'Key mine' } }));
  expect(vendor.calls[0]?.headers[HEADER]).toBe('Key mine');
  expect(vendor.asks).toHaveLength(0);
});

test.each<[string, (port: string) => string]>([
  ['another port', (port) => `http://127.0.0.1:${port}/x`],
  ['another host name of the same machine', (port) => `http://localhost:${port}/x`],
  ['no scheme', (port) => `//127.0.0.1:${port}/x`],
])('a call to %s carries no token of an own API', async (_, url) => {
  const { vendor, client } = await acmeApp(oneAccount());
  const stranger = await plainServer();
  await client
    .get(url(String(stranger.port)))
    .forEach(() => {})
    .catch(() => {});
  for (const { headers } of stranger.requests) expect(headers).not.toHaveProperty(HEADER);
  expect(vendor.asks).toHaveLength(0);
});

test('a view of an account calls elsewhere as any client does: without a token', async () => {
  const { client } = await acmeApp();
  const stranger = await plainServer();
  await firstValueFrom(client.for('t-1').get(`${stranger.origin}/x`));
  expect(stranger.requests[0]?.headers).not.toHaveProperty(HEADER);
});

test('origins that the definition or the account allows do get it', async () => {
  const gateway = await plainServer();
  const { vendor, client } = await acmeApp(oneAccount({ allowedOrigins: [gateway.origin] }));
  await firstValueFrom(client.get(`${gateway.origin}/x`));
  expect(gateway.requests[0]?.headers[HEADER]).toBe(`Key ${[...vendor.tokens.keys()][0]}`);
});

test.each(['one account of the options', 'an account that is looked up'])(
  'a redirect to another origin leaves the custom header of %s behind',
  async (which) => {
    const isLookup = which.includes('looked up');
    const { vendor, client } = await acmeApp(isLookup ? lookingUp() : oneAccount());
    const stranger = await plainServer();
    const gateway = await plainServer((_, response) =>
      response.writeHead(307, { Location: `${stranger.origin}/y` }).end(),
    );
    const app = await startApp({
      prefetch: 'none',
      apis: [
        accountsFor(acme, {
          baseURL: gateway.origin,
          tokenURL: `${vendor.baseURL}/login/token`,
          accounts: { resolve: everyId },
        }),
      ],
    });
    const caller = isLookup ? acmeOf(app).client.for('t-1') : client;
    const url = isLookup ? '/x' : `${gateway.origin}/x`;
    await firstValueFrom(caller.post(url, 'body', { headers: { Cookie: 'a=b' } }));
    expect(stranger.requests).toHaveLength(1);
    expect(stranger.requests[0]?.headers).not.toHaveProperty(HEADER);
    if (isLookup) expect(gateway.requests[0]?.headers).toHaveProperty(HEADER);
  },
);

test('attachTo with an own API authorizes an HttpService of the app, and only towards that API', async () => {
  @Module({ imports: [HttpModule.register({})], providers: [{ provide: 'LEGACY', useExisting: HttpService }] })
  class LegacyModule {}
  const vendor = await acmeVendor();
  const stranger = await plainServer();
  const app = await startApp(
    { prefetch: 'none', attachTo: ['LEGACY'], apis: [accountsFor(acme, oneAccount()(vendor))] },
    { imports: [LegacyModule] },
  );
  const http = app.get<HttpService>('LEGACY', { strict: false });
  await firstValueFrom(http.get(`${vendor.baseURL}/things`));
  vendor.tokens.clear();
  await firstValueFrom(http.get(`${vendor.baseURL}/things`));
  await firstValueFrom(http.get(stranger.origin));
  expect(vendor.asks).toHaveLength(2);
  expect(vendor.calls).toHaveLength(3);
  expect(stranger.requests[0]?.headers).not.toHaveProperty(HEADER);
});

test('an attached HttpService names an account of an own API, also one that is looked up', async () => {
  const { vendor, app } = await acmeApp();
  const http = new HttpService(axiosBuild.create());
  app.get(OutboundAuthorizationInterceptor).attach(http);
  const url = `${vendor.baseURL}/things`;
  const { data } = await firstValueFrom(http.get<AcmeEcho>(url, { authApis: { account: 't-1' } }));
  expect(data.id).toBe('t-1');
  // With its name before it where there are several APIs; here that is an id as any other.
  const other = await firstValueFrom(http.get<AcmeEcho>(url, { authApis: { account: 'acme/t-2' } }));
  expect(other.data.id).toBe('acme/t-2');
  expect(await failureOf(http.get(url))).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT', api: 'acme' });
  const withParams = { authApis: { account: 't-1', tokenParams: { region: 'eu' } } };
  expect((await firstValueFrom(http.get<AcmeEcho>(url, withParams))).data.region).toBe('eu');
  expect(vendor.asks).toHaveLength(3);
});

test('skip leaves a call of an own API alone, retry: false leaves its 401 to the caller', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  expect((await failureOf(client.get('/x', { authApis: { skip: true } }))).response?.status).toBe(401);
  expect(vendor.asks).toHaveLength(0);
  vendor.deniesCalls = true;
  expect((await failureOf(client.get('/x', { authApis: { retry: false } }))).response?.status).toBe(401);
  expect(vendor.asks).toHaveLength(1);
  expect(vendor.calls).toHaveLength(2);
});

test('a call to the token endpoint itself is not decorated', async () => {
  const { vendor, app, client } = await acmeApp(oneAccount());
  await firstValueFrom(client.post('/login/token', JSON.stringify({ id: 'me', key: 'key-of-me' })));
  expect(vendor.received[0]?.headers).not.toHaveProperty(HEADER);
  expect(app.get(AuthApis).statuses()[0]?.counters.tokenRequests).toBe(0);
});
