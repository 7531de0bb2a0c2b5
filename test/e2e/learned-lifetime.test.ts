import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeClient } from '../support/acme.js';
import { acmeApp, keyOf, lookingUp, oneAccount } from '../support/acme.js';

const MINUTE = 60_000;
/** What the vendor says, and what is true. */
const SAID = 24 * 60;
const TRUE = 20;

const get = (client: AcmeClient) => firstValueFrom(client.get('/things')).catch(() => undefined);

/** An account that is called once a minute, and whose tokens die earlier than the vendor says. */
async function dyingApp(accounts = oneAccount(), options: { refresh?: { enabled?: boolean } } = {}) {
  const clock = new ManualClock();
  const app = await acmeApp(accounts, { clock, ...options });
  app.vendor.seconds = SAID * 60;
  app.vendor.diesAfterMs = TRUE * MINUTE;
  const told = (type: string) => app.events.filter((event) => event.type === type);
  const pass = async (minutes: number, client = app.client): Promise<void> => {
    for (let minute = 0; minute < minutes; minute++) {
      await get(client);
      await clock.advance(MINUTE);
    }
  };
  const learned = (client = app.client) => client.tokens.status().learnedLifetimeMs;
  return { ...app, clock, told, pass, learned };
}

test('after two early deaths at one age it is said once, shown, and no call meets another dead token', async () => {
  const { vendor, told, pass, learned } = await dyingApp();
  await pass(TRUE + 1);
  expect([learned(), vendor.refusedCalls.length]).toEqual([undefined, 1]);
  await pass(TRUE);
  expect(told('learned')).toMatchObject([
    { api: 'acme', account: 'default', lifetimeMs: TRUE * MINUTE, documentedMs: SAID * MINUTE },
  ]);
  expect(learned()).toBe(TRUE * MINUTE);
  expect(vendor.refusedCalls).toHaveLength(2);
  await pass(100);
  expect(vendor.refusedCalls).toHaveLength(2);
  expect(told('learned')).toHaveLength(1);
  expect(told('rejected')).toHaveLength(2);
});

test('from then on the vendor is asked before that age, and not much more often', async () => {
  const { vendor, pass } = await dyingApp();
  await pass(2 * TRUE + 2);
  const before = vendor.asks.length;
  await pass(5 * TRUE);
  const pauses = vendor.askedAt.slice(before).map((at, i) => (at - vendor.askedAt[before + i - 1]!) / MINUTE);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(TRUE);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(TRUE * 0.65);
});

test('one early death teaches nothing, and neither do two at different ages', async () => {
  const { vendor, told, pass, learned } = await dyingApp();
  await pass(TRUE + 1);
  vendor.diesAfterMs = 3 * TRUE * MINUTE;
  await pass(3 * TRUE + 2);
  expect(told('rejected')).toHaveLength(2);
  expect([told('learned'), learned()]).toEqual([[], undefined]);
});

test('what was learned is forgotten when tokens live longer again, and that is said', async () => {
  const { vendor, told, pass, learned, clock } = await dyingApp();
  await pass(2 * TRUE + 2);
  expect(learned()).toBe(TRUE * MINUTE);
  vendor.diesAfterMs = Infinity;
  await pass(15 * TRUE);
  expect(told('forgotten')).toEqual([]);
  for (let hour = 0; hour < 48; hour++) {
    await pass(1);
    await clock.advance(59 * MINUTE);
  }
  expect(told('forgotten')).toHaveLength(1);
  expect(learned()).toBeUndefined();
  expect(vendor.refusedCalls).toHaveLength(2);
});

test('what was learned is forgotten with changed credentials', async () => {
  let key = keyOf('t-1');
  const resolve = (id: string) => ({ appId: id, appKey: key });
  const { vendor, client, told, pass, learned } = await dyingApp(lookingUp({ resolve }));
  vendor.keys = () => [key];
  const one = client.for('t-1');
  await pass(2 * TRUE + 2, one);
  expect(learned(one)).toBe(TRUE * MINUTE);
  key = 'another-key';
  vendor.diesAfterMs = Infinity;
  await pass(2 * TRUE, one);
  expect(told('forgotten')).toHaveLength(1);
  expect(learned(one)).toBeUndefined();
});

test('an idle spell is no proof that tokens live longer', async () => {
  const { vendor, told, pass, learned, clock } = await dyingApp(oneAccount(), { refresh: { enabled: false } });
  await pass(2 * TRUE + 2);
  expect(learned()).toBe(TRUE * MINUTE);
  await clock.advance(3 * 60 * MINUTE);
  await pass(1);
  expect(told('forgotten')).toEqual([]);
  expect(learned()).toBe(TRUE * MINUTE);
  await pass(TRUE);
  expect(vendor.refusedCalls).toHaveLength(2);
});

test('an account that is looked up learns for itself, and survives its idle spells too', async () => {
  const { client, told, pass, learned, clock } = await dyingApp(lookingUp());
  const [one, two] = [client.for('one'), client.for('two')];
  await pass(2 * TRUE + 2, one);
  await pass(1, two);
  expect([learned(one), learned(two)]).toEqual([TRUE * MINUTE, undefined]);
  await clock.advance(5 * 60 * MINUTE);
  await pass(1, one);
  expect(told('forgotten')).toEqual([]);
  expect(learned(one)).toBe(TRUE * MINUTE);
});

test('an API that always says 401 teaches nothing', async () => {
  const { vendor, told, pass, learned } = await dyingApp();
  vendor.diesAfterMs = Infinity;
  vendor.deniesCalls = true;
  await pass(120);
  expect(vendor.refusedCalls.length).toBeGreaterThan(100);
  expect([told('learned'), learned()]).toEqual([[], undefined]);
});

test('neither does one that is called at a steady pace', async () => {
  const { vendor, client, told, learned, clock } = await dyingApp();
  vendor.diesAfterMs = Infinity;
  vendor.deniesCalls = true;
  for (let i = 0; i < 12; i++) {
    await get(client);
    await clock.advance(10 * MINUTE);
  }
  expect([told('learned'), learned()]).toEqual([[], undefined]);
});

test('nor one whose calls cannot be replayed', async () => {
  const { vendor, client, told, learned, clock } = await dyingApp();
  vendor.diesAfterMs = Infinity;
  vendor.deniesCalls = true;
  for (let i = 0; i < 12; i++) {
    await firstValueFrom(client.get('/things', { authApis: { replay: false } })).catch(() => undefined);
    await clock.advance(10 * MINUTE);
  }
  expect([told('learned'), learned()]).toEqual([[], undefined]);
});

test('a vendor that revokes all tokens now and then teaches nothing', async () => {
  const { vendor, told, pass, learned } = await dyingApp();
  vendor.diesAfterMs = Infinity;
  for (const minutes of [7, 31, 3, 90]) {
    await pass(minutes);
    vendor.tokens.clear();
  }
  await pass(2);
  expect(told('rejected')).toHaveLength(4);
  expect([told('learned'), learned()]).toEqual([[], undefined]);
});

test('a death whose replay is refused too says nothing of ages, also right after one that did', async () => {
  const { vendor, client, told, pass, learned } = await dyingApp();
  await pass(TRUE + 1);
  expect(told('rejected')).toHaveLength(1);
  await pass(TRUE - 2);
  vendor.diesAfterMs = Infinity;
  vendor.deniesCalls = true;
  await get(client);
  expect(told('replayed')).toMatchObject([{ accepted: true }, { accepted: false }]);
  expect([told('learned'), learned()]).toEqual([[], undefined]);
});
