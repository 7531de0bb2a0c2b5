import type { Caller, Contender } from '../contenders/contender.js';
import { contenders } from '../contenders/all.js';
import { allocatedBytes, cpuMicros, ROOMY_HEAP } from '../meters/cost.js';
import { rounds } from '../meters/rounds.js';
import { record, type Samples } from '../meters/samples.js';
import { Vendors } from '../vendor/vendors.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const CALLS = 3_000;
/** At first, and again after each collection: see "Noise" in the README. */
const WARM_UP_CALLS = 3_000;

/** What a call costs where the network costs nothing: each with a living token, one call after the other. */
export const stub: Scenario = {
  id: 'stub',
  title: 'A call without a network: CPU',
  nodeFlags: ['--expose-gc'],
  measure: () => measureCalls(11, async (work) => ({ cpuMicros: (await cpuMicros(work)) / CALLS })),
};

/** The same in a process whose heap has room for a whole round. */
export const bytes: Scenario = {
  id: 'bytes',
  title: 'A call without a network: bytes allocated',
  nodeFlags: ROOMY_HEAP,
  measure: () => measureCalls(7, async (work) => ({ bytes: (await allocatedBytes(work)) / CALLS })),
};

type Meter = (work: () => Promise<void>) => Promise<Record<string, number>>;

async function measureCalls(count: number, meter: Meter): Promise<Samples> {
  const vendors = new Vendors();
  const vendor = await vendors.open({ tokenLifetimeMs: HOUR_MS, tokenLatencyMs: 0 });
  const callers: { contender: Contender; caller: Caller }[] = [];
  for (const contender of contenders()) {
    callers.push({ contender, caller: await contender.open(vendor.place('stub')) });
  }
  for (const { caller } of callers) await callOften(caller, WARM_UP_CALLS);
  const samples: Samples = {};
  await rounds(callers, count, async ({ contender, caller }) => {
    await callOften(caller, WARM_UP_CALLS);
    record(samples, contender.id, await meter(() => callOften(caller, CALLS)));
  });
  for (const { caller } of callers) await caller.close();
  await vendors.close();
  return samples;
}

async function callOften(caller: Caller, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await caller.call();
}
