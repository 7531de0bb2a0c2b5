import type { TokenUnavailableError } from 'nestjs-auth-apis';
import { isTokenRateLimitError, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeApp } from '../../support/acme.js';
import { acmeApp, json, keyOf, lookingUp } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

async function budgetApp(maxTokenRequestsPerMinute: number) {
  const clock = new ManualClock();
  const app = await acmeApp(lookingUp({}, { maxTokenRequestsPerMinute }), { clock });
  return { clock, ...app };
}

const call = ({ client }: AcmeApp, id: string) => firstValueFrom(client.for(id).get('/things'));

/** Lets a call fail that the clock must go on for. */
const failureIfAny = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

/** The most requests that came within any minute, but for a millisecond: wall time is a sum of fractions. */
const mostInAMinute = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE - 1).length));

test('when the budget is spent a caller without a token gets a typed error with the time from which there is more', async () => {
  const app = await budgetApp(3);
  for (const id of ['a', 'b', 'c']) await call(app, id);
  await app.clock.advance(20 * SECOND);
  const error = await failureOf<TokenUnavailableError>(call(app, 'd'));
  expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', api: 'acme', account: 'd', retryable: true });
  expect(isTokenRateLimitError(error.cause)).toBe(true);
  expect(error.retryAt).toBe(app.clock.wallNow() + 40 * SECOND);
  expect(error.message).toContain('acme: 3 token requests a minute are spent (maxTokenRequestsPerMinute)');
  expect(app.vendor.asks).toHaveLength(3);
});

test('the time that is told is true: right before it there is no token, at it there is', async () => {
  const app = await budgetApp(2);
  for (const id of ['a', 'b']) await call(app, id);
  const { retryAt } = await failureOf<TokenUnavailableError>(call(app, 'c'));
  await app.clock.advance(retryAt! - app.clock.wallNow() - 20 * SECOND);
  await failureOf(call(app, 'c'));
  await app.clock.advance(20 * SECOND);
  expect((await call(app, 'c')).status).toBe(200);
  expect(app.vendor.asksOf('c')).toHaveLength(1);
});

test('tokens that live are served as ever', async () => {
  const app = await budgetApp(2);
  for (const id of ['a', 'b']) await call(app, id);
  await failureOf(call(app, 'c'));
  for (let i = 0; i < 20; i++) for (const id of ['a', 'b']) await call(app, id);
  expect(app.vendor.asks).toHaveLength(2);
  expect(app.vendor.refusedCalls).toHaveLength(0);
});

test('within no minute does the vendor see more than the budget, and it is used in full', async () => {
  const app = await budgetApp(5);
  const calls: Promise<unknown>[] = [];
  for (let second = 0; second < 300; second += 5) {
    calls.push(failureIfAny(call(app, `t-${second}`)), failureIfAny(call(app, `u-${second}`)));
    await app.clock.advance(5 * SECOND);
  }
  await Promise.all(calls);
  expect(mostInAMinute(app.vendor.askedAt)).toBe(5);
  expect(app.vendor.asks.length).toBeGreaterThanOrEqual(25);
  expect(app.vendor.asks.length).toBeLessThanOrEqual(30);
});

test('refreshes, retries and both of a pair of secrets count', async () => {
  const clock = new ManualClock();
  const resolve = (id: string) => ({ appId: id, appKey: ['wrong', keyOf(id)] as const });
  const app = await acmeApp(lookingUp({ resolve }, { maxTokenRequestsPerMinute: 4 }), { clock });
  for (const id of ['a', 'b']) await call(app, id);
  expect(app.vendor.asks).toHaveLength(4);
  expect(await failureOf(call(app, 'c'))).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  app.vendor.intercept = (_, response) => (json(response, 503, {}), true);
  const calls: Promise<unknown>[] = [];
  for (let minute = 0; minute < 40; minute++) {
    calls.push(...['a', 'b', 'c', 'd'].map((id) => failureIfAny(call(app, id))));
    await clock.advance(MINUTE);
  }
  await Promise.all(calls);
  expect(mostInAMinute(app.vendor.askedAt)).toBe(4);
});

test('raw authentication calls count too, and are told in the same words', async () => {
  const app = await budgetApp(2);
  const { authentication } = app.client.for('a');
  await authentication.auth();
  await authentication.auth();
  const error = await failureOf(authentication.auth());
  expect(error).toMatchObject({ name: 'TokenRateLimitError', code: 'TOKEN_RATE_LIMITED', retryable: true });
  expect(error).toMatchObject({ api: 'acme', retryAt: app.clock.wallNow() + MINUTE });
  expect(await failureOf(call(app, 'b'))).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  expect(app.vendor.asks).toHaveLength(2);
});

test('those who are turned away again and again do not make others wait for longer than the budget does', async () => {
  const app = await budgetApp(2);
  const { authentication } = app.client.for('a');
  for (let i = 0; i < 100; i++) await authentication.auth().catch(() => {});
  const error = await failureOf<TokenUnavailableError>(call(app, 'b'));
  expect(error.retryAt! - app.clock.wallNow()).toBeLessThanOrEqual(2 * MINUTE);
  await app.clock.advance(2 * MINUTE);
  expect((await call(app, 'b')).status).toBe(200);
});

test('refresh() by hand spends the budget, and is refused when there is none', async () => {
  const app = await budgetApp(2);
  const { tokens } = app.client.for('a');
  await tokens.refresh();
  const { value } = await tokens.refresh();
  expect(await failureOf(tokens.refresh())).toMatchObject({ code: 'TOKEN_RATE_LIMITED' });
  expect((await tokens.get()).value).toBe(value);
  expect(app.vendor.asks).toHaveLength(2);
});

test('a 401 while the budget is spent is the caller’s', async () => {
  const app = await budgetApp(1);
  await call(app, 'a');
  app.vendor.tokens.clear();
  const error = await failureOf(call(app, 'a'));
  expect(error.response?.status).toBe(401);
  expect(app.vendor.asks).toHaveLength(1);
});

test('a budget is of one API: others do not spend it', async () => {
  const [verbit, sparkfly] = [await fakeVerbit(), await fakeSparkfly()];
  const app = await startApp({
    prefetch: 'none',
    verbit: [verbitAccount(verbit, { maxTokenRequestsPerMinute: 1 }), verbitAccount(verbit, { name: 'captions' })],
    sparkfly: sparkflyAccount(sparkfly),
  });
  const client = app.get(VerbitClient);
  await firstValueFrom(client.get('/orders/1'));
  expect(await failureOf(client.for('captions').get('/orders/1'))).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  for (let i = 0; i < 3; i++) await app.get(SparkflyClient).tokens.refresh();
  expect([verbit.counters.tokenRequests, sparkfly.counters.tokenRequests]).toEqual([1, 3]);
});

test('there is none unless it is asked for', async () => {
  const { client, vendor } = await acmeApp();
  for (let i = 0; i < 200; i++) await client.for('a').tokens.refresh();
  expect(vendor.asks).toHaveLength(200);
});

test.each([0, -1, 1.5, NaN, '5', 1_000_001])('a budget of %s is refused at boot', async (maxTokenRequestsPerMinute) => {
  const budget = { maxTokenRequestsPerMinute: maxTokenRequestsPerMinute as number };
  const error = await failureOf(acmeApp(lookingUp({}, budget)));
  expect(error.message).toContain('apis[0].maxTokenRequestsPerMinute must be a whole number of token requests');
});
