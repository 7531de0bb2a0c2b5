// Covers `redis/redis-scripts.ts`: what somebody else wrote where the store keeps tokens and leases.
import { expect } from 'vitest';
import { acmeVendor } from '../../support/acme.js';
import type { RedisServer } from '../../support/redis-server.js';
import { placeOf, redisStore, redisTest, startRedis, startReplica } from '../../support/redis-server.js';
import { uncaughtErrors } from '../../support/uncaught.js';

const MB = 1024 * 1024;
const TOKEN = { value: 'token', lifetimeMs: 60_000, ageMs: 0 };
const asks = { newerThan: 0, owner: 'b', leaseMs: 1_000 };

/** Bytes that the server has sent to its clients. */
async function sentBytes(server: RedisServer): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(String(await server.command('INFO', 'stats')))?.[1]);
}

redisTest('a value of 100 MB is not read, and the next token goes over it', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await store.save('account', TOKEN, 'a');
  const plant = `redis.call('HSET', KEYS[1], 'v', string.rep('x', ${100 * MB}))`;
  await server.command('EVAL', plant, '1', placeOf('account'));
  const before = await sentBytes(server);
  expect(await store.acquire('account', asks)).toBe('leased');
  expect((await sentBytes(server)) - before).toBeLessThan(MB);
  expect(await store.save('account', { ...TOKEN, value: 'the next' }, 'b')).toBeTypeOf('number');
  expect(await store.acquire('account', asks)).toMatchObject({ value: 'the next' });
});

redisTest('a lease of 400 MB is not read', async () => {
  const server = await startRedis();
  const store = await redisStore(server);
  await server.command('SETRANGE', `${placeOf('account')}:lease`, String(400 * MB), 'x');
  const before = await sentBytes(server);
  expect(await store.acquire('account', asks)).toHaveProperty('heldBy');
  await store.release('account', 'b');
  expect((await sentBytes(server)) - before).toBeLessThan(MB);
});

redisTest('a token of the largest response is kept and read', async () => {
  const store = await redisStore(await startRedis());
  const value = 'x'.repeat(64 * 1024);
  await store.save('account', { ...TOKEN, value }, 'a');
  expect(await store.acquire('account', asks)).toMatchObject({ value });
});

const NUMBERS = ['1e300', '1e400', 'inf', 'nan', '-1', '0x7fffffff', '9'.repeat(20), 'x', ''];

redisTest.for(['g', 's', 'l'].flatMap((field) => NUMBERS.map((number) => [field, number] as const)))(
  'a field %s of "%s" ends no step, and the next token goes over it',
  async ([field, number]) => {
    const server = await startRedis();
    const store = await redisStore(server, { encryption: 'none' });
    await store.save('account', TOKEN, 'a');
    await server.command('HSET', 'nestjs-auth-apis:{account}', field, number);
    expect(await store.acquire('account', asks)).toBe('leased');
    const generation = await store.save('account', { ...TOKEN, value: 'the next' }, 'b');
    expect(generation).toBeLessThan(Date.now() + 60_000);
    expect(await store.acquire('account', asks)).toMatchObject({ value: 'the next', generation });
  },
);

redisTest(
  'a generation with a fraction, before a value that cannot be read, is not asked for again and again',
  async () => {
    const server = await startRedis();
    const store = await redisStore(server);
    await store.save('account', TOKEN, 'a');
    await server.command('HSET', placeOf('account'), 'g', `${Date.now()}.4`, 'v', 'rubbish');
    await server.command('CONFIG', 'RESETSTAT');
    expect(await store.acquire('account', asks)).toBe('leased');
    expect(await server.calls('eval')).toBeLessThan(4);
  },
);

redisTest('a token that somebody made immortal neither ends the process nor is used', async () => {
  const [server, vendor, uncaught] = [await startRedis(), await acmeVendor(), uncaughtErrors()];
  const start = async () => startReplica(vendor, { store: await redisStore(server, { encryption: 'none' }) });
  await (await start()).call();
  const [place] = (await server.command('KEYS', '*')) as string[];
  await server.command('HSET', place!, 'l', '999999999999999', 'v', 'planted');
  await server.command('PERSIST', place!);
  const { call, events } = await start();
  const token = await call();
  expect(token).toMatch(/^acme-token-2/);
  expect([vendor.asks.length, vendor.refusedCalls.length, uncaught]).toEqual([2, 0, []]);
  expect(events.map(({ type }) => type)).not.toContain('storeUnavailable');
  expect(await (await start()).call()).toBe(token);
});
