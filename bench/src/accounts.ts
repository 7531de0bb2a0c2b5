/**
 * What accounts cost as their number grows: memory with a living token, an idle process, and the scheduler's work for a
 * refresh. `npm run bench:accounts` prints one row for 100, 1,000, 10,000 and 100,000 accounts.
 */
import 'reflect-metadata';
import { Agent } from 'node:http';
import { Worker } from 'node:worker_threads';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, SparkflyClient } from 'nestjs-auth-apis';
import { heapAfterCollection, print, sleep } from './measure.js';
import { refreshCost } from './refresh-cost.js';

const SIZES = (process.env.BENCH_ACCOUNTS ?? '100,1000,10000,100000').split(',').map(Number);
const AT_ONCE = 64;
const WARM_UP_ACCOUNTS = 3_000;
const SETTLE_MS = 6_000;
const IDLE_MS = Number(process.env.BENCH_IDLE_MS ?? 10_000);

interface Row {
  readonly accounts: number;
  readonly heapBytesEach: number;
  readonly idleCpuPercent: number;
  readonly refreshMicros: number;
  readonly mostAtOnce: number;
  readonly mostInAMinute: number;
}

const vendor = await startVendor();
const rows: Row[] = [];
for (const accounts of SIZES) {
  const held = await holding(accounts);
  const refresh = await refreshCost(accounts);
  rows.push({ accounts, ...held, ...refresh });
  const row = rows.at(-1)!;
  print(row);
}
await vendor.close();

const [first, last] = [rows[0]!, rows.at(-1)!];
const worst = Math.max(...rows.map(({ heapBytesEach }) => heapBytesEach));
const logRatio = Math.log2(last.accounts) / Math.log2(first.accounts);
const costRatio = last.refreshMicros / first.refreshMicros;
process.stdout.write(
  [
    '',
    `heap for an account with a living token: at most ${worst} bytes (goal 1,500)`,
    `idle process with ${last.accounts} accounts: ${last.idleCpuPercent} % of a core (goal 0.5)`,
    `a refresh among ${last.accounts} costs ${costRatio.toFixed(2)} times one among ${first.accounts} (log n grows ${logRatio.toFixed(2)} times)`,
    '',
  ].join('\n'),
);

/** Opens so many accounts in a running app, over real sockets, and looks at what they cost while nothing happens. */
async function holding(accounts: number): Promise<Pick<Row, 'heapBytesEach' | 'idleCpuPercent'>> {
  const options = {
    logger: false as const,
    sparkfly: {
      baseURL: vendor.baseURL,
      http: { httpAgent: new Agent({ keepAlive: true }) },
      accounts: { resolve: (id: string) => ({ identity: `identity of ${id}`, key: `key of ${id}` }) },
    },
  };
  const { logger, ...forRoot } = options;
  const App = class {};
  Module({ imports: [AuthApisModule.forRoot(forRoot)] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger });
  const client = app.get(SparkflyClient);
  const open = async (from: number, to: number): Promise<void> => {
    let next = from;
    const worker = async (): Promise<void> => {
      while (next < to) await client.for(`tenant-${next++}`).tokens.get();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  // What is made once, and the machine code that V8 makes of what often runs, is not an account's.
  await open(0, WARM_UP_ACCOUNTS);
  const growths: number[] = [];
  // A hundred accounts are lost among what else comes and goes: the median of several hundreds is not.
  for (let from = WARM_UP_ACCOUNTS, batch = 0; batch < (accounts < 1_000 ? 9 : 1); batch++, from += accounts) {
    const before = await heapAfterCollection();
    await open(from, from + accounts);
    growths.push((await heapAfterCollection()) - before);
  }
  const median = growths.toSorted((a, b) => a - b)[growths.length >> 1]!;
  const heapBytesEach = Math.round(median / accounts);
  // The sockets of the opening close, and the collector ends its work.
  await sleep(SETTLE_MS);
  const cpuBefore = process.cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(cpuBefore);
  const idleCpuPercent = Math.round(((user + system) / 1_000 / IDLE_MS) * 10_000) / 100;
  await app.close();
  options.sparkfly.http.httpAgent.destroy();
  return { heapBytesEach, idleCpuPercent };
}

/** A vendor in a thread, so that its memory and its work are not counted: gives anybody a token of a day. */
async function startVendor(): Promise<{ baseURL: string; close(): Promise<void> }> {
  const worker = new Worker(new URL('./token-vendor.js', import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return {
    baseURL: `http://127.0.0.1:${port}/v1.0`,
    close: async () => void (await worker.terminate()),
  };
}
