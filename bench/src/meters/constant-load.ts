import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, statusOf } from '../contenders/contender.js';

/** What became of the calls of one caller, in the order in which they began. */
export class CallLog {
  readonly tookMs: Float64Array;
  /** `0`: no answer. */
  readonly statuses: Uint16Array;

  constructor(calls: number) {
    this.tookMs = new Float64Array(calls);
    this.statuses = new Uint16Array(calls);
  }

  async note(index: number, caller: Caller): Promise<void> {
    const startedAt = performance.now();
    try {
      await caller.call();
      this.statuses[index] = 200;
    } catch (error) {
      this.statuses[index] = statusOf(error);
    }
    this.tookMs[index] = performance.now() - startedAt;
  }
}

export interface Load {
  readonly caller: Caller;
  /** It calls at every so manieth tick. */
  readonly every: number;
}

/**
 * Calls at a constant rate, whether or not earlier calls have come back, as the users of an app do. All callers call in
 * the same ticks, so that calls of different callers that began together met the same machine.
 */
export async function constantLoad(
  loads: readonly Load[],
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<CallLog[]> {
  const ticks = Math.round(perSecond * seconds);
  const logs = loads.map(({ every }) => new CallLog(Math.ceil(ticks / every)));
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let tick = 0; tick < ticks;) {
    const due = Math.min(ticks, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
    for (; tick < due; tick++) {
      for (const [i, { caller, every }] of loads.entries()) {
        if (tick % every === 0) calls.push(logs[i]!.note(tick / every, caller));
      }
    }
    await sleep(1);
  }
  await Promise.all(calls);
  return logs;
}
