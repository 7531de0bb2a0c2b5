import { Test } from '@nestjs/testing';
import { metrics, trace } from '@opentelemetry/api';
import { accountsFor, AuthApis, AuthApisModule, SparkflyClient } from 'nestjs-auth-apis';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { VERSION } from '../../../lib/common/version.js';
import { acme, acmeOf, acmeVendor, oneAccount } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { MemoryStore } from '../../support/memory-store.js';
import { startPrometheus, Telemetry, traced } from '../../support/telemetry.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const account = { 'auth_apis.api': 'sparkfly', 'auth_apis.account': 'default' };

/** An app whose providers are the global ones, or those of `telemetry`. */
async function start(telemetry?: Telemetry) {
  const vendor = await fakeSparkfly();
  const imports = [telemetry?.module ?? AuthApisOpenTelemetryModule];
  const app = await startApp({ prefetch: 'none', sparkfly: sparkflyAccount(vendor) }, { imports });
  return { vendor, app, client: app.get(SparkflyClient) };
}

test('a plain import speaks to the global providers', async () => {
  const telemetry = new Telemetry();
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  trace.setGlobalTracerProvider(telemetry.tracerProvider);
  onTestFinished(() => {
    metrics.disable();
    trace.disable();
  });
  const { client } = await start();
  await traced(telemetry, () => firstValueFrom(client.get('/offers')));
  expect(await telemetry.value('auth_apis.token.wait.duration', account)).toBe(1);
  expect(telemetry.spans('auth_apis.token.request')).toHaveLength(1);
});

test('without an SDK nothing is different', async () => {
  const { client, vendor } = await start();
  await firstValueFrom(client.get('/offers'));
  vendor.failNext({ status: 503 });
  expect(await failureOf(client.tokens.refresh())).toMatchObject({ code: 'TOKEN_REQUEST_FAILED' });
});

test('AuthApisModule need not be global; without one the boot fails', async () => {
  const telemetry = new Telemetry();
  const vendor = await fakeSparkfly();
  const own = AuthApisModule.forRoot({ isGlobal: false, prefetch: 'none', sparkfly: sparkflyAccount(vendor) });
  const app = await Test.createTestingModule({ imports: [telemetry.module, own] }).compile();
  onTestFinished(() => app.close());
  await app.init();
  await app.get(SparkflyClient, { strict: false }).tokens.get();
  expect(await telemetry.value('auth_apis.token.wait.duration', account)).toBe(1);
  const alone = await Test.createTestingModule({ imports: [AuthApisOpenTelemetryModule] }).compile();
  expect(await failureOf(alone.init())).toMatchObject({ code: 'INVALID_OPTIONS' });
});

test('after the end of an app nothing is watched, counted or observed any more; another one goes on', async () => {
  const telemetry = new Telemetry();
  const [first, second] = [await start(telemetry), await start(telemetry)];
  await first.client.tokens.get();
  await second.client.tokens.get();
  const [removed, observed] = [spyOnRemovals(telemetry), vi.spyOn(AuthApis.prototype, 'pools', 'get')];
  onTestFinished(() => void vi.restoreAllMocks());
  await first.app.close();
  await telemetry.collect();
  expect(removed).toHaveBeenCalledTimes(1);
  expect(observed.mock.contexts).toEqual([second.app.get(AuthApis)]);
  await failureOf(first.client.tokens.refresh());
  await second.client.tokens.refresh();
  const attributes = { ...account, 'auth_apis.token.source': 'vendor' };
  expect(await telemetry.points('auth_apis.token.request.duration')).toEqual([{ attributes, value: 3 }]);
  expect(telemetry.spans('auth_apis.token.request')).toHaveLength(3);
});

/** All meters of one name are one. */
function spyOnRemovals({ meterProvider }: Telemetry) {
  return vi.spyOn(meterProvider.getMeter('nestjs-auth-apis', VERSION), 'removeBatchObservableCallback');
}

test('a store’s operations are timed by how they end; whether it is up, and what came from it, is told', async () => {
  const [telemetry, vendor, store] = [new Telemetry(), await acmeVendor(), new MemoryStore()];
  const apis = [accountsFor(acme, oneAccount()(vendor))];
  const startOne = async () =>
    acmeOf(await startApp({ prefetch: 'none', apis, store }, { imports: [telemetry.module] }));
  const [first, second] = [await startOne(), await startOne()];
  await first.client.tokens.get();
  await second.client.tokens.get();
  expect(vendor.asks).toHaveLength(1);
  const whose = { 'auth_apis.api': 'acme', 'auth_apis.account': 'default' };
  for (const source of ['vendor', 'store']) {
    const from = { ...whose, 'auth_apis.token.source': source };
    expect(await telemetry.value('auth_apis.token.obtained', from)).toBe(1);
    expect(await telemetry.value('auth_apis.token.request.duration', from)).toBe(1);
  }
  expect(await telemetry.value('auth_apis.store.up')).toBe(1);
  store.isDown = true;
  await first.client.tokens.refresh();
  await second.client.tokens.refresh();
  expect(await telemetry.value('auth_apis.store.up')).toBe(0);
  const operations = (name: string, more = {}) =>
    telemetry.value('auth_apis.store.operation.duration', { 'auth_apis.store.operation.name': name, ...more });
  expect(await operations('acquire')).toBe(2);
  expect(await operations('save')).toBe(1);
  expect(await operations('acquire', { 'error.type': '_OTHER' })).toBe(2);
  expect(JSON.stringify(await telemetry.collect())).not.toMatch(/fake-key|no connection/);
});

test('a Prometheus gets all of it', async () => {
  const { meterProvider, scrape } = await startPrometheus();
  const vendor = await fakeSparkfly();
  const app = await startApp(
    { prefetch: 'none', sparkfly: sparkflyAccount(vendor, { name: 'east' }) },
    { imports: [AuthApisOpenTelemetryModule.forRoot({ meterProvider })] },
  );
  await firstValueFrom(app.get(AuthApis).client('sparkfly', 'east').get('/offers'));
  const lines = (await scrape()).split('\n');
  const scope = `otel_scope_name="nestjs-auth-apis",otel_scope_version="${VERSION}"`;
  const east = 'auth_apis_api="sparkfly",auth_apis_account="east"';
  expect(lines).toContain(`auth_apis_token_count{${east},auth_apis_token_health="up",${scope}} 1`);
  expect(lines).toContain(`auth_apis_token_count{${east},auth_apis_token_health="down",${scope}} 0`);
  expect(lines).toContain(`auth_apis_token_obtained_total{${east},auth_apis_token_source="vendor",${scope}} 1`);
  expect(lines).toContain('# UNIT auth_apis_token_time_to_expiry s');
  const [seconds] = lines.filter((line) => line.startsWith('auth_apis_token_time_to_expiry{'));
  expect(Number(seconds!.split(' ').at(-1))).toBeCloseTo(24 * 3_600, -2);
});
