import { Test } from '@nestjs/testing';
import type { AuthApisOptionsError, TokenStore } from 'nestjs-auth-apis';
import { isAuthApisOptionsError, isUnknownAccountError, VerbitClient } from 'nestjs-auth-apis';
import { AuthApisHealthModule } from 'nestjs-auth-apis/health';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { startHealthApp } from '../../support/health-app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, until } from '../../support/outcome.js';
import { MINUTE, START_AT } from '../../support/token-source.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

test('from idle over up, failing and down to up again, over HTTP, without a request to the vendor', async () => {
  const clock = new ManualClock(START_AT);
  const vendor = await fakeVerbit({ clock, tokenLifetimeMs: 60 * MINUTE });
  const { app, check } = await startHealthApp({ clock, prefetch: 'none', verbit: verbitAccount(vendor) });
  const { tokens } = app.get(VerbitClient);
  const bodies: string[] = [];
  /** However often it is checked, the vendor does not notice. */
  const checked = async () => {
    const before = vendor.requests.length;
    const answers = await Promise.all(Array.from({ length: 10 }, check));
    expect(vendor.requests.length).toBe(before);
    bodies.push(answers[9]!.text);
    return answers[9]!;
  };

  expect(await checked()).toMatchObject({ http: 200, status: 'ok', tokens: { status: 'up' } });
  expect((await checked()).first).toEqual({ api: 'verbit', account: 'default', health: 'idle', state: 'none' });

  const token = await tokens.get();
  const tokenUsableUntil = '2026-01-15T13:00:00Z';
  expect(await checked()).toMatchObject({ http: 200, first: { health: 'up', state: 'fresh', tokenUsableUntil } });

  vendor.failNext({ status: 503, times: Infinity });
  await clock.advance(55 * MINUTE);
  const failing = await checked();
  expect(failing).toMatchObject({ http: 200, status: 'ok', tokens: { status: 'up' } });
  expect(failing.first).toMatchObject({ health: 'failing', tokenUsableUntil, error: { vendorStatus: 503 } });
  const { failingSince, nextAttemptAt } = failing.first;
  expect(Date.parse(failingSince!)).toBeGreaterThan(START_AT + 40 * MINUTE);
  expect(Date.parse(failingSince!)).toBeLessThan(START_AT + 50 * MINUTE);
  expect(Date.parse(nextAttemptAt!)).toBeGreaterThanOrEqual(START_AT + 55 * MINUTE - 1_000);

  await clock.advance(5 * MINUTE);
  const down = await checked();
  expect(down).toMatchObject({ http: 503, status: 'error', tokens: { status: 'down' } });
  expect(down.first).toMatchObject({ health: 'down', state: 'expired', failingSince });
  expect(down.first).not.toHaveProperty('tokenUsableUntil');

  vendor.reset();
  await clock.advance(MINUTE);
  const recovered = await checked();
  expect(recovered).toMatchObject({ http: 200, status: 'ok', first: { health: 'up', state: 'fresh' } });
  expect(recovered.first).not.toHaveProperty('error');
  expectNoSecret(bodies.join('\n'), [vendor.apiKey, token.value, tokens.peek()!.value]);
});

test('refused credentials are down, and told without the key', async () => {
  const vendor = await fakeSparkfly();
  const { check } = await startHealthApp({ sparkfly: sparkflyAccount(vendor, { key: 'a-wrong-key' }) });
  await until(() => vendor.counters.tokenRequests > 0);
  let answer = await check();
  while (answer.first.health === 'idle') answer = await check();
  expect(answer).toMatchObject({ http: 503, first: { state: 'denied', error: { code: 'CREDENTIALS_REJECTED' } } });
  expectNoSecret(answer.text, ['a-wrong-key', vendor.identity]);
});

test('a slow vendor: idle is up during boot, and with requireToken down until the first token is there', async () => {
  const vendor = await fakeVerbit();
  let answerAtLast = (): void => {};
  const asked = new Promise<string>((resolve) => (answerAtLast = () => resolve(vendor.apiKey)));
  const verbit = verbitAccount(vendor, { apiKey: () => asked });
  const { check, indicator } = await startHealthApp({ verbit }, { requireToken: true });
  expect(await check()).toMatchObject({ http: 503, tokens: { status: 'down' }, first: { health: 'idle' } });
  expect(indicator.check()['auth-apis']).toMatchObject({ status: 'up', accounts: [{ health: 'idle' }] });
  answerAtLast();
  let answer = await check();
  while (answer.http === 503) answer = await check();
  expect(answer).toMatchObject({ http: 200, first: { health: 'up' } });
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('named accounts alone decide; one that the options do not have is an error that lists theirs', async () => {
  const [vendor, broken] = [await fakeSparkfly(), await fakeSparkfly()];
  broken.failNext({ status: 503, times: Infinity });
  const sparkfly = [sparkflyAccount(vendor), sparkflyAccount(broken, { name: 'east' })];
  const { apis, indicator, check } = await startHealthApp({ prefetch: 'none', sparkfly }, { accounts: [] });
  await apis.client('sparkfly').tokens.get();
  await apis
    .client('sparkfly', 'east')
    .tokens.refresh()
    .catch(() => {});
  const statusOf = (...accounts: { api: string; account?: string }[]) =>
    indicator.check('tokens', accounts.length ? { accounts } : {}).tokens;
  expect(statusOf()).toMatchObject({ status: 'down', accounts: [{ account: 'default' }, { account: 'east' }] });
  expect(statusOf({ api: 'sparkfly' })).toMatchObject({ status: 'up', accounts: [{ account: 'default' }] });
  expect(statusOf({ api: 'sparkfly', account: 'east' })).toMatchObject({ status: 'down' });
  const error = errorOf(() => statusOf({ api: 'sparkfly', account: 'west' }));
  expect(isUnknownAccountError(error)).toBe(true);
  expect(error).toMatchObject({ api: 'sparkfly', account: 'west' });
  expect(error.message).toMatch(/sparkfly "west".*they have: sparkfly, sparkfly "east"$/);
  expect(isUnknownAccountError(errorOf(() => statusOf({ api: 'verbit' })))).toBe(true);
  expect(await check()).toMatchObject({ http: 200, tokens: { accounts: [] } });
});

test('accounts that are looked up are counted and decide nothing, however many there are', async () => {
  const [vendor, broken] = [await fakeSparkfly(), await fakeSparkfly()];
  const credentials = { identity: vendor.identity, key: vendor.key };
  const resolve = (id: string) =>
    id.startsWith('bad') ? { ...credentials, key: 'wrong-key' } : id.startsWith('no') ? undefined : credentials;
  const lookup = { baseURL: vendor.baseURL, accounts: { resolve } };
  const sparkfly = [sparkflyAccount(broken, { name: 'own' }), lookup];
  const { apis, check, indicator } = await startHealthApp({ prefetch: 'none', sparkfly });
  expect((await check()).tokens).not.toHaveProperty('dynamicAccounts');
  const open = async (kind: string, count: number) => {
    const ids = Array.from({ length: count }, (_, i) => `${kind}-${i}`);
    await Promise.all(
      ids.map((id) =>
        apis
          .client('sparkfly', id)
          .tokens.get()
          .catch(() => {}),
      ),
    );
  };
  await Promise.all([open('good', 5), open('bad', 4), open('nobody', 3)]);
  const few = await check();
  expect(few).toMatchObject({
    http: 200,
    tokens: { status: 'up', dynamicAccounts: { up: 5, failing: 0, down: 4, idle: 0 } },
  });
  await open('better', 500);
  const many = await check();
  expect(many.tokens.dynamicAccounts).toMatchObject({ up: 505, down: 4 });
  expect(many.tokens.accounts.map(({ account }) => account)).toEqual(['own']);
  expect(many.text.length - few.text.length).toBeLessThan(10);
  const named = indicator.check('tokens', { accounts: [{ api: 'sparkfly', account: 'own' }] }).tokens;
  expect(named).not.toHaveProperty('dynamicAccounts');
  expect(errorOf(() => indicator.check('x', { accounts: [{ api: 'sparkfly', account: 'good-1' }] }))).toMatchObject({
    code: 'UNKNOWN_ACCOUNT',
  });
});

test('a store that cannot be had is told, and calls go on: up', async () => {
  const vendor = await fakeVerbit();
  const broken = async (): Promise<never> => {
    throw new Error('no connection');
  };
  const store: TokenStore = { acquire: broken, save: broken, release: broken };
  const { apis, check } = await startHealthApp({ prefetch: 'none', store, verbit: verbitAccount(vendor) });
  expect(await check()).toMatchObject({ http: 200, tokens: { store: 'up' } });
  await apis.client('verbit').tokens.get();
  expect(await check()).toMatchObject({ http: 200, tokens: { status: 'up', store: 'down' } });
});

test('after the end of the app everything is down', async () => {
  const vendor = await fakeVerbit();
  const { app, apis, indicator } = await startHealthApp({ prefetch: 'none', verbit: verbitAccount(vendor) });
  await apis.client('verbit').tokens.get();
  await app.close();
  const { status, accounts } = indicator.check()['auth-apis'];
  expect({ status, accounts }).toEqual({
    status: 'down',
    accounts: [{ api: 'verbit', account: 'default', health: 'down', state: 'closed' }],
  });
});

test('the accounts are found where AuthApisModule is not global, and missing ones are told at boot', async () => {
  const vendor = await fakeVerbit();
  const { check } = await startHealthApp({ isGlobal: false, prefetch: 'await', verbit: verbitAccount(vendor) });
  expect(await check()).toMatchObject({ http: 200, first: { health: 'up' } });
  const lonely = await Test.createTestingModule({ imports: [AuthApisHealthModule] }).compile();
  const error = await failureOf<AuthApisOptionsError>(lonely.init());
  expect(isAuthApisOptionsError(error)).toBe(true);
  expect(error.message).toMatch(/AuthApisHealthModule.*\n.*AuthApis is nowhere.*import AuthApisModule.forRoot\(\)/);
});

function errorOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it succeeded');
}
