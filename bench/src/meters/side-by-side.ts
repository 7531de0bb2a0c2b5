import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, Contender } from '../contenders/contender.js';
import { staticAxios } from '../contenders/static-axios.js';
import type { VendorOptions } from '../vendor/messages.js';
import type { Vendor, Vendors } from '../vendor/vendors.js';
import type { CallLog } from './constant-load.js';
import { constantLoad } from './constant-load.js';
import { collectGarbage } from './rounds.js';
import { quantile, record, type Samples } from './samples.js';

/** A call is taken to have waited for a token when it took so much longer than the plain call that began beside it. */
const WAITED_MS = 50;
/** Plain calls are a fifth of the others': their own cost should not be what everybody waits for. */
const PLAIN_EVERY = 5;
/** Where half of the plain calls take longer, the machine has other things to do, and nobody's figures say anything. */
const BUSY_MS = 25;
const TRIES = 3;
const DAY_MS = 86_400_000;

export interface LoadPlan extends VendorOptions {
  readonly perSecond: number;
  readonly seconds: number;
  /** Calls of each contender before it counts. @default 1 */
  readonly warmUpCalls?: number;
  /** What happens to the vendors meanwhile. */
  readonly story?: (vendors: readonly Vendor[]) => Promise<void>;
}

/** Contenders under the same load at the same time; once more if the machine was busy with something else. */
export async function sideBySide(group: readonly Contender[], vendors: Vendors, plan: LoadPlan): Promise<Samples> {
  for (let tries = 1; ; tries++) {
    const { samples, plainP50Ms } = await attempt(group, vendors, plan);
    if (plainP50Ms <= BUSY_MS || tries === TRIES) return samples;
  }
}

/** Each contender with a vendor of its own, and plain calls beside them. */
async function attempt(
  group: readonly Contender[],
  vendors: Vendors,
  plan: LoadPlan,
): Promise<{ samples: Samples; plainP50Ms: number }> {
  const own = await Promise.all(group.map(() => vendors.open(plan)));
  const plainVendor = await vendors.open({ ...plan, tokenLifetimeMs: DAY_MS });
  const plain = await staticAxios.open(plainVendor.place());
  const callers = await Promise.all(group.map((each, i) => each.open(own[i]!.place())));
  await Promise.all([...callers, plain].map((each) => warmUp(each, plan.warmUpCalls ?? 1)));
  await Promise.all(own.map((vendor) => vendor.tell('reset')));
  await collectGarbage();
  const loads = [...callers.map((caller) => ({ caller, every: 1 })), { caller: plain, every: PLAIN_EVERY }];
  const [logs] = await Promise.all([constantLoad(loads, plan), plan.story?.(own)]);
  const samples: Samples = {};
  for (const [i, contender] of group.entries()) {
    const { tokenRequests, unauthorized } = await own[i]!.counters();
    record(samples, contender.id, { tokenRequests, refusedByApi: unauthorized, ...verdict(logs[i]!, logs.at(-1)!) });
  }
  await Promise.all([...callers, plain].map(async (each) => each.close()));
  // A contender may still be asking for its next token.
  await sleep(2 * plan.tokenLatencyMs);
  await Promise.all([...own, plainVendor].map((vendor) => vendor.tell('close')));
  return { samples, plainP50Ms: quantile(logs.at(-1)!.tookMs, 0.5) };
}

async function warmUp(caller: Caller, calls: number): Promise<void> {
  // Alone, or some contenders' first call would not be one but many.
  await caller.call();
  for (let i = 1; i < calls; i++) await caller.call().catch(() => undefined);
}

function verdict({ tookMs, statuses }: CallLog, plain: CallLog): Record<string, number> {
  const extra = tookMs.map((took, i) => took - plain.tookMs[Math.floor(i / PLAIN_EVERY)]!);
  return {
    calls: statuses.length,
    seen401: statuses.filter((status) => status === 401).length,
    failed: statuses.filter((status) => status !== 200).length,
    waited: extra.filter((ms) => ms > WAITED_MS).length,
    noticed: extra.filter((ms, i) => ms > WAITED_MS || statuses[i] !== 200).length,
    longestExtraMs: Math.max(0, ...extra),
    plainP99Ms: quantile(plain.tookMs, 0.99),
  };
}
