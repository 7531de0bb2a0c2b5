import { TokenRefreshScheduler } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeApp } from '../../support/acme.js';
import { acmeApp, everyId, lookingUp } from '../../support/acme.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const call = ({ client }: AcmeApp, id: string) => firstValueFrom(client.for(id).get('/things'));
const evictedOf = ({ events }: AcmeApp) =>
  events.flatMap((event) => (event.type === 'accountEvicted' ? [`${event.account} ${event.reason}`] : []));
const heldIn = ({ apis }: AcmeApp) => apis.statuses().map(({ account }) => account);

test('no more accounts are held than maxAccounts', async () => {
  const app = await acmeApp(lookingUp({ maxAccounts: 3 }));
  for (let i = 0; i < 10; i++) {
    await call(app, `t-${i}`);
    expect(heldIn(app).length).toBeLessThanOrEqual(3);
  }
  expect(evictedOf(app)).toEqual(['t-0', 't-1', 't-2', 't-3', 't-4', 't-5', 't-6'].map((id) => `${id} capacity`));
});

test('the account that was not used for longest makes room', async () => {
  const app = await acmeApp(lookingUp({ maxAccounts: 3 }));
  for (const id of ['a', 'b', 'c', 'a', 'b', 'c']) await call(app, id);
  for (let i = 0; i < 12; i++) {
    await call(app, 'a');
    await call(app, `passing-${i}`);
  }
  expect(app.vendor.asksOf('a')).toHaveLength(1);
  expect(evictedOf(app)).not.toContain('a capacity');
  expect(heldIn(app)).toContain('a');
  expect(heldIn(app)).not.toContain('b');
});

test('an account that made room is there again with its next call, at the cost of a token', async () => {
  const app = await acmeApp(lookingUp({ maxAccounts: 1 }));
  for (const id of ['a', 'b', 'c', 'd', 'a']) await call(app, id);
  expect(app.vendor.asksOf('a')).toHaveLength(2);
  expect(app.vendor.refusedCalls).toHaveLength(0);
});

test('an account that nobody used for idleMs is dropped with its timers, and told of', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp({ idleMs: 2 * HOUR }), { clock });
  const before = clock.pendingTimers;
  await call(app, 'a');
  await call(app, 'b');
  for (let minute = 0; minute < 5 * 60; minute += 10) {
    await clock.advance(10 * MINUTE);
    await call(app, 'b');
  }
  expect(evictedOf(app)).toEqual(['a idle']);
  expect(heldIn(app)).toEqual(['b']);
  await clock.advance(10 * HOUR);
  expect(evictedOf(app)).toEqual(['a idle', 'b idle']);
  expect(heldIn(app)).toEqual([]);
  expect(app.app.get(TokenRefreshScheduler).upcoming()).toEqual([]);
  expect(clock.pendingTimers).toBeLessThanOrEqual(before);
});

test('an account is not dropped before idleMs, nor kept for twice that', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp({ idleMs: HOUR }), { clock });
  await call(app, 'a');
  await clock.advance(50 * MINUTE);
  await call(app, 'a');
  await clock.advance(59 * MINUTE);
  expect(heldIn(app)).toEqual(['a']);
  await clock.advance(61 * MINUTE);
  expect(heldIn(app)).toEqual([]);
});

test('an unknown id is not remembered for longer than a short while', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp({ resolve: () => null }), { clock });
  await call(app, 'nobody').catch(() => {});
  await clock.advance(21 * MINUTE);
  expect(evictedOf(app)).toEqual(['nobody idle']);
  expect(clock.pendingTimers).toBe(0);
});

test('one timer serves any number of accounts', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock });
  await call(app, 'first');
  const withOne = clock.pendingTimers;
  await Promise.all(Array.from({ length: 200 }, (_, i) => call(app, `t-${i}`)));
  expect(clock.pendingTimers).toBe(withOne);
  expect(app.app.get(TokenRefreshScheduler).upcoming()).toHaveLength(201);
});

test('an account counts once for each set of parameters', async () => {
  const app = await acmeApp(lookingUp({ maxAccounts: 2 }));
  for (const region of ['eu', 'us', 'jp', 'au', 'br']) await app.client.for('a', { region }).tokens.get();
  expect(heldIn(app).length).toBeLessThanOrEqual(2);
});

test('accounts of the options stay, whatever else comes and goes', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(
    (vendor) => [
      { baseURL: vendor.baseURL, appId: 'fixed', appKey: 'key-of-fixed' },
      { baseURL: vendor.baseURL, accounts: { resolve: everyId, maxAccounts: 1, idleMs: MINUTE } },
    ],
    { clock },
  );
  await app.client.tokens.get();
  for (const id of ['a', 'b', 'c']) await call(app, id);
  await clock.advance(24 * HOUR);
  expect(heldIn(app)).toEqual(['default']);
  expect(evictedOf(app)).toEqual(['a capacity', 'b capacity', 'c idle']);
});

test('closing the app leaves no timer behind', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock });
  for (const id of ['a', 'b', 'c']) await call(app, id);
  await app.app.close();
  expect(clock.pendingTimers).toBe(0);
  await expect(call(app, 'd')).rejects.toMatchObject({ code: 'CLOSED' });
  expect(clock.pendingTimers).toBe(0);
});
