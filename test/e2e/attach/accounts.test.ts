import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { fakeSparkfly, fakeVerbit, verbitAccount } from '../../support/vendors.js';

/** An app whose own `HttpService` is attached, with Sparkfly accounts that are looked up. */
async function attachedApp(options: AuthApisOptions = {}) {
  const vendor = await fakeSparkfly({ accounts: { 'tenant-1': 'key-1', 'tenant-2': 'key-2' } });
  const resolve = (id: string) =>
    id.startsWith('tenant-') ? { identity: id, key: `key-${id.slice('tenant-'.length)}` } : null;
  @Module({ imports: [HttpModule.register({})] })
  class LegacyModule {}
  const app = await startApp(
    {
      prefetch: 'none',
      attachTo: [HttpService],
      sparkfly: { baseURL: vendor.baseURL, accounts: { resolve } },
      ...options,
    },
    { imports: [LegacyModule] },
  );
  const http = app.get(HttpService, { strict: false });
  const ownerOf = async (account: string, tokenParams?: Record<string, string>) => {
    await firstValueFrom(
      http.get(`${vendor.baseURL}/offers`, { authApis: { account, ...(tokenParams && { tokenParams }) } }),
    );
    return vendor.tokenDetails(vendor.requests.at(-1)?.headers['x-auth-token'] ?? '');
  };
  return { app, vendor, http, ownerOf };
}

test('an attached HttpService names any account that the app looks up', async () => {
  const { vendor, ownerOf } = await attachedApp();
  for (const id of ['tenant-1', 'tenant-2', 'tenant-1']) expect(await ownerOf(id)).toMatchObject({ identity: id });
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiUnauthorized: 0 });
});

test('it may say parameters with it: another token of the account', async () => {
  const { vendor, ownerOf } = await attachedApp();
  expect(await ownerOf('tenant-1', { authScope: 'offers' })).toMatchObject({ identity: 'tenant-1', scope: 'offers' });
  expect(await ownerOf('tenant-1')).toMatchObject({ scope: undefined });
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('its 401 is answered by another token of that account, and one call for all who met it', async () => {
  const { vendor, ownerOf } = await attachedApp();
  await ownerOf('tenant-1');
  vendor.revokeTokens();
  await Promise.all(Array.from({ length: 20 }, () => ownerOf('tenant-1')));
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('without an account, or with one that nobody knows, it is a typed error and nothing is sent', async () => {
  const { vendor, http } = await attachedApp();
  const url = `${vendor.baseURL}/offers`;
  expect(await failureOf(http.get(url))).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT', api: 'sparkfly' });
  const unknown = await failureOf(http.get(url, { authApis: { account: 'nobody' } }));
  expect(unknown).toMatchObject({ code: 'UNKNOWN_ACCOUNT', account: 'nobody' });
  expect(vendor.requests).toHaveLength(0);
});

test('an account that is named for a call elsewhere is a typed error: its token does not go there', async () => {
  const { http } = await attachedApp();
  const stranger = await plainServer();
  const error = await failureOf(http.get(stranger.origin, { authApis: { account: 'tenant-1' } }));
  expect(error).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED' });
  await firstValueFrom(http.get(stranger.origin));
  expect(stranger.requests).toHaveLength(1);
  expect(stranger.requests[0]?.headers).not.toHaveProperty('x-auth-token');
});

test('an id that is the name of an account of another API is found by where the call goes', async () => {
  const verbit = await fakeVerbit();
  const { http, ownerOf } = await attachedApp({ verbit: verbitAccount(verbit, { name: 'tenant-1' }) });
  await firstValueFrom(http.get(`${verbit.baseURL}/orders/1`, { authApis: { account: 'tenant-1' } }));
  expect(await failureOf(ownerOf('sparkfly/tenant-1'))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
  expect(await ownerOf('tenant-1')).toMatchObject({ identity: 'tenant-1' });
});

test('two APIs that look accounts up: the call goes as the account of the one it goes to', async () => {
  const verbit = await fakeVerbit({ apiKey: 'verbit-key' });
  const { http, ownerOf } = await attachedApp({
    verbit: { baseURL: verbit.baseURL, accounts: { resolve: () => ({ apiKey: 'verbit-key' }) } },
  });
  expect(await ownerOf('tenant-1')).toMatchObject({ identity: 'tenant-1' });
  const url = `${verbit.baseURL}/orders/1`;
  expect((await firstValueFrom(http.get(url, { authApis: { account: 'tenant-1' } }))).status).toBe(200);
  expect(verbit.counters).toMatchObject({ tokenRequests: 1, apiUnauthorized: 0 });
});
