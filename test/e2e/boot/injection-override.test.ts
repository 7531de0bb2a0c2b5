import type { CanActivate, DynamicModule, MiddlewareConsumer, NestMiddleware, NestModule } from '@nestjs/common';
import { Controller, forwardRef, Inject, Injectable, Module, Optional, Scope, UseGuards } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { ScheduleModule, Timeout } from '@nestjs/schedule';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import {
  AuthApis,
  AuthApisModule,
  getSparkflyClientToken,
  InjectSparkfly,
  InjectVerbit,
  SparkflyClient,
  VerbitClient,
} from 'nestjs-auth-apis';
import { firstValueFrom, of } from 'rxjs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startApp } from '../../support/app.js';
import { until } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const account = { identity: 'me', key: 'a-key' };

@Injectable()
class Offers {
  constructor(@InjectSparkfly('east') private readonly east: SparkflyClient) {}
  list(): Promise<unknown> {
    return firstValueFrom(this.east.get('/offers'));
  }
}

const both: [string, (options: AuthApisOptions) => DynamicModule][] = [
  ['forRoot', (options) => AuthApisModule.forRoot(options)],
  ['forRootAsync', (options) => AuthApisModule.forRootAsync({ useFactory: () => options })],
];

async function start(builder: TestingModuleBuilder) {
  const testing = await builder.compile();
  testing.useLogger(false);
  onTestFinished(() => testing.close());
  return testing.init();
}

describe.each(both)('%s', (_, register) => {
  test('a client can be overridden in a test', async () => {
    const module = register({ prefetch: 'none', sparkfly: [account, { ...account, name: 'east' }] });
    const builder = Test.createTestingModule({ imports: [module], providers: [Offers] });
    const fake = { get: () => of('overridden') };
    const app = await start(builder.overrideProvider(getSparkflyClientToken('east')).useValue(fake));
    expect(await app.get(Offers).list()).toBe('overridden');
    expect(app.get(SparkflyClient)).toBeInstanceOf(SparkflyClient);
  });

  test('a client that is overridden need not be configured', async () => {
    const builder = Test.createTestingModule({ imports: [register({ prefetch: 'none' })], providers: [Offers] });
    const fake = { get: () => of('overridden') };
    const app = await start(builder.overrideProvider(getSparkflyClientToken('east')).useValue(fake));
    expect(await app.get(Offers).list()).toBe('overridden');
  });

  test('a client of an account that is not configured fails the boot, naming who injects it and the option', async () => {
    const builder = Test.createTestingModule({
      imports: [register({ sparkfly: account, prefetch: 'none' })],
      providers: [Offers],
    });
    await expect(start(builder)).rejects.toMatchObject({
      name: 'AccountError',
      code: 'NOT_CONFIGURED',
      message: expect.stringMatching(
        /Offers injects SparkflyClient "east".*name: 'east'.*sparkfly.*configured: default/s,
      ) as string,
    });
  });

  test('a client of a vendor that is not configured at all fails the boot as well', async () => {
    @Injectable()
    class Captions {
      @InjectVerbit()
      readonly verbit!: VerbitClient;
    }
    const builder = Test.createTestingModule({
      imports: [register({ sparkfly: account, prefetch: 'none' })],
      providers: [Captions],
    });
    await expect(start(builder)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringMatching(/Captions injects VerbitClient.*set the option `verbit`/s) as string,
    });
  });

  test('a client by class where all accounts have names fails the boot, with both ways out', async () => {
    @Injectable()
    class ByClass {
      constructor(readonly sparkfly: SparkflyClient) {}
    }
    const sparkfly = [
      { ...account, name: 'east' },
      { ...account, name: 'west' },
    ];
    const builder = Test.createTestingModule({
      imports: [register({ sparkfly, prefetch: 'none' })],
      providers: [ByClass],
    });
    await expect(start(builder)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message:
        'ByClass injects SparkflyClient, but AuthApisModule has no account without a name: ' +
        "inject it by name, @InjectSparkfly('east'), or leave one name out of the option `sparkfly` (configured: east, west)",
    });
  });

  test('a factory that injects a client that is not configured fails the boot', async () => {
    const provider = { provide: 'REPORT', inject: [VerbitClient], useFactory: (verbit: VerbitClient) => ({ verbit }) };
    const builder = Test.createTestingModule({ imports: [register({ prefetch: 'none' })], providers: [provider] });
    await expect(start(builder)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('REPORT') as string,
    });
  });

  test('a request-scoped class, a controller and a guard that inject one fail the boot before the first request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      constructor(@InjectSparkfly('west') readonly west: SparkflyClient) {}
    }
    @Injectable()
    class Guard implements CanActivate {
      constructor(@InjectSparkfly('west') readonly west: SparkflyClient) {}
      canActivate(): boolean {
        return true;
      }
    }
    @Controller()
    @UseGuards(Guard)
    class Guarded {}
    @Controller()
    class Circular {
      constructor(@Inject(forwardRef(() => VerbitClient)) readonly verbit: VerbitClient) {}
    }
    const imports = [register({ sparkfly: account, prefetch: 'none' })];
    const boot = async (metadata: object) => {
      await start(Test.createTestingModule({ imports, ...metadata }));
    };
    await expect(boot({ providers: [PerRequest] })).rejects.toThrow(/PerRequest injects SparkflyClient "west"/);
    await expect(boot({ controllers: [Guarded] })).rejects.toThrow(/Guard injects SparkflyClient "west"/);
    await expect(boot({ controllers: [Circular] })).rejects.toThrow(/Circular injects VerbitClient/);
  });

  test('the registry tells of an account that nobody configured, and which there are', async () => {
    const app = await start(Test.createTestingModule({ imports: [register({ sparkfly: account, prefetch: 'none' })] }));
    expect(() => app.get(AuthApis).client('sparkfly', 'west')).toThrow(
      /no sparkfly account "west"; configured: default/,
    );
  });

  test('a lazily loaded module injects a client by name', async () => {
    const vendor = await fakeSparkfly();
    const module = register({ prefetch: 'none', sparkfly: [sparkflyAccount(vendor, { name: 'east' })] });
    const app = await start(Test.createTestingModule({ imports: [module] }));
    @Module({ providers: [Offers] })
    class LazyModule {}
    const lazy = await app.get(LazyModuleLoader).load(() => LazyModule);
    expect(await lazy.get(Offers).list()).toMatchObject({ status: 200 });
    expect(vendor.counters.tokenRequests).toBe(1);
  });

  test('a client that is used through the module reference without being configured throws at first use', async () => {
    const app = await start(Test.createTestingModule({ imports: [register({ sparkfly: account, prefetch: 'none' })] }));
    const verbit = app.get(VerbitClient);
    expect(() => verbit.get('/orders/1')).toThrow(/VerbitClient is used.*option `verbit`/);
    expect(() => verbit.tokens).toThrow(expect.objectContaining({ code: 'NOT_CONFIGURED' }));
  });
});

test('the app may have modules that scan every provider for decorated methods', async () => {
  const once = vi.fn<() => void>();
  class Jobs {
    @Timeout(0)
    run(): void {
      once();
    }
  }
  const app = await startApp(
    { sparkfly: account, prefetch: 'none' },
    { imports: [ScheduleModule.forRoot()], providers: [Jobs] },
  );
  await until(() => once.mock.calls.length === 1);
  const verbit = app.get(VerbitClient);
  for (const use of [() => verbit.get('/orders/1'), () => verbit.axiosRef, () => verbit.tokens, () => verbit.fetch]) {
    expect(use).toThrow(expect.objectContaining({ code: 'NOT_CONFIGURED' }));
  }
});

test('names for lazily loaded modules alone are listed beside the factory', async () => {
  const vendor = await fakeSparkfly();
  const module = AuthApisModule.forRootAsync({
    names: { sparkfly: ['lazy-only'] },
    useFactory: () => ({ prefetch: 'none', sparkfly: sparkflyAccount(vendor, { name: 'lazy-only' }) }),
  });
  const app = await start(Test.createTestingModule({ imports: [module] }));
  // As if its file were imported only now: the decorator runs after the app has started.
  const inject = InjectSparkfly;
  @Injectable()
  class Late {
    constructor(@inject('lazy-only') readonly client: SparkflyClient) {}
  }
  @Module({ providers: [Late] })
  class LateModule {}
  const lazy = await app.get(LazyModuleLoader).load(() => LateModule);
  expect((await firstValueFrom(lazy.get(Late).client.get('/offers'))).status).toBe(200);
});

test.each(both)('a second %s in one app fails the boot', async (_, register) => {
  const options = (): AuthApisOptions => ({ prefetch: 'none', sparkfly: account });
  const builder = Test.createTestingModule({ imports: [register(options()), register(options())] });
  await expect(start(builder)).rejects.toMatchObject({
    code: 'INVALID_OPTIONS',
    message: expect.stringContaining('twice') as string,
  });
});

test('a class that says it can do without is no reason to fail the boot', async () => {
  @Injectable()
  class Relaxed {
    constructor(@Optional() readonly verbit?: VerbitClient) {}
  }
  const factory = { provide: 'F', inject: [{ token: VerbitClient, optional: true }], useFactory: () => 'made' };
  const imports = [AuthApisModule.forRoot({ prefetch: 'none' })];
  const app = await start(Test.createTestingModule({ imports, providers: [Relaxed, factory] }));
  expect(() => app.get(Relaxed).verbit!.get('/orders/1')).toThrow(/VerbitClient is used.*set the option `verbit`/);
});

test('middleware that injects a client which nobody configured fails the boot', async () => {
  @Injectable()
  class Middleware implements NestMiddleware {
    constructor(readonly verbit: VerbitClient) {}
    use(_: unknown, __: unknown, next: () => void): void {
      next();
    }
  }
  @Module({ imports: [AuthApisModule.forRoot({ prefetch: 'none' })] })
  class WithMiddleware implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(Middleware).forRoutes('*path');
    }
  }
  const testing = await Test.createTestingModule({ imports: [WithMiddleware] }).compile();
  const app = testing.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  await expect(app.init()).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
});

test('a second forRoot is noticed also where Nest tells modules apart by their content, and in a lazy module', async () => {
  const second = AuthApisModule.forRoot({ sparkfly: account, prefetch: 'none' });
  const first = AuthApisModule.forRoot({ verbit: { apiKey: 'k' }, prefetch: 'none' });
  const builder = Test.createTestingModule({ imports: [first, second] }, { moduleIdGeneratorAlgorithm: 'deep-hash' });
  await expect(start(builder)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
  const app = await start(Test.createTestingModule({ imports: [first] }));
  await expect(app.get(LazyModuleLoader).load(() => second)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
});
