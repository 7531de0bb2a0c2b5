import type { ModuleMetadata } from '@nestjs/common';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthApisModule, isAuthApisOptionsError, SparkflyClient } from 'nestjs-auth-apis';
import { expect, onTestFinished, test } from 'vitest';

@Injectable()
class Consumer {
  constructor(readonly sparkfly: SparkflyClient) {}
}

@Module({ imports: [AuthApisModule], providers: [Consumer], exports: [Consumer] })
class Feature {}

async function start(metadata: ModuleMetadata) {
  const testing = await Test.createTestingModule(metadata).compile();
  onTestFinished(() => testing.close());
  return testing.init();
}

// The first in the file: what counts is whether anything in the process has registered accounts.
test.each<[string, ModuleMetadata]>([
  ['alone', { imports: [AuthApisModule] }],
  ['beside a provider that injects a client', { imports: [AuthApisModule], providers: [Consumer] }],
  ['beside a controller that does', { imports: [AuthApisModule], controllers: [Consumer] }],
  ['in a feature', { imports: [Feature] }],
])('imported %s without forRoot(), the app does not start and is told why', async (_, metadata) => {
  const error: unknown = await start(metadata).catch((reason: unknown) => reason);
  expect(isAuthApisOptionsError(error)).toBe(true);
  expect(String(error)).toContain('call AuthApisModule.forRoot(...) or forRootAsync(...) there');
});

test('a feature may import it as it is where the root module has forRoot()', async () => {
  const registered = AuthApisModule.forRoot({ prefetch: 'none', sparkfly: { identity: 'me', key: 'a-key' } });
  const app = await start({ imports: [registered, Feature] });
  expect(app.get(Consumer).sparkfly).toBe(app.get(SparkflyClient));
});

test('one registration may be imported twice', async () => {
  const registered = AuthApisModule.forRoot({ prefetch: 'none', sparkfly: { identity: 'me', key: 'a-key' } });
  @Module({ imports: [registered], providers: [Consumer], exports: [Consumer] })
  class Second {}
  const app = await start({ imports: [registered, Second] });
  expect(app.get(Consumer).sparkfly).toBe(app.get(SparkflyClient));
});
