import type { TokenStore } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, getAuthClientToken } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeClient } from '../../support/acme.js';
import { acme, acmeOf, acmeVendor, everyId, keyOf } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { Telemetry } from '../../support/telemetry.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

const verbit = { 'auth_apis.api': 'verbit', 'auth_apis.account': 'default' };
const east = { 'auth_apis.api': 'sparkfly', 'auth_apis.account': 'east' };

/** Both vendors, each with an account, on a clock that stands still. */
async function setUp() {
  const clock = new ManualClock();
  const telemetry = new Telemetry();
  const [verbitVendor, sparkflyVendor] = [await fakeVerbit({ clock }), await fakeSparkfly({ clock })];
  const app = await startApp(
    {
      clock,
      prefetch: 'none',
      refresh: { enabled: false },
      verbit: verbitAccount(verbitVendor),
      sparkfly: sparkflyAccount(sparkflyVendor, { name: 'east', tokenLifetimeMs: 60_000 }),
    },
    { imports: [telemetry.module] },
  );
  const apis = app.get(AuthApis);
  return { app, clock, telemetry, verbitVendor, sparkflyVendor, apis, client: apis.client('sparkfly', 'east') };
}

/** How the accounts stand: for each health how many. */
async function healthCounts(telemetry: Telemetry, whose: object): Promise<Record<string, number | undefined>> {
  const of = (health: string) =>
    telemetry.value('auth_apis.token.count', { ...whose, 'auth_apis.token.health': health });
  return { up: await of('up'), failing: await of('failing'), down: await of('down'), idle: await of('idle') };
}

test('an account goes from idle to up, to failing, to down, and says for how long its token lives', async () => {
  const { clock, telemetry, client, sparkflyVendor } = await setUp();
  const left = () => telemetry.value('auth_apis.token.time_to_expiry', east);
  expect(await healthCounts(telemetry, east)).toEqual({ up: 0, failing: 0, down: 0, idle: 1 });
  expect(await healthCounts(telemetry, verbit)).toEqual({ up: 0, failing: 0, down: 0, idle: 1 });
  expect(await left()).toBe(0);
  await client.tokens.get();
  expect(await healthCounts(telemetry, east)).toEqual({ up: 1, failing: 0, down: 0, idle: 0 });
  expect(await left()).toBe(60);
  await clock.advance(10_000);
  expect(await left()).toBe(50);
  sparkflyVendor.failNext({ status: 503, times: 1_000 });
  await failureOf(client.tokens.refresh());
  expect(await healthCounts(telemetry, east)).toEqual({ up: 0, failing: 1, down: 0, idle: 0 });
  await clock.advance(50_000);
  expect(await healthCounts(telemetry, east)).toEqual({ up: 0, failing: 0, down: 1, idle: 0 });
  expect(await left()).toBe(0);
});

test('a token that lives by one clock alone has no time left; where there is no store, none is told', async () => {
  const { clock, telemetry, client } = await setUp();
  await client.tokens.get();
  clock.jumpWall(3_600_000);
  expect(client.tokens.peek()).toBeDefined();
  expect(await telemetry.value('auth_apis.token.time_to_expiry', east)).toBe(0);
  expect(await telemetry.points('auth_apis.store.up')).toEqual([]);
});

test('attempts are timed by how they end, tokens counted by where they came from', async () => {
  const { telemetry, client, sparkflyVendor } = await setUp();
  await client.tokens.get();
  sparkflyVendor.failNext({ status: 503 });
  await failureOf(client.tokens.refresh());
  sparkflyVendor.failNext({ status: 401 });
  await failureOf(client.tokens.refresh());
  await client.tokens.refresh();
  const name = 'auth_apis.token.request.duration';
  expect(await telemetry.value(name, { ...east, 'auth_apis.token.source': 'vendor' })).toBe(2);
  expect(await telemetry.value(name, { ...east, 'error.type': 'TOKEN_REQUEST_FAILED' })).toBe(1);
  expect(await telemetry.value(name, { ...east, 'error.type': 'CREDENTIALS_REJECTED' })).toBe(1);
  expect(await telemetry.value('auth_apis.token.obtained', { ...east, 'auth_apis.token.source': 'vendor' })).toBe(2);
});

test('durations are seconds, in buckets made for them', async () => {
  const { clock, telemetry, client, sparkflyVendor } = await setUp();
  sparkflyVendor.setLatency(60_000);
  const call = failureOf(client.tokens.refresh());
  await clock.advance(5_000);
  await call;
  const metric = (await telemetry.collect()).find(({ descriptor }) => descriptor.name.endsWith('request.duration'))!;
  expect(metric.descriptor.unit).toBe('s');
  const { sum, buckets } = metric.dataPoints[0]!.value as { sum: number; buckets: { boundaries: number[] } };
  expect(sum).toBe(5);
  expect(buckets.boundaries).toContain(7.5);
});

test('who waits is timed, who finds the token is not', async () => {
  const { telemetry, client, sparkflyVendor } = await setUp();
  const calls = Array.from({ length: 10 }, () => firstValueFrom(client.get('/offers')));
  await Promise.all(calls);
  const waited = () => telemetry.value('auth_apis.token.wait.duration', east);
  expect(await waited()).toBe(10);
  for (let i = 0; i < 5; i++) await firstValueFrom(client.get('/offers'));
  expect(await waited()).toBe(10);
  expect(sparkflyVendor.counters.tokenRequests).toBe(1);
  await failureOf(client.tokens.get({ signal: AbortSignal.abort('anything: fake-key'), minRemainingMs: 1 }));
  const left = { ...east, 'error.type': '_OTHER' };
  expect(await telemetry.value('auth_apis.token.wait.duration', left)).toBe(1);
});

test('a refresh by hand that fails is no call without a token', async () => {
  const { telemetry, client, sparkflyVendor } = await setUp();
  await client.tokens.get();
  sparkflyVendor.failNext({ status: 503, times: 3 });
  for (let i = 0; i < 3; i++) await failureOf(client.tokens.refresh());
  expect(await telemetry.points('auth_apis.token.wait.duration')).toEqual([{ attributes: east, value: 1 }]);
});

test('a 401 is a rejection and a retry, and says whether the retry was taken', async () => {
  const { telemetry, client, sparkflyVendor } = await setUp();
  await client.tokens.get();
  sparkflyVendor.revokeTokens();
  await firstValueFrom(client.get('/offers'));
  sparkflyVendor.rejectNext(2);
  await failureOf(client.get('/offers'));
  expect(await telemetry.value('auth_apis.token.rejections', east)).toBe(2);
  const retries = (accepted: boolean) =>
    telemetry.value('auth_apis.call.retries', { ...east, 'auth_apis.call.retry.accepted': accepted });
  expect([await retries(true), await retries(false)]).toEqual([1, 1]);
});

/** Has a token for everybody, so that nobody need ask a vendor. */
const generousStore: TokenStore = {
  acquire: async (key) => ({ value: `token-of-${key}`, generation: 1, lifetimeMs: 3_600_000, ageMs: 0 }),
  save: async () => 1,
  release: async () => {},
};

test('ten thousand accounts that are looked up, and tokens with parameters, have one name together: none', async () => {
  const [telemetry, vendor] = [new Telemetry(), await acmeVendor()];
  const own = { baseURL: vendor.baseURL, name: 'own', appId: 'own', appKey: keyOf('own') };
  const lookup = { baseURL: vendor.baseURL, accounts: { resolve: everyId, maxAccounts: 10_000 } };
  const apis = [accountsFor(acme, [own, lookup])];
  const app = await startApp({ prefetch: 'none', apis, store: generousStore }, { imports: [telemetry.module] });
  const { client } = acmeOf(app);
  const others = { 'auth_apis.api': 'acme' };
  expect(await healthCounts(telemetry, others)).toEqual({ up: 0, failing: 0, down: 0, idle: 0 });
  for (let i = 0; i < 10_000; i++) await client.for(`tenant-${i}`).tokens.get();
  const fixed = app.get<AcmeClient>(getAuthClientToken(acme, 'own'));
  await fixed.tokens.get();
  for (let i = 0; i < 50; i++) await fixed.for({ user: `user-${i}` }).tokens.get();
  expect(await healthCounts(telemetry, others)).toEqual({ up: 10_000, failing: 0, down: 0, idle: 0 });
  expect(await healthCounts(telemetry, { ...others, 'auth_apis.account': 'own' })).toMatchObject({ up: 1 });
  const evicted = { ...others, 'auth_apis.token.eviction.reason': 'capacity' };
  expect(await telemetry.value('auth_apis.token.evictions', evicted)).toBe(50);
  const fromStore = { ...others, 'auth_apis.token.source': 'store' };
  expect(await telemetry.value('auth_apis.token.request.duration', fromStore)).toBe(10_050);
  const all = await telemetry.collect();
  expect(all.flatMap(({ dataPoints }): unknown[] => dataPoints)).toHaveLength(18);
  expect(JSON.stringify(all)).not.toMatch(/tenant-|user-|token-of-/);
}, 30_000);
