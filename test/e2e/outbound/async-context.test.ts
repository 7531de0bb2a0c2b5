import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApis, AuthApisModule, SparkflyClient, systemClock } from 'nestjs-auth-apis';
import { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';

const request = new AsyncLocalStorage<string>();

/** An app that looks its accounts up, with tokens of two seconds; what it is asked, and in whose request. */
async function setUp() {
  const vendor = await FakeSparkfly.start({ tokenLifetimeMs: 2_000 });
  const whose: Record<'resolved' | 'told' | 'logged', (string | undefined)[]> = { resolved: [], told: [], logged: [] };
  const resolve = () => {
    whose.resolved.push(request.getStore());
    return { identity: vendor.identity, key: vendor.key };
  };
  const note = (): void => void whose.logged.push(request.getStore());
  const logger = { log: note, warn: note, error: note, debug: note };
  @Module({
    imports: [
      AuthApisModule.forRoot({ sparkfly: { baseURL: vendor.baseURL, tokenLifetimeMs: 2_000, accounts: { resolve } } }),
    ],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger });
  onTestFinished(async () => {
    await app.close();
    await vendor.close();
    Logger.overrideLogger(false);
  });
  app.get(AuthApis).events$.subscribe(() => whose.told.push(request.getStore()));
  whose.logged.length = 0;
  return { whose, vendor, client: app.get(SparkflyClient) };
}

test('what callers share happens in nobody’s request: lookups, events, log lines, now and at the next refresh', async () => {
  const { whose, vendor, client } = await setUp();
  const call = (): Promise<unknown> => firstValueFrom(client.for('acme').get('/offers'));
  await request.run('of Alice', call);
  // It is in use, so it is refreshed when nobody calls.
  await vi.waitFor(() => expect(whose.resolved.length).toBeGreaterThan(1), { timeout: 5_000 });
  vendor.failNext({ status: 503 });
  await request.run('of Bob', call);
  await vi.waitFor(() => expect(whose.logged.length).toBeGreaterThan(0), { timeout: 5_000 });
  expect(new Set(whose.resolved)).toEqual(new Set([undefined]));
  expect(new Set(whose.told)).toEqual(new Set([undefined]));
  expect(new Set(whose.logged)).toEqual(new Set([undefined]));
}, 15_000);

test('what a call does stays in its own request', async () => {
  const { whose, vendor, client } = await setUp();
  client.axiosRef.interceptors.response.use((response) => Object.assign(response, { of: request.getStore() }));
  const call = (): Promise<unknown> => firstValueFrom(client.for('acme').get('/offers'));
  const both = await Promise.all(['of Alice', 'of Bob'].map((each) => request.run(each, call)));
  expect(both).toMatchObject([{ of: 'of Alice' }, { of: 'of Bob' }]);
  vendor.expireTokens();
  whose.told.length = 0;
  await request.run('of Bob', call);
  // That a call was refused, and repeated, is told in its request; that a token was asked for is not.
  expect(whose.told).toContain('of Bob');
  expect(whose.told).toContain(undefined);
});

test('a timer of the clock belongs to nobody either', async () => {
  const seen = await new Promise((resolve) => {
    request.run('of Alice', () => systemClock.schedule(() => resolve(request.getStore() ?? 'nobody’s'), 1));
  });
  expect(seen).toBe('nobody’s');
});
