import { Logger } from '@nestjs/common';
import { ManualClock } from 'nestjs-auth-apis/testing';
import type { AccountError } from 'nestjs-auth-apis';
import { isAccountError } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { acmeApp, everyId, keyOf, lookingUp } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';

const SECOND = 1_000;

test.each([null, undefined])(
  'an id for which the app gives %s is unknown: a typed error, and no request',
  async (none) => {
    const { vendor, client, apis } = await acmeApp(lookingUp({ resolve: () => none }));
    const error = await failureOf<AccountError>(client.for('nobody').get('/things'));
    expect(isAccountError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'AccountError',
      code: 'UNKNOWN_ACCOUNT',
      api: 'acme',
      account: 'nobody',
      retryable: false,
    });
    expect(error.message).toBe('acme "nobody": there is no such account, `accounts.resolve` gave nothing for this id');
    expect(await failureOf(client.for('nobody').tokens.get())).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    expect(await failureOf(client.for('nobody').authentication.auth())).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    expect(vendor.received).toHaveLength(0);
    expect(apis.statuses()).toEqual([]);
  },
);

test('the app is not asked for an unknown id more than once a second, however often it is called', async () => {
  const clock = new ManualClock();
  const askedAt: number[] = [];
  const resolve = (): undefined => void askedAt.push(clock.now());
  const { client } = await acmeApp(lookingUp({ resolve }), { clock, random: () => 0.5 });
  for (let i = 0; i < 50; i++) {
    const calls = Array.from({ length: 20 }, () => failureOf(client.for('nobody').get('/things')));
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    await clock.advance(SECOND / 10);
  }
  const readsAgain = askedAt.slice(1);
  const pauses = readsAgain.slice(1).map((at, i) => at - readsAgain[i]!);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(SECOND);
  expect(askedAt.length).toBeLessThanOrEqual(1 + 5 + 1);
});

test('an id that has become known is served by its next call, at the latest a second later', async () => {
  const clock = new ManualClock();
  let isKnown = false;
  const { vendor, client } = await acmeApp(lookingUp({ resolve: (id) => (isKnown ? everyId(id) : null) }), { clock });
  await failureOf(client.for('new').get('/things'));
  await failureOf(client.for('new').get('/things'));
  isKnown = true;
  await clock.advance(SECOND);
  expect((await firstValueFrom(client.for('new').get('/things'))).status).toBe(200);
  expect(vendor.asksOf('new')).toHaveLength(1);
});

test('an account that is gone is unknown from its next token on; the living one is served to its end', async () => {
  const clock = new ManualClock();
  let isKnown = true;
  const { vendor, client } = await acmeApp(lookingUp({ resolve: (id) => (isKnown ? everyId(id) : null) }), { clock });
  const leaving = client.for('leaving');
  await firstValueFrom(leaving.get('/things'));
  isKnown = false;
  await clock.advance(29 * 60 * SECOND);
  await firstValueFrom(leaving.get('/things'));
  await clock.advance(2 * 60 * SECOND);
  expect(await failureOf(leaving.get('/things'))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
  expect(vendor.asks).toHaveLength(1);
});

test('ids that somebody makes up fill no log and push out no account that lives', async () => {
  const lines: unknown[] = [];
  for (const level of ['log', 'warn', 'error'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => void lines.push(line));
    onTestFinished(() => spy.mockRestore());
  }
  const resolve = (id: string) => (id.startsWith('real') ? everyId(id) : null);
  const { vendor, client, apis, events } = await acmeApp(lookingUp({ resolve, maxAccounts: 5 }));
  const real = ['real-1', 'real-2', 'real-3', 'real-4'];
  for (const id of [...real, ...real]) await firstValueFrom(client.for(id).get('/things'));
  lines.length = 0;
  for (let i = 0; i < 100; i++) await failureOf(client.for(`made-up-${i}`).get('/things'));
  for (const id of real) await firstValueFrom(client.for(id).get('/things'));
  expect(vendor.asks).toHaveLength(real.length);
  expect(lines).toEqual([]);
  expect(events.filter(({ type, account }) => type === 'accountEvicted' && account.startsWith('real'))).toEqual([]);
  expect(apis.statuses().length).toBeLessThanOrEqual(10);
});

test('made-up ids of refused accounts push out no account that lives either', async () => {
  const { vendor, client, events } = await acmeApp(lookingUp({ maxAccounts: 3 }));
  vendor.keys = (id) => (id.startsWith('real') ? [keyOf(id)] : []);
  for (const id of ['real-1', 'real-2', 'real-1', 'real-2']) await firstValueFrom(client.for(id).get('/x'));
  for (let i = 0; i < 30; i++) await failureOf(client.for(`wrong-${i}`).get('/x'));
  for (const id of ['real-1', 'real-2']) await firstValueFrom(client.for(id).get('/x'));
  expect(vendor.asksOf('real-1')).toHaveLength(1);
  expect(vendor.asksOf('real-2')).toHaveLength(1);
  expect(events.filter(({ type, account }) => type === 'accountEvicted' && account.startsWith('real'))).toEqual([]);
});
