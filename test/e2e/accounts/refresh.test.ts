import { TokenRefreshScheduler } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeApp } from '../../support/acme.js';
import { acmeApp, json, keyOf, lookingUp } from '../../support/acme.js';

const MINUTE = 60_000;

const call = ({ client }: AcmeApp, id: string) => firstValueFrom(client.for(id).get('/things'));

test.each([1, 5])('no more than %i tokens are refreshed at once, and all of them are', async (concurrency) => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock, refresh: { concurrency }, random: () => 0 });
  const ids = Array.from({ length: 30 }, (_, i) => `t-${i}`);
  app.vendor.latencyMs = 25; // long enough that a busy machine begins the next meanwhile
  await Promise.all(ids.map((id) => call(app, id)));
  expect(app.vendor.mostAtOnce).toBeGreaterThan(concurrency);
  app.vendor.mostAtOnce = 0;
  await clock.advance(29 * MINUTE);
  expect(app.vendor.mostAtOnce).toBe(concurrency);
  expect(app.vendor.asks).toHaveLength(2 * ids.length);
  expect(new Set(app.vendor.asks.slice(ids.length).map(({ id }) => id)).size).toBe(ids.length);
});

test('callers that wait for a token are not counted among them, and wait for none of them', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock, refresh: { concurrency: 2 }, random: () => 0 });
  for (const id of ['a', 'b', 'c', 'd']) await call(app, id);
  const held: (() => void)[] = [];
  app.vendor.intercept = (_, response) => {
    if (held.length >= 2) return false;
    held.push(() => json(response, 503, {}));
    return true;
  };
  await clock.advance(21.5 * MINUTE);
  expect(held).toHaveLength(2);
  expect((await call(app, 'new')).status).toBe(200);
  for (const release of held) release();
});

test('refreshes of many accounts are spread, so that they make no storm', async () => {
  const clock = new ManualClock();
  let seed = 1;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const app = await acmeApp(lookingUp(), { clock, random });
  const ids = Array.from({ length: 100 }, (_, i) => `t-${i}`);
  await Promise.all(ids.map((id) => call(app, id)));
  const startedAt = clock.wallNow();
  await clock.advance(29 * MINUTE);
  const minutes = app.vendor.askedAt.slice(ids.length).map((at) => Math.floor((at - startedAt) / MINUTE));
  const busiest = Math.max(...minutes.map((minute) => minutes.filter((other) => other === minute).length));
  expect(minutes).toHaveLength(ids.length);
  expect(Math.min(...minutes)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...minutes)).toBeLessThanOrEqual(24);
  expect(busiest).toBeLessThan(60);
});

test('only what was used within the token’s life is refreshed', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock });
  await call(app, 'used');
  await call(app, 'left');
  for (let minute = 0; minute < 300; minute += 5) {
    await clock.advance(5 * MINUTE);
    await call(app, 'used');
  }
  expect(app.vendor.asksOf('left')).toHaveLength(2);
  expect(app.vendor.asksOf('used').length).toBeGreaterThan(10);
  expect(app.vendor.refusedCalls).toHaveLength(0);
  expect(app.app.get(TokenRefreshScheduler).upcoming()).toMatchObject([{ account: 'used', action: 'refresh' }]);
  await call(app, 'left');
  expect(app.vendor.asksOf('left')).toHaveLength(3);
  expect(app.app.get(TokenRefreshScheduler).upcoming()).toHaveLength(2);
});

test('accounts of the options are kept fresh beside them, whether or not anybody calls', async () => {
  const clock = new ManualClock();
  const { vendor } = await acmeApp(({ baseURL }) => ({ baseURL, appId: 'me', appKey: keyOf('me') }), {
    clock,
    prefetch: 'background',
  });
  await clock.advance(300 * MINUTE);
  expect(vendor.asks.length).toBeGreaterThan(10);
});

test('with refresh.enabled: false nothing is refreshed that nobody asks for', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock, refresh: { enabled: false } });
  await call(app, 'a');
  await clock.advance(120 * MINUTE);
  expect(app.vendor.asks).toHaveLength(1);
});

test('accounts in trouble take no more than half of the places, so that others are refreshed in time', async () => {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp(), { clock, refresh: { concurrency: 2 }, tokenWaitTimeoutMs: 1_000 });
  const [good, bad] = [4, 10].map((n, which) => Array.from({ length: n }, (_, i) => `${which ? 'bad' : 'good'}-${i}`));
  for (const id of [...good!, ...bad!]) await call(app, id);
  app.vendor.intercept = ({ id }, response) => {
    if (!id.startsWith('bad')) return false;
    json(response, 503, {});
    return true;
  };
  for (let minute = 0; minute < 90; minute++) {
    await clock.advance(MINUTE);
    for (const id of good!) await call(app, id);
    for (const id of bad!) await call(app, id).catch(() => {});
  }
  expect(app.events.filter(({ type, account }) => type === 'tokenRequestFailed' && account.startsWith('good'))).toEqual(
    [],
  );
  for (const id of good!) expect(app.vendor.asksOf(id).length).toBeLessThanOrEqual(6);
});
