import { SparkflyClient } from 'nestjs-auth-apis';
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import type { Carrier } from '../../support/carriers.js';
import { carriers, carriersBut, sparkflyOver, verbitOver } from '../../support/carriers.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

/** The unnamed account and `east`, whose tokens say so. */
async function twoAccounts(carrier: Carrier) {
  const vendor = await fakeSparkfly();
  const sparkfly = [sparkflyAccount(vendor), sparkflyAccount(vendor, { name: 'east', authScope: 'east' })];
  const app = await startApp({ prefetch: 'none', sparkfly });
  return { vendor, send: carrier.over(app, app.get(SparkflyClient)) };
}

const lastScope = (vendor: FakeSparkfly): string | undefined =>
  vendor.tokenDetails(vendor.requests.at(-1)?.headers['x-auth-token'] ?? '')?.scope;

describe.each(carriers)('$name', (carrier) => {
  test.each(['X-Auth-Token', 'x-AUTH-token'])(
    'the header %s of the caller wins, asks for no token, and a 401 to it changes nothing',
    async (name) => {
      const { vendor, client, send } = await sparkflyOver(carrier);
      expect((await send('/offers', { headers: { [name]: 'mine' } })).status).toBe(401);
      expect(vendor.counters.tokenRequests).toBe(0);
      const { value } = await client.tokens.get();
      expect((await send('/offers', { headers: { [name]: 'mine' } })).status).toBe(401);
      expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBe('mine');
      expect(client.tokens.peek()?.value).toBe(value);
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 2 });
    },
  );

  test('so does an Authorization header, where tokens go into that', async () => {
    const { vendor, send } = await verbitOver(carrier);
    expect((await send('/orders/1', { headers: { Authorization: 'Bearer mine' } })).status).toBe(401);
    expect(vendor.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer mine']);
  });

  test('skip: true leaves a call alone', async () => {
    const { vendor, send } = await sparkflyOver(carrier);
    expect((await send('/offers', { authApis: { skip: true } })).status).toBe(401);
    expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBeUndefined();
    expect(vendor.counters).toMatchObject({ tokenRequests: 0, apiRequests: 1 });
  });

  test('retry: false passes the 401 on, and the next call has another token', async () => {
    const { vendor, client, send } = await sparkflyOver(carrier);
    await client.tokens.get();
    vendor.revokeTokens();
    expect((await send('/offers', { authApis: { retry: false } })).status).toBe(401);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
    expect((await send('/offers', { authApis: { retry: false } })).status).toBe(200);
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test('account takes the token of another account of the same API', async () => {
    const { vendor, send } = await twoAccounts(carrier);
    expect((await send('/offers', { authApis: { account: 'east' } })).status).toBe(200);
    expect(lastScope(vendor)).toBe('east');
    expect((await send('/offers')).status).toBe(200);
    expect(lastScope(vendor)).toBeUndefined();
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test('a 401 to the token of another account is retried with another one of that account', async () => {
    const { vendor, send } = await twoAccounts(carrier);
    vendor.rejectNext();
    expect((await send('/offers', { authApis: { account: 'east' } })).status).toBe(200);
    expect(lastScope(vendor)).toBe('east');
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  });

  test('an account that nobody configured is a typed error, and nothing is sent', async () => {
    const { vendor, send } = await sparkflyOver(carrier);
    const error = await failureOf<Error>(send('/offers', { authApis: { account: 'west' } }));
    expect(error).toMatchObject({ name: 'AccountError', code: 'UNKNOWN_ACCOUNT', account: 'west' });
    expect(error.message).toMatch(/configured: (default|sparkfly)$/);
    expect(vendor.requests).toHaveLength(0);
  });

  test('an account without a value is a typed error, and nothing is sent', async () => {
    const { vendor, send } = await sparkflyOver(carrier);
    const error = await failureOf<Error>(send('/offers', { authApis: { account: null as never } }));
    expect(error).toMatchObject({ name: 'AccountError', code: 'UNKNOWN_ACCOUNT' });
    expect(vendor.requests).toHaveLength(0);
  });

  test('account and tokenParams ask for another token of that account', async () => {
    const { vendor, send } = await lookups(carrier);
    const call = { authApis: { account: 'tenant-1', tokenParams: { authScope: 'offers' } } };
    expect((await send('/offers', call)).status).toBe(200);
    expect(lastScope(vendor)).toBe('offers');
    expect((await send('/offers', { authApis: { account: 'tenant-1' } })).status).toBe(200);
    expect(lastScope(vendor)).toBeUndefined();
    expect(vendor.counters.tokenRequests).toBe(2);
  });
});

/** Accounts that the app looks up; the client is that of one of them. */
async function lookups(carrier: Carrier) {
  const vendor = await fakeSparkfly();
  const { baseURL, identity, key } = vendor;
  const sparkfly = { baseURL, accounts: { resolve: () => ({ identity, key }) } };
  const app = await startApp({ prefetch: 'none', sparkfly });
  return { vendor, send: carrier.over(app, app.get(SparkflyClient).for('tenant-1')) };
}

test.each(carriersBut('attach'))(
  'over $name tokenParams alone ask for another token of the client’s account',
  async (carrier) => {
    const { vendor, send } = await lookups(carrier);
    expect((await send('/offers', { authApis: { tokenParams: { authScope: 'offers' } } })).status).toBe(200);
    expect(lastScope(vendor)).toBe('offers');
    expect((await send('/offers')).status).toBe(200);
    expect(lastScope(vendor)).toBeUndefined();
    expect(vendor.counters.tokenRequests).toBe(2);
  },
);

test('over `attach` tokenParams alone are a typed error where accounts are looked up: no client says whose', async () => {
  const attach = carriers.find(({ name }) => name === 'attach')!;
  const { vendor, send } = await lookups(attach);
  const failure = failureOf<Error>(send('/offers', { authApis: { tokenParams: { authScope: 'offers' } } }));
  expect(await failure).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT' });
  expect(vendor.requests).toHaveLength(0);
});

test('`authApis` in the account’s `http` options is the default of its axios calls, and of no others', async () => {
  const [client, ...others] = carriers as [Carrier, ...Carrier[]];
  for (const [carrier, status] of [[client, 401], ...others.map((each) => [each, 200])] as [Carrier, number][]) {
    const { vendor, send } = await sparkflyOver(carrier, { account: { http: { authApis: { retry: false } } } });
    vendor.rejectNext();
    expect((await send('/offers')).status).toBe(status);
    expect(vendor.counters.apiRequests).toBe(status === 401 ? 1 : 2);
  }
});
