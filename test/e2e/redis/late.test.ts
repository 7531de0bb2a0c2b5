import type { TokenStore } from 'nestjs-auth-apis';
import { Redis } from 'ioredis';
import { expect, onTestFinished } from 'vitest';
import { acmeVendor } from '../../support/acme.js';
import { sleep } from '../../support/outcome.js';
import type { RedisServer } from '../../support/redis-server.js';
import { plainKinds, redisClients, redisStore, redisTest, startFleet, startRedis } from '../../support/redis-server.js';

const TOKEN = { value: 'token', lifetimeMs: 60_000, ageMs: 0 };
const asks = { newerThan: 0, owner: 'b', leaseMs: 5_000 };

/** A save that reaches the Redis so much later: while it stands still, it keeps what it is sent. */
async function heldUp(server: RedisServer, ms: number, save: () => Promise<unknown>): Promise<unknown> {
  server.pause();
  const saving = save();
  await sleep(ms);
  server.resume();
  return saving;
}

redisTest.for(plainKinds)('a save that is held up beyond its lease prolongs no life, with %s', async (kind) => {
  const server = await startRedis();
  const store = await redisStore(server, {}, kind);
  expect(await store.acquire('k', { ...asks, owner: 'a', leaseMs: 300 })).toBe('leased');
  await heldUp(server, 700, () => store.save('k', TOKEN, 'a'));
  const found = await store.acquire('k', asks);
  expect(found).toMatchObject({ value: 'token', ageMs: expect.any(Number) as number });
  expect((found as { ageMs: number }).ageMs).toBeGreaterThanOrEqual(700);
});

redisTest.for(plainKinds)('a save that is held up beyond its lease replaces no newer token, with %s', async (kind) => {
  const server = await startRedis();
  // The one whose save is late cannot reach the Redis; others can.
  const client = await redisClients[kind](server);
  let letThrough: (() => void) | undefined;
  const late: TokenStore = await redisStore(server, {
    client: new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'eval') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return async (script: string, ...args: unknown[]): Promise<unknown> => {
          if (script.includes('HSET')) await new Promise<void>((resolve) => (letThrough = resolve));
          return (value as (...all: unknown[]) => unknown).call(target, script, ...args);
        };
      },
    }),
  });
  const store = await redisStore(server);
  expect(await late.acquire('k', { ...asks, owner: 'a', leaseMs: 200 })).toBe('leased');
  const saving = late.save('k', { ...TOKEN, value: 'late' }, 'a');
  await sleep(300);
  expect(await store.acquire('k', asks)).toBe('leased');
  const generation = await store.save('k', { ...TOKEN, value: 'newer' }, 'b');
  letThrough!();
  expect(await saving).toBeUndefined();
  expect(await store.acquire('k', asks)).toMatchObject({ value: 'newer', generation });
});

redisTest(
  'a save that ioredis sends again, to a Redis that has been restarted, brings no dead token to life',
  async () => {
    const server = await startRedis();
    const client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    onTestFinished(() => client.disconnect());
    const store = await redisStore(server, { client });
    await store.acquire('k', { ...asks, owner: 'a' });
    server.pause();
    const saving = store.save('k', { ...TOKEN, lifetimeMs: 600 }, 'a');
    await sleep(50);
    await server.kill();
    await sleep(700);
    await server.restart();
    expect(await saving).toBeUndefined();
    expect(await store.acquire('k', asks)).toBe('leased');
  },
);

redisTest('a lease that a client asks for twice, its connection being lost in between, is its own', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  expect(await store.acquire('k', asks)).toBe('leased');
  expect(await store.acquire('k', asks)).toBe('leased');
  expect(await store.acquire('k', { ...asks, owner: 'c' })).toEqual({ heldBy: 'b' });
});

redisTest('a Redis that stands still for longer than a lease prolongs no life', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2, { options: { tokenRequestTimeoutMs: 200 } });
  vendor.intercept = () => (server.pause(), false);
  await first!.call();
  vendor.intercept = () => false;
  await sleep(2_000);
  server.resume();
  await sleep(200);
  await second!.call();
  const [end, other] = [first!, second!].map(({ client }) => client.tokens.status().expiresAt!);
  expect(Math.abs(other! - end!)).toBeLessThan(250);
  expect(vendor.asks).toHaveLength(1);
});
