import type { Caller } from '../contenders/contender.js';
import { cpuMicros, tookMs } from './cost.js';
import { quantile } from './samples.js';

const AT_ONCE = 64;
const CALLS = 1_000;
/** At first, and again after each collection: see "Noise" in the README. */
const WARM_UP_CALLS = 1_500;

export const warmUp = (caller: Caller): Promise<unknown> => callMany(caller, WARM_UP_CALLS);

/** Calls by this process, as many at once as there are sockets. */
export async function measureCalls(caller: Caller): Promise<Record<string, number>> {
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
