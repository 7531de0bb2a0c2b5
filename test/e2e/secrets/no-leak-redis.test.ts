import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { AuthApis } from 'nestjs-auth-apis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { expect, onTestFinished, vi } from 'vitest';
import { acmeVendor, keyOf } from '../../support/acme.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep } from '../../support/outcome.js';
import type { RedisServer } from '../../support/redis-server.js';
import {
  KEY,
  placeOf,
  plainKinds,
  redisClients,
  redisStore,
  redisTest,
  startFleet,
  startRedis,
} from '../../support/redis-server.js';

const BYTES = Buffer.from(KEY.key, 'base64');
const KEYS = [KEY.key, BYTES.toString('base64url'), BYTES.toString('hex'), [...BYTES.subarray(0, 8)].join(', ')];

redisTest('a store shows no key, and no token it has kept', async () => {
  const server = await startRedis();
  const store = await redisStore(server, { client: lonely(await redisClients['node-redis'](server)) });
  await store.save('account', { value: 'token-nobody-may-see', lifetimeMs: 60_000, ageMs: 0 }, 'a');
  await store.acquire('account', { newerThan: 0, owner: 'b', leaseMs: 1_000 });
  expect(store).toBeInstanceOf(RedisTokenStore);
  expectNoSecret(store, [...KEYS, 'token-nobody-may-see']);
});

/** Without what a real client shows of itself, which may well be the password it connects with. */
function lonely(client: Awaited<ReturnType<(typeof redisClients)['node-redis']>>) {
  const real = client as { eval(script: string, options: object): Promise<unknown> };
  return { eval: (script: string, options: object) => real.eval(script, options) };
}

redisTest('apps that share tokens, their clients and statuses show no secret', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  for (const { app, client, call } of await startFleet(server, vendor, 2)) {
    await call();
    await client.tokens.refresh();
    const secrets = [...vendor.secrets, ...KEYS];
    for (const part of [client, client.tokens, app.get(AuthApis), app.get(AuthApis).statuses()])
      expectNoSecret(part, secrets);
    const shown = inspect(app, { depth: 8, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity });
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  }
});

async function inTrouble(server: RedisServer, step: number): Promise<void> {
  const [place] = (await server.command('KEYS', '*')) as string[];
  if (step === 0) await server.command('SET', place ?? 'none', 'something else');
  else if (step === 1) await server.command('CONFIG', 'SET', 'maxmemory', '100kb');
  else if (step === 2) await server.command('REPLICAOF', '127.0.0.1', '1');
  else await server.kill();
  await sleep(30);
}

redisTest.for(plainKinds.flatMap((kind) => ['none', { keys: [KEY] }].map((encryption) => [kind, encryption] as const)))(
  'events and lines about a store in trouble show no secret, %s, %o',
  async ([kind, encryption]) => {
    const told: unknown[] = [];
    for (const level of ['log', 'warn', 'error', 'debug'] as const) {
      const spy = vi.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => void told.push(line));
      onTestFinished(() => spy.mockRestore());
    }
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    const store = await redisStore(server, { encryption: encryption as 'none' }, kind);
    const [replica] = await startFleet(server, vendor, 1, { store });
    await replica!.call();
    for (let step = 0; step < 4; step++) {
      await inTrouble(server, step);
      await replica!.client.tokens.refresh();
    }
    told.push(...replica!.events);
    expect(JSON.stringify(told)).toContain('storeUnavailable');
    expectNoSecret(told, [...vendor.secrets, ...KEYS, keyOf('me')]);
  },
);

redisTest.for(plainKinds)('what a store throws shows neither token nor key, with %s', async (kind) => {
  const server = await startRedis();
  const store = await redisStore(server, {}, kind);
  await server.command('SET', placeOf('account'), 'something else');
  const token = { value: 'token-nobody-may-see', lifetimeMs: 60_000, ageMs: 0 };
  expectNoSecret(await failureOf(store.save('account', token, 'a')), [...KEYS, token.value]);
  await server.kill();
  expectNoSecret(await failureOf(store.acquire('account', { newerThan: 0, owner: 'b', leaseMs: 1_000 })), KEYS);
});
