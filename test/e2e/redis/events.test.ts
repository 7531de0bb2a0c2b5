import { Logger } from '@nestjs/common';
import { expect, onTestFinished, vi } from 'vitest';
import { acmeVendor, lookingUp } from '../../support/acme.js';
import { sleep } from '../../support/outcome.js';
import { plainKinds, redisTest, startFleet, startRedis } from '../../support/redis-server.js';

function logLines(): string[] {
  const lines: string[] = [];
  for (const level of ['log', 'warn', 'error'] as const) {
    const write = (line: unknown): void => void lines.push(`${level}: ${String(line)}`);
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation(write);
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

redisTest.for(plainKinds)(
  'a store that is lost and back is told once each, of however many tokens, with %s',
  async (kind) => {
    const lines = logLines();
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    const [replica] = await startFleet(server, vendor, 1, { kind });
    const { client, events } = replica!;
    await client.tokens.get();
    expect(client.tokens.status().store).toBe('up');
    for (let outage = 1; outage <= 2; outage++) {
      await server.kill();
      await sleep(50);
      for (let i = 0; i < 5; i++) await client.tokens.refresh();
      expect(client.tokens.status().store).toBe('down');
      expect(replica!.apis.statuses()).toMatchObject([{ store: 'down' }]);
      await server.restart();
      await sleep(250);
      for (let i = 0; i < 3; i++) await client.tokens.refresh();
      expect(client.tokens.status().store).toBe('up');
      const told = events.filter(({ type }) => type.startsWith('store'));
      expect(told).toHaveLength(outage * 2);
      expect(told.slice(-2)).toMatchObject([
        { type: 'storeUnavailable', api: 'store', account: 'default', problem: expect.any(String) as string },
        { type: 'storeAvailable', api: 'store', account: 'default' },
      ]);
      expect(lines.filter((line) => /token store/.test(line))).toHaveLength(outage * 2);
    }
    const said = lines.filter((line) => /token store/.test(line)).slice(0, 2);
    expect(said[0]).toMatch(/^warn: the token store cannot be had \(.+\); calls go on/);
    expect(said[1]).toMatch(/^log: the token store is back/);
  },
);

redisTest('one broken key among others, or a Redis that is full, is told once', async () => {
  const lines = logLines();
  const [server, vendor] = [await startRedis('--maxmemory-policy', 'noeviction'), await acmeVendor()];
  const [writer, replica] = await startFleet(server, vendor, 2, { accounts: lookingUp() });
  const { client } = replica!;
  await client.for('broken').tokens.get();
  const [place] = (await server.command('KEYS', '*')) as string[];
  for (let i = 0; i < 5; i++) await writer!.client.for(`known-${i}`).tokens.get();
  const told = () => lines.filter((line) => /token store/.test(line));
  await server.command('SET', place!, 'something else');
  for (let i = 0; i < 5; i++) {
    await client.for('broken').tokens.refresh();
    await client.for('sound').tokens.refresh();
  }
  expect(told()).toHaveLength(1);
  await server.command('DEL', place!);
  await client.for('broken').tokens.refresh();
  expect(told()).toHaveLength(2);
  await server.command('CONFIG', 'SET', 'maxmemory', '100kb');
  for (let i = 0; i < 5; i++) {
    await client.for(`new-${i}`).tokens.get();
    await client.for(`known-${i}`).tokens.get();
  }
  expect(vendor.asks).toHaveLength(6 + 5 + 5 + 1 + 5);
  expect(told()).toHaveLength(3);
});

redisTest('a pause is told with the option that ends it', async () => {
  const lines = logLines();
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [replica] = await startFleet(server, vendor, 1, { options: { storeTimeoutMs: 100 } });
  server.pause();
  await replica!.call();
  expect(lines.filter((line) => /token store/.test(line))).toEqual([
    expect.stringContaining('no answer within 100 ms (storeTimeoutMs)'),
  ]);
});

redisTest('where a token came from is told', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = await startFleet(server, vendor, 2);
  await first!.call();
  await second!.call();
  const told = [first!, second!].map(({ events }) => events.find(({ type }) => type === 'tokenObtained'));
  expect(told).toMatchObject([{ source: 'vendor' }, { source: 'store' }]);
});

redisTest('a store that works is told of in no event and no line', async () => {
  const lines = logLines();
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const fleet = await startFleet(server, vendor, 3);
  for (const { call } of fleet) await call();
  expect(fleet.flatMap(({ events }) => events.filter(({ type }) => type.startsWith('store')))).toEqual([]);
  expect(lines.filter((line) => /store/.test(line))).toEqual([]);
});
