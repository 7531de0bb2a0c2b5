import type { AuthApisOptionsError } from 'nestjs-auth-apis';
import { AuthApis, SparkflyClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeEcho } from '../../support/acme.js';
import { acmeApp, lookingUp } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { everythingShown } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyApp } from '../../support/vendors.js';

test('another scope is another token of the same account, and both stay', async () => {
  const { vendor, client } = await sparkflyApp();
  const offers = client.for({ authScope: 'offers', forwardedFor: '203.0.113.7' });
  for (const each of [client, offers, client, offers]) await firstValueFrom(each.get('/offers'));
  const asked = vendor.requests.filter(({ kind }) => kind === 'token').map(({ headers }) => headers);
  expect(asked).toHaveLength(2);
  expect(asked[0]).not.toHaveProperty('x-auth-scope');
  expect(asked[1]).toMatchObject({ 'x-auth-scope': 'offers', 'x-forwarded-for': '203.0.113.7' });
  const sent = vendor.requests.filter(({ kind }) => kind === 'api').map(({ headers }) => headers['x-auth-token']);
  expect(sent).toEqual([0, 1, 0, 1].map((i) => vendor.tokensIssued[i]));
  expect(offers).toBeInstanceOf(SparkflyClient);
});

test('a call may say parameters for itself, also on a client that has some', async () => {
  const { vendor, client } = await sparkflyApp({ account: { authScope: 'of-the-account' } });
  const scopeOf = async (of: SparkflyClient, tokenParams?: Record<string, string>) => {
    await firstValueFrom(of.get('/offers', { authApis: { tokenParams } }));
    return vendor.tokenDetails(vendor.requests.at(-1)?.headers['x-auth-token'] ?? '')?.scope;
  };
  expect(await scopeOf(client)).toBe('of-the-account');
  expect(await scopeOf(client, { authScope: 'of-the-call' })).toBe('of-the-call');
  const offers = client.for({ authScope: 'of-the-client' });
  expect(await scopeOf(offers)).toBe('of-the-client');
  expect(await scopeOf(offers, { authScope: 'of-the-call' })).toBe('of-the-call');
  expect(vendor.counters.tokenRequests).toBe(3);
});

test('the order of parameters makes no other token, their values do', async () => {
  const { vendor, client } = await acmeApp();
  await client.for('a', { region: 'eu', user: 'x' }).tokens.get();
  await client.for('a', { user: 'x', region: 'eu' }).tokens.get();
  await client.for('a').for({ user: 'x' }).for({ region: 'eu' }).tokens.get();
  expect(vendor.asks).toHaveLength(1);
  await client.for('a', { region: 'x', user: 'eu' }).tokens.get();
  await client.for('b', { region: 'eu', user: 'x' }).tokens.get();
  expect(vendor.asks).toHaveLength(3);
});

test('another account begins without the parameters of this one', async () => {
  const { client } = await acmeApp();
  const { data } = await firstValueFrom(client.for('a', { region: 'eu' }).for('b').get<AcmeEcho>('/x'));
  expect([data.id, data.region]).toEqual(['b', undefined]);
});

test('parameters of an id that is looked up reach the vendor, by client and by call', async () => {
  const { vendor, client } = await acmeApp(lookingUp({}, { region: 'common' }));
  await firstValueFrom(client.for('a', { user: 'ann' }).get('/x'));
  const config = { authApis: { account: 'a', tokenParams: { user: 'bob' } } };
  const { data } = await firstValueFrom(client.get<AcmeEcho>('/x', config));
  expect([data.id, data.region, data.user]).toEqual(['a', 'common', 'bob']);
  await firstValueFrom(client.for('a').get('/x'));
  expect(vendor.asks.map(({ user }) => user)).toEqual(['ann', 'bob', undefined]);
});

test('a 401 to one token of an account replaces that one alone', async () => {
  const { vendor, client } = await acmeApp();
  const [plain, european] = [client.for('a'), client.for('a', { region: 'eu' })];
  const { value } = await plain.tokens.get();
  await european.tokens.get();
  vendor.tokens.delete((await european.tokens.get()).value);
  await firstValueFrom(european.get('/x'));
  expect((await plain.tokens.get()).value).toBe(value);
  expect(vendor.asks.map(({ region }) => region)).toEqual([undefined, 'eu', 'eu']);
});

test('keys and labels of tokens show the names of the parameters and none of their values', async () => {
  const vendor = await fakeSparkfly({ identity: 'identity-nobody-may-see', key: 'key-nobody-may-see' });
  const accounts = { resolve: () => ({ identity: 'identity-nobody-may-see', key: 'key-nobody-may-see' }) };
  const app = await startApp({ sparkfly: { baseURL: vendor.baseURL, accounts } });
  const client = app.get(SparkflyClient).for('t-1', { authScope: 'scope-nobody-may-see', forwardedFor: '203.0.113.7' });
  await client.tokens.get();
  const statuses = app.get(AuthApis).statuses();
  expect(statuses).toMatchObject([
    { account: 't-1', tokenParams: expect.stringMatching(/^authScope, forwardedFor [\w-]{8}$/) as string },
  ]);
  for (const part of [statuses, client.tokens, app.get(AuthApis)])
    for (const value of ['scope-nobody', '203.0.113.7', 'key-nobody', 'identity-nobody', vendor.tokensIssued[0]!])
      expect(everythingShown(part)).not.toContain(value);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    'that the API does not have',
    { authScpe: 'x' },
    /authScpe is no parameter of sparkfly's tokens: it has authScope, forwardedFor/,
  ],
  ['of two lines', { authScope: 'a\r\nX-Evil: 1' }, /authScope contains a line break/],
  ['that is a number', { authScope: 5 }, /authScope must be a string/],
  ['that is empty', { authScope: '' }, /authScope is empty/],
  ['that is null', { authScope: null }, /authScope is missing/],
])('a parameter %s is a typed error, and nothing is sent', async (_, tokenParams, problem) => {
  const { vendor, client } = await sparkflyApp();
  expect(() => client.for(tokenParams)).toThrow(problem);
  const config = { authApis: { tokenParams: tokenParams as Record<string, string> } };
  const error = await failureOf<AuthApisOptionsError>(client.get('/offers', config));
  expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
  expect(error.message).toMatch(problem);
  expect(vendor.requests).toHaveLength(0);
});
