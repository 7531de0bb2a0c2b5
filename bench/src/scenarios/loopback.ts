import type { Caller, Contender } from '../contenders/contender.js';
import { contenders } from '../contenders/all.js';
import { boundSockets } from '../contenders/sockets.js';
import { cpuMicros, tookMs } from '../meters/cost.js';
import { rounds } from '../meters/rounds.js';
import { quantile, record, type Samples } from '../meters/samples.js';
import { Vendors } from '../vendor/vendors.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const AT_ONCE = 64;
const CALLS = 1_000;
/** At first, and again after each collection: see "Noise" in the README. */
const WARM_UP_CALLS = 1_500;

/** Real calls over loopback to a server in another process, 64 at a time, each with a living token. */
export const loopback: Scenario = {
  id: 'loopback',
  title: 'Calls over loopback, 64 at a time',
  nodeFlags: ['--expose-gc'],
  async measure() {
    const releaseSockets = boundSockets();
    const vendors = new Vendors();
    const vendor = await vendors.open({ tokenLifetimeMs: HOUR_MS, authLatencyMs: 0 });
    const callers: { contender: Contender; caller: Caller }[] = [];
    for (const contender of contenders()) {
      const caller = await contender.open(vendor.place());
      await caller.call();
      callers.push({ contender, caller });
    }
    for (const { caller } of callers) await callMany(caller, WARM_UP_CALLS);
    const samples: Samples = {};
    await rounds(callers, 15, async ({ contender, caller }) => {
      await callMany(caller, WARM_UP_CALLS);
      record(samples, contender.id, await measureOne(caller));
    });
    for (const { caller } of callers) await caller.close();
    await releaseSockets();
    await vendors.close();
    return samples;
  },
};

async function measureOne(caller: Caller): Promise<Record<string, number>> {
  let latencies: Float64Array;
  let wallMs = 0;
  const cpu = await cpuMicros(async () => {
    wallMs = await tookMs(async () => {
      latencies = await callMany(caller, CALLS);
    });
  });
  return {
    callsPerSecond: CALLS / (wallMs / 1_000),
    cpuMicros: cpu / CALLS,
    p50Ms: quantile(latencies!, 0.5),
    p99Ms: quantile(latencies!, 0.99),
  };
}

/** @returns what each call took, milliseconds */
async function callMany(caller: Caller, total: number): Promise<Float64Array> {
  const latencies = new Float64Array(total);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < total) {
      const index = next++;
      const startedAt = performance.now();
      await caller.call();
      latencies[index] = performance.now() - startedAt;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return latencies;
}
