import 'reflect-metadata';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, SparkflyClient } from 'nestjs-auth-apis';
import { quantile, record, type Samples } from '../meters/samples.js';
import { refreshCost } from '../refresh-cost.js';
import type { Scenario } from './scenario.js';

const SIZES = (process.env.BENCH_ACCOUNTS ?? '100,1000,10000,100000').split(',').map(Number);
const AT_ONCE = 64;
const WARM_UP_ACCOUNTS = 3_000;
const SETTLE_MS = 6_000;
/** The collector may still be at work in one of them. */
const IDLE_SLICES = 5;
const IDLE_MS = Number(process.env.BENCH_IDLE_MS ?? 10_000);

/** What accounts cost as their number grows: memory with a living token, an idle process, and the work for a refresh. */
export const accounts: Scenario = {
  id: 'accounts',
  title: 'Accounts that the app looks up',
  nodeFlags: ['--expose-gc'],
  async measure() {
    const vendor = await startVendor();
    const samples: Samples = {};
    for (const size of SIZES) {
      record(samples, `${size.toLocaleString('en')} accounts`, {
        ...(await holding(vendor.baseURL, size)),
        ...(await refreshCost(size)),
      });
    }
    await vendor.close();
    return samples;
  },
};

/** @throws Error without `--expose-gc` */
async function heapAfterCollection(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('start node with --expose-gc');
  for (let i = 0; i < 6; i++) {
    gc();
    await sleep(30);
  }
  return process.memoryUsage().heapUsed;
}

/** Opens so many accounts in a running app, over real sockets, and looks at what they cost while nothing happens. */
async function holding(baseURL: string, accounts: number): Promise<{ heapBytesEach: number; idleCpuPercent: number }> {
  const options = {
    logger: false as const,
    sparkfly: {
      baseURL,
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
  const heapBytesEach = Math.round(quantile(growths, 0.5) / accounts);
  // The sockets of the opening close, and the collector ends its work.
  await sleep(SETTLE_MS);
  const shares: number[] = [];
  for (let slice = 0; slice < IDLE_SLICES; slice++) shares.push(await cpuPercent(IDLE_MS / IDLE_SLICES));
  await app.close();
  options.sparkfly.http.httpAgent.destroy();
  return { heapBytesEach, idleCpuPercent: quantile(shares, 0.5) };
}

async function cpuPercent(ms: number): Promise<number> {
  const before = process.cpuUsage();
  await sleep(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / ms;
}

/** A vendor in a thread, so that its memory and its work are not counted: gives anybody a token of a day. */
async function startVendor(): Promise<{ baseURL: string; close(): Promise<void> }> {
  const worker = new Worker(new URL('../token-vendor.js', import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return {
    baseURL: `http://127.0.0.1:${port}/v1.0`,
    close: async () => void (await worker.terminate()),
  };
}
