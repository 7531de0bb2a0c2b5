import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { accountsFor, AuthApis, AuthApisModule } from 'nestjs-auth-apis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { createClient } from 'redis';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished } from 'vitest';
import type { AcmeVendor } from '../../support/acme.js';
import { acme, acmeVendor, oneAccount } from '../../support/acme.js';
import { sleep, timed, until } from '../../support/outcome.js';
import type { RedisServer } from '../../support/redis-server.js';
import {
  KEY,
  plainKinds,
  redisClients,
  redisStore,
  redisTest,
  startFleet,
  startRedis,
} from '../../support/redis-server.js';

const keysIn = async (server: RedisServer): Promise<unknown> => server.command('KEYS', '*');

interface Wishes {
  /** Where the client's provider stands, beside the imports of our module. */
  readonly where?: 'in a global module' | 'in the root module as well';
  readonly isGlobal?: boolean;
}

/** The app's own client, closed at onApplicationShutdown by a provider of a module that ours imports. */
async function appWith(server: RedisServer, vendor: AcmeVendor, { where, isGlobal = true }: Wishes = {}) {
  const client = createClient({ url: server.url });
  client.on('error', () => {});
  onTestFinished(() => void (client.isOpen && client.destroy()));
  await client.connect();
  class Connection {}
  Object.assign(Connection.prototype, { onApplicationShutdown: async () => client.isOpen && client.close() });
  class RedisModule {}
  Module({ providers: [Connection], exports: [Connection] })(RedisModule);
  if (where === 'in a global module') Global()(RedisModule);
  const auth = AuthApisModule.forRootAsync({
    isGlobal,
    imports: [RedisModule],
    inject: [Connection],
    useFactory: () => ({
      prefetch: 'none',
      store: new RedisTokenStore({ client, encryption: { keys: [KEY] } }),
      apis: [accountsFor(acme, oneAccount()(vendor))],
    }),
  });
  const others = where === 'in the root module as well' ? [RedisModule] : [];
  return { client, ...(await started({ imports: [auth, ...others] })) };
}

async function started(metadata: ModuleMetadata) {
  const app = await (await Test.createTestingModule(metadata).compile()).init();
  onTestFinished(() => app.close());
  return { app, call: () => firstValueFrom(app.get(AuthApis).client(acme).get('/x')) };
}

/** Closes it while it has the lease. */
async function closeHolding(app: INestApplicationContext, vendor: AcmeVendor, call: () => Promise<unknown>) {
  vendor.intercept = () => true;
  const called = call().catch(() => {});
  await until(() => vendor.asks.length === 1);
  await app.close();
  await called;
}

redisTest.for<[string, Wishes]>([
  ['', {}],
  [', the module being global', { where: 'in a global module' }],
  [', and the root module, too', { where: 'in the root module as well' }],
  [', which is not global itself', { isGlobal: false }],
])(
  'a client that is closed at onApplicationShutdown by a module ours imports%s leaves no lease',
  async ([, wishes]) => {
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    const { app, client, call } = await appWith(server, vendor, wishes);
    await closeHolding(app, vendor, call);
    expect(client.isOpen).toBe(false);
    expect(await keysIn(server)).toEqual([]);
  },
);

redisTest.for(plainKinds)('a client that is closed when the app has closed leaves no lease, with %s', async (kind) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const client = await redisClients[kind](server);
  const [replica] = await startFleet(server, vendor, 1, { store: await redisStore(server, { client }) });
  await closeHolding(replica!.app, vendor, replica!.call);
  (client as unknown as { disconnect(): void }).disconnect();
  expect(await keysIn(server)).toEqual([]);
});

redisTest('a lease that is on its way to an app that closes is given back', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1);
  server.pause();
  const called = replica!.call().catch(() => {});
  await sleep(50);
  setTimeout(() => server.resume(), 100);
  await replica!.app.close();
  await called;
  expect(await keysIn(server)).toEqual([]);
});

redisTest('a Redis that stands still holds the end of an app up for storeTimeoutMs and no longer', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1, { options: { storeTimeoutMs: 200 } });
  vendor.intercept = () => (server.pause(), true);
  const called = replica!.call().catch(() => {});
  await until(() => vendor.asks.length === 1);
  await sleep(20);
  const took = await timed(() => replica!.app.close());
  await called;
  expect(took).toBeGreaterThan(150);
  expect(took).toBeLessThan(500);
  server.resume();
});

redisTest('an app with nothing under way closes at once', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1);
  await replica!.call();
  expect(await timed(() => replica!.app.close())).toBeLessThan(100);
});

redisTest('hooks that call an API after the leases are given back still get their tokens', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  let said: unknown;
  class Farewell {
    apis: AuthApis | undefined;
    async onApplicationShutdown() {
      said = (await firstValueFrom(this.apis!.client(acme).get('/bye'))).status;
    }
  }
  class DeepModule {}
  Module({ providers: [Farewell] })(DeepModule);
  // So deep that its hook comes after those of the modules that ours imports.
  let imports: unknown = DeepModule;
  for (let depth = 0; depth < 5; depth++) {
    class Between {}
    Module({ imports: [imports as never] })(Between);
    imports = Between;
  }
  const store = await redisStore(server);
  const auth = AuthApisModule.forRoot({
    prefetch: 'none',
    store,
    apis: [accountsFor(acme, oneAccount()(vendor))],
  });
  const { app } = await started({ imports: [auth, imports as never] });
  app.get(Farewell, { strict: false }).apis = app.get(AuthApis);
  await app.close();
  expect(said).toBe(200);
  expect(vendor.asks).toHaveLength(1);
});
