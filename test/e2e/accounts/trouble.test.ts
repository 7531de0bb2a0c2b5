import type { SecretUnavailableError, TokenUnavailableError } from 'nestjs-auth-apis';
import { isSecretUnavailableError, isTokenUnavailableError } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { acmeApp, everyId, json, lookingUp } from '../../support/acme.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, timed } from '../../support/outcome.js';

const PASSWORD = 'password-of-the-database';
const hangs = (): Promise<never> => new Promise(() => {});

test.each<[string, () => never | Promise<never>]>([
  [
    'throws',
    () => {
      throw new Error(`cannot reach db:${PASSWORD}`);
    },
  ],
  ['rejects', () => Promise.reject(Object.assign(new Error(PASSWORD), { code: 'ECONNREFUSED' }))],
  [
    'throws no Error',
    () => {
      throw PASSWORD;
    },
  ],
])('a lookup that %s is trouble of that account: typed, without what it said', async (_, fail) => {
  const resolve = (id: string) => (id === 'bad' ? fail() : everyId(id));
  const { vendor, client } = await acmeApp(lookingUp({ resolve }), { tokenWaitTimeoutMs: 100 });
  const error = await failureOf<TokenUnavailableError>(client.for('bad').get('/things'));
  expect(isTokenUnavailableError(error)).toBe(true);
  expect(error).toMatchObject({ api: 'acme', account: 'bad', retryable: true });
  expect(error.retryAt).toBeGreaterThan(Date.now() - 1_000);
  const cause = error.cause as SecretUnavailableError;
  expect(isSecretUnavailableError(cause)).toBe(true);
  expect(cause.message).toMatch(/^acme "bad": `accounts\.resolve` threw/);
  expectNoSecret(error, [PASSWORD]);
  expect((await firstValueFrom(client.for('good').get('/things'))).status).toBe(200);
  expect(vendor.asks).toHaveLength(1);
});

test('a lookup that hangs ends at tokenRequestTimeoutMs with a typed error, and delays no other account', async () => {
  const resolve = (id: string) => (id.startsWith('slow') ? hangs() : everyId(id));
  const options = { tokenWaitTimeoutMs: 1_200, tokenRequestTimeoutMs: 600 };
  const { client } = await acmeApp(lookingUp({ resolve }), options);
  const slow = Array.from({ length: 50 }, (_, i) => failureOf(client.for(`slow-${i}`).get('/things')));
  for (let i = 0; i < 20; i++) {
    const took = await timed(() => firstValueFrom(client.for(`good-${i}`).get('/things')));
    expect(took).toBeLessThan(500);
  }
  const errors = await Promise.all(slow);
  for (const error of errors) expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  expect(errors[0]?.message).toContain('`accounts.resolve` gave nothing in time');
});

test.each<[string, unknown, RegExp]>([
  ['an account without a key', { appId: 'x' }, /gave an account whose `appKey` is missing/],
  ['null for a key', { appId: 'x', appKey: null }, /whose `appKey` is missing/],
  ['an empty key', { appId: 'x', appKey: '' }, /whose `appKey` is empty/],
  ['a number for a key', { appId: 'x', appKey: 4711 }, /whose `appKey` must be a string/],
  ['a key with a line break', { appId: 'x', appKey: `${PASSWORD}\n` }, /whose `appKey` contains a line break/],
  ['a key that no header carries', { appId: 'x', appKey: 'ключ' }, /contains characters that an HTTP header cannot/],
  ['a list of three keys', { appId: 'x', appKey: ['a', 'b', 'c'] }, /must be one value, or a pair/],
  ['a parameter that is a number', { appId: 'x', appKey: 'k', region: 5 }, /whose `region` must be a string/],
  ['a text', PASSWORD, /whose `appId` is missing/],
  ['false', false, /whose `appId` is missing/],
])('a lookup that gives %s is told by the name of the field, without its value', async (_, row, problem) => {
  const { vendor, client } = await acmeApp(lookingUp({ resolve: () => row as never }), { tokenWaitTimeoutMs: 500 });
  const error = await failureOf<TokenUnavailableError>(client.for('t-1').get('/things'));
  expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', cause: { code: 'SECRET_UNAVAILABLE' } });
  expect(error.message).toMatch(problem);
  expectNoSecret(error, [PASSWORD]);
  expect(vendor.received).toHaveLength(0);
});

test('a lookup that throws now and then costs no call: it is asked again within its wait', async () => {
  let asked = 0;
  const resolve = (id: string) => {
    if (++asked === 1) throw new Error('deadlock detected');
    return everyId(id);
  };
  const { client } = await acmeApp(lookingUp({ resolve }), { refresh: { backoff: { initialMs: 20 } } });
  expect((await firstValueFrom(client.for('t-1').get('/things'))).status).toBe(200);
  expect(asked).toBe(2);
});

test('a lookup that fails while the token lives costs nothing but the refresh', async () => {
  const clock = new ManualClock();
  let isDown = false;
  const resolve = (id: string) => (isDown ? Promise.reject(new Error('down')) : everyId(id));
  const { vendor, client } = await acmeApp(lookingUp({ resolve }), { clock });
  await firstValueFrom(client.for('t-1').get('/things'));
  isDown = true;
  for (let minute = 0; minute < 28; minute++) {
    await clock.advance(60_000);
    await firstValueFrom(client.for('t-1').get('/things'));
  }
  isDown = false;
  await clock.advance(61_000);
  await firstValueFrom(client.for('t-1').get('/things'));
  expect(vendor.asks).toHaveLength(2);
  expect(vendor.refusedCalls).toHaveLength(0);
});

test.each<[string, (id: string) => boolean]>([
  ['refused', () => false],
  ['left hanging', () => true],
])('one account that is %s by the vendor delays no other', async (kind, hang) => {
  const { vendor, client, apis } = await acmeApp(lookingUp(), {
    tokenWaitTimeoutMs: 1_200,
    tokenRequestTimeoutMs: 600,
  });
  vendor.intercept = ({ id }, response) => {
    if (!id.startsWith('bad')) return false;
    if (!hang(id)) json(response, 401, { reason: 'no' });
    return true;
  };
  const bad = Array.from({ length: 30 }, (_, i) => failureOf(client.for(`bad-${i % 3}`).get('/things')));
  const took: number[] = [];
  for (let i = 0; i < 30; i++) took.push(await timed(() => firstValueFrom(client.for(`good-${i % 5}`).get('/things'))));
  const code = kind === 'refused' ? 'CREDENTIALS_REJECTED' : 'TOKEN_UNAVAILABLE';
  for (const error of await Promise.all(bad)) expect(error).toMatchObject({ code });
  expect(Math.max(...took)).toBeLessThan(500);
  expect(vendor.asks.filter(({ id }) => id.startsWith('good'))).toHaveLength(5);
  const states = apis.statuses().map(({ account, state }) => `${account.split('-')[0]} ${state}`);
  expect(new Set(states)).toEqual(new Set([`bad ${kind === 'refused' ? 'denied' : 'none'}`, 'good fresh']));
});

test('an outage of one API delays no call of another', async () => {
  const sick = await acmeApp(lookingUp(), { tokenWaitTimeoutMs: 1_200, tokenRequestTimeoutMs: 600 });
  const well = await acmeApp();
  sick.vendor.intercept = () => true;
  const calls = Array.from({ length: 20 }, (_, i) => failureOf(sick.client.for(`t-${i}`).get('/x')));
  expect(await timed(() => firstValueFrom(well.client.for('t-1').get('/x')))).toBeLessThan(500);
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
});
