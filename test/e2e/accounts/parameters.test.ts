import { expect, test } from 'vitest';
import type { AcmeApp } from '../../support/acme.js';
import { acmeApp, keyOf, lookingUp, oneAccount } from '../../support/acme.js';

const evictedOf = ({ events }: AcmeApp, id: string): number =>
  events.filter(({ type, account }) => type === 'accountEvicted' && account === id).length;

test('parameters that one customer makes up cost no other customer its token', async () => {
  const given = await acmeApp(lookingUp({ maxAccounts: 80 }));
  const others = Array.from({ length: 79 }, (_, i) => `customer-${i}`);
  for (const id of others) await given.client.for(id).tokens.get();
  for (let i = 0; i < 120; i++) await given.client.for('greedy', { user: `user-${i}` }).tokens.get();
  const asked = given.vendor.asks.length;
  for (const id of others) await given.client.for(id).tokens.get();
  expect(given.vendor.asks).toHaveLength(asked);
  expect(evictedOf(given, 'greedy')).toBe(119);
});

test('nor when all of them are asked for at once', async () => {
  const given = await acmeApp(lookingUp({ maxAccounts: 80 }));
  const others = Array.from({ length: 70 }, (_, i) => `customer-${i}`);
  for (const id of others) await given.client.for(id).tokens.get();
  given.vendor.latencyMs = 20;
  const tokens = await Promise.all(
    Array.from({ length: 120 }, (_, i) => given.client.for('greedy', { user: `user-${i}` }).tokens.get()),
  );
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(120);
  const asked = given.vendor.asks.length;
  for (const id of others) await given.client.for(id).tokens.get();
  expect(given.vendor.asks).toHaveLength(asked);
});

test.each([
  ['a dynamic account', lookingUp()],
  ['a fixed account', oneAccount()],
])('of %s a hundred tokens with parameters are kept, those used last', async (_, accounts) => {
  const given = await acmeApp(accounts);
  const { client, apis, vendor } = given;
  const tokensOf = (i: number) =>
    _ === 'a fixed account'
      ? client.for({ user: `user-${i}` }).tokens
      : client.for('t-1', { user: `user-${i}` }).tokens;
  for (let i = 0; i < 110; i++) await tokensOf(i).get();
  const held = apis.statuses().filter(({ tokenParams }) => tokenParams !== undefined);
  expect(held).toHaveLength(100);
  const asked = vendor.asks.length;
  await tokensOf(109).get();
  expect(vendor.asks).toHaveLength(asked);
  await tokensOf(0).get();
  expect(vendor.asks).toHaveLength(asked + 1);
});

test('the token of the account itself stays, however many with parameters come', async () => {
  const { client, vendor } = await acmeApp(lookingUp({ maxAccounts: 10 }));
  await client.for('t-1').tokens.get();
  for (let i = 0; i < 30; i++) await client.for('t-1', { user: `user-${i}` }).tokens.get();
  await client.for('t-1').tokens.get();
  expect(vendor.asks).toHaveLength(31);
});

test('parameters that fail at the vendor’s push out no other id that waits for its first token', async () => {
  const given = await acmeApp(lookingUp({ maxAccounts: 20 }));
  const { client, vendor } = given;
  vendor.keys = (id) => (id === 'greedy' || id === 'denied' ? [] : [keyOf(id)]);
  await client
    .for('denied')
    .tokens.get()
    .catch(() => undefined);
  for (let i = 0; i < 60; i++)
    await client
      .for('greedy', { user: `user-${i}` })
      .tokens.get()
      .catch(() => undefined);
  expect(evictedOf(given, 'denied')).toBe(0);
});
