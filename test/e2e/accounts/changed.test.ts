import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { acmeApp, keyOf, lookingUp } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';

const MINUTE = 60_000;

test('changed credentials are picked up without restart, at the next token request', async () => {
  let key = 'old';
  const resolve = async (id: string) => ({ appId: id, appKey: key });
  const { vendor, client } = await acmeApp(lookingUp({ resolve }));
  vendor.keys = () => [key];
  await firstValueFrom(client.for('t-1').get('/things'));
  key = 'new';
  vendor.tokens.clear();
  await firstValueFrom(client.for('t-1').get('/things'));
  expect(vendor.asks.map(({ key }) => key)).toEqual(['old', 'new']);
});

test('changed credentials are used by the background refresh too: no call fails', async () => {
  const clock = new ManualClock();
  let key = 'old';
  const { vendor, client } = await acmeApp(lookingUp({ resolve: (id) => ({ appId: id, appKey: key }) }), { clock });
  vendor.keys = () => [key];
  await firstValueFrom(client.for('t-1').get('/things'));
  key = 'new';
  await clock.advance(29 * MINUTE);
  expect(vendor.asks.map(({ key }) => key)).toEqual(['old', 'new']);
  await firstValueFrom(client.for('t-1').get('/things'));
  expect(vendor.refusedCalls).toHaveLength(0);
});

test('an account whose credentials are refused is asked for once, while the app gives the same ones', async () => {
  const { vendor, client } = await acmeApp(lookingUp({ resolve: (id) => ({ appId: id, appKey: 'wrong' }) }));
  const error = await failureOf(client.for('t-1').get('/things'));
  expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', account: 't-1' });
  expect(await failureOf(client.for('t-1').get('/things'))).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  expect(vendor.asks).toHaveLength(1);
});

test('it heals at its next call once the app has others, without waiting for the end of the cool-down', async () => {
  const clock = new ManualClock();
  let key = 'wrong';
  const { vendor, client } = await acmeApp(lookingUp({ resolve: (id) => ({ appId: id, appKey: key }) }), { clock });
  await failureOf(client.for('t-1').get('/things'));
  await failureOf(client.for('t-1').get('/things'));
  key = keyOf('t-1');
  await clock.advance(1_000);
  expect((await firstValueFrom(client.for('t-1').get('/things'))).status).toBe(200);
  expect(vendor.asks).toHaveLength(2);
});

test('an account that is another one now gets the tokens of that one', async () => {
  let appId = 'first';
  const { vendor, client, apis } = await acmeApp(lookingUp({ resolve: () => ({ appId, appKey: keyOf(appId) }) }));
  await firstValueFrom(client.for('t-1').get('/things'));
  appId = 'second';
  expect(apis.forget('acme', 't-1')).toBe(true);
  const { data } = await firstValueFrom(client.for('t-1').get<{ id: string }>('/things'));
  expect(data.id).toBe('second');
  expect(vendor.asks).toHaveLength(2);
});

test('forget() drops all tokens of an account, those with parameters too, and only its own', async () => {
  const { client, apis, events } = await acmeApp();
  for (const id of ['a', 'ab', 'b']) await client.for(id).tokens.get();
  await client.for('a', { region: 'eu' }).tokens.get();
  await client.for('a', { user: 'x' }).tokens.get();
  expect(apis.forget('acme', 'a')).toBe(true);
  expect(
    apis
      .statuses()
      .map(({ account }) => account)
      .sort(),
  ).toEqual(['ab', 'b']);
  expect(apis.forget('acme', 'a')).toBe(false);
  expect(apis.forget('acme', 'nobody')).toBe(false);
  expect(apis.forget('nobody', 'a')).toBe(false);
  const evicted = events.flatMap((event) => (event.type === 'accountEvicted' ? [[event.account, event.reason]] : []));
  expect(evicted).toEqual(Array.from({ length: 3 }, () => ['a', 'forgotten']));
});

test('accounts of the options are not forgotten', async () => {
  const { client, apis } = await acmeApp(({ baseURL }) => ({ baseURL, appId: 'me', appKey: keyOf('me') }));
  const token = await client.tokens.get();
  expect(apis.forget('acme', 'default')).toBe(false);
  expect(await client.tokens.get()).toBe(token);
});

test('a client that somebody holds across forget() goes on with a token of its own anew', async () => {
  const { vendor, client, apis } = await acmeApp();
  const held = client.for('a');
  const before = await held.tokens.get();
  apis.forget('acme', 'a');
  const after = await held.tokens.get();
  expect(after.value).not.toBe(before.value);
  expect(client.for('a').tokens).toBe(held.tokens);
  await firstValueFrom(held.get('/things'));
  expect(vendor.asks).toHaveLength(2);
});

test('an account that is forgotten while its token is asked for leaves its callers their token, and no more', async () => {
  const { vendor, client, apis } = await acmeApp();
  vendor.latencyMs = 40;
  const call = firstValueFrom(client.for('a').get('/things'));
  while (vendor.asks.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(apis.forget('acme', 'a')).toBe(true);
  expect((await call).status).toBe(200);
  expect(apis.statuses()).toEqual([]);
});

test('a wait that is left over when its account was forgotten ends at shutdown, as all others do', async () => {
  const { vendor, client, apis, app } = await acmeApp();
  vendor.intercept = () => true;
  const calls = [failureOf(client.for('a').get('/things')), failureOf(client.for('b').get('/things'))];
  while (vendor.asks.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
  apis.forget('acme', 'a');
  const startedAt = performance.now();
  await app.close();
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'CLOSED' });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
