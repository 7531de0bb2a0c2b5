import type { ModuleMetadata, Type } from '@nestjs/common';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, ModuleRef, ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { AuthApisOptions, AuthApisOptionsFactory } from 'nestjs-auth-apis';
import {
  AuthApis,
  AuthApisModule,
  getSparkflyClientToken,
  getVerbitClientToken,
  InjectSparkfly,
  InjectVerbit,
  OutboundAuthorizationInterceptor,
  SparkflyClient,
  TokenRefreshScheduler,
  VerbitClient,
} from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

@Injectable()
class Consumer {
  @InjectSparkfly('east')
  readonly eastByProperty!: SparkflyClient;
  @Inject(VerbitClient)
  readonly verbitByProperty!: VerbitClient;

  constructor(
    readonly sparkfly: SparkflyClient,
    readonly verbit: VerbitClient,
    @InjectSparkfly() readonly sparkflyByDecorator: SparkflyClient,
    @InjectSparkfly('east') readonly east: SparkflyClient,
    @InjectVerbit() readonly verbitByDecorator: VerbitClient,
    @InjectVerbit('captions') readonly captions: VerbitClient,
    readonly apis: AuthApis,
    readonly scheduler: TokenRefreshScheduler,
    readonly interceptor: OutboundAuthorizationInterceptor,
  ) {}
}

const options: AuthApisOptions = {
  prefetch: 'none',
  verbit: [{ apiKey: 'a-key' }, { name: 'captions', apiKey: 'b-key' }],
  sparkfly: [
    { identity: 'me', key: 'a-key' },
    { name: 'east', identity: 'me', key: 'b-key' },
  ],
};

async function start(metadata: ModuleMetadata) {
  const testing = await Test.createTestingModule(metadata).compile();
  testing.useLogger(false);
  onTestFinished(() => testing.close());
  return testing.init();
}

@Injectable()
class Vault {
  readonly options = options;
}

@Module({ providers: [Vault], exports: [Vault] })
class VaultModule {}

@Injectable()
class OptionsFactory implements AuthApisOptionsFactory {
  createAuthApisOptions(): Promise<AuthApisOptions> {
    return Promise.resolve(options);
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class FactoryModule {}

const registrations: [string, () => NonNullable<ModuleMetadata['imports']>[number]][] = [
  ['forRoot', () => AuthApisModule.forRoot(options)],
  ['forRootAsync with useFactory', () => AuthApisModule.forRootAsync({ useFactory: async () => options })],
  [
    'forRootAsync with imports and inject',
    () =>
      AuthApisModule.forRootAsync({
        imports: [VaultModule],
        inject: [Vault, { token: 'not there', optional: true }],
        useFactory: (vault: Vault, missing?: string) => (expect(missing).toBeUndefined(), vault.options),
      }),
  ],
  ['forRootAsync with useClass', () => AuthApisModule.forRootAsync({ useClass: OptionsFactory })],
  [
    'forRootAsync with useExisting',
    () => AuthApisModule.forRootAsync({ imports: [FactoryModule], useExisting: OptionsFactory }),
  ],
];

describe.each(registrations)('%s', (_, register) => {
  test('gives every client by class, by decorator and by property, and the registry beside them', async () => {
    const app = await start({ imports: [register()], providers: [Consumer] });
    const found = app.get(Consumer);
    expect(found.sparkfly).toBeInstanceOf(SparkflyClient);
    expect(found.verbit).toBeInstanceOf(VerbitClient);
    expect(found.sparkflyByDecorator).toBe(found.sparkfly);
    expect(found.verbitByDecorator).toBe(found.verbit);
    expect(found.verbitByProperty).toBe(found.verbit);
    expect(found.eastByProperty).toBe(found.east);
    expect(found.east).toBeInstanceOf(SparkflyClient);
    expect(found.east).not.toBe(found.sparkfly);
    expect(found.captions).not.toBe(found.verbit);
    expect(found.apis.client('sparkfly', 'east')).toBe(found.east);
    expect(found.apis.client('verbit')).toBe(found.verbit);
    expect(app.get(getSparkflyClientToken('east'))).toBe(found.east);
    expect(app.get(getVerbitClientToken())).toBe(found.verbit);
    expect(found.apis.statuses().map(({ api, account }) => `${api} ${account}`)).toEqual([
      'verbit default',
      'verbit captions',
      'sparkfly default',
      'sparkfly east',
    ]);
  });
});

test('request-scoped consumers share the one client, and so the one token', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {
    constructor(
      readonly sparkfly: SparkflyClient,
      @InjectSparkfly('east') readonly east: SparkflyClient,
    ) {}
  }
  const vendor = await fakeSparkfly();
  const sparkfly = [sparkflyAccount(vendor), sparkflyAccount(vendor, { name: 'east' })];
  const app = await start({
    imports: [AuthApisModule.forRootAsync({ useFactory: () => ({ prefetch: 'none', sparkfly }) })],
    providers: [PerRequest],
  });
  const resolve = () => app.resolve(PerRequest, ContextIdFactory.create());
  const consumers = await Promise.all([resolve(), resolve(), resolve()]);
  expect(new Set(consumers).size).toBe(3);
  expect(new Set(consumers.map((consumer) => consumer.east)).size).toBe(1);
  await Promise.all(consumers.map((consumer) => firstValueFrom(consumer.sparkfly.get('/offers'))));
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 3 });
});

function feature(imports: ModuleMetadata['imports'] = []): {
  module: Type;
  consumer: Type<{ sparkfly: SparkflyClient }>;
} {
  @Injectable()
  class FeatureConsumer {
    constructor(readonly sparkfly: SparkflyClient) {}
  }
  @Module({ imports, providers: [FeatureConsumer] })
  class Feature {}
  return { module: Feature, consumer: FeatureConsumer };
}

test('a module that does not import it can inject the clients: it is global', async () => {
  const { module, consumer } = feature();
  const app = await start({ imports: [AuthApisModule.forRoot(options), module] });
  expect(app.get(consumer, { strict: false }).sparkfly).toBeInstanceOf(SparkflyClient);
});

test.each([
  ['forRoot', () => AuthApisModule.forRoot({ ...options, isGlobal: false })],
  ['forRootAsync', () => AuthApisModule.forRootAsync({ isGlobal: false, useFactory: () => options })],
])('with isGlobal: false under %s only modules that import it can', async (_, register) => {
  const without = feature();
  await expect(start({ imports: [register(), without.module] })).rejects.toThrow(/SparkflyClient/);
  const registered = register();
  const within = feature([registered]);
  const app = await start({ imports: [registered, within.module] });
  expect(app.get(within.consumer, { strict: false }).sparkfly).toBeInstanceOf(SparkflyClient);
});

test('what Nest logs of its modules cannot be taken for modules of the app', async () => {
  const app = await start({ imports: [AuthApisModule.forRoot(options)] });
  const names = [...app.get(ModulesContainer).values()].map(({ name }) => name);
  const ofNest = /^(InternalCoreModule|RootTestModule)$/;
  const ours = names.filter((name) => !ofNest.test(name));
  expect(ours).toContain('AuthApisModule');
  expect(ours.filter((name) => !name.startsWith('AuthApis'))).toEqual([]);
});

test('five modules that import it have one client and one token between them', async () => {
  const vendor = await fakeSparkfly();
  const registered = AuthApisModule.forRoot({ isGlobal: false, sparkfly: sparkflyAccount(vendor) });
  const features = Array.from({ length: 5 }, () => feature([registered]));
  const app = await start({ imports: features.map(({ module }) => module) });
  const clients = features.map(({ consumer }) => app.get(consumer, { strict: false }).sparkfly);
  expect(new Set(clients).size).toBe(1);
  await Promise.all(clients.map((client) => firstValueFrom(client.get('/offers'))));
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 5, apiUnauthorized: 0 });
});

test('two apps in one process do not cross', async () => {
  const [one, two] = [await fakeVerbit(), await fakeVerbit()];
  const first = await start({ imports: [AuthApisModule.forRoot({ verbit: verbitAccount(one) })] });
  const second = await start({ imports: [AuthApisModule.forRoot({ verbit: verbitAccount(two) })] });
  expect(first.get(VerbitClient)).not.toBe(second.get(VerbitClient));
  await firstValueFrom(first.get(VerbitClient).get('/orders/1'));
  await first.close();
  await firstValueFrom(second.get(VerbitClient).get('/orders/1'));
  expect(one.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
  expect(two.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
});

test('names that another app of the process uses are no concern of an app without them', async () => {
  await start({ imports: [AuthApisModule.forRoot(options)], providers: [Consumer] });
  const { module, consumer } = feature();
  const app = await start({
    imports: [AuthApisModule.forRoot({ prefetch: 'none', sparkfly: { identity: 'me', key: 'a-key' } }), module],
  });
  expect(app.get(consumer, { strict: false }).sparkfly).toBeInstanceOf(SparkflyClient);
  expect(app.get(ModuleRef)).toBeDefined();
});
