import { setImmediate as nextTurn } from 'node:timers/promises';

/** What the process holds at a moment of rest. */
export interface Sample {
  readonly heapMB: number;
  readonly pendingTimers: number;
  readonly handles: number;
}

const MB = 2 ** 20;

/** Sockets and servers that are open. */
export const openHandles = (): number =>
  process.getActiveResourcesInfo().filter((name) => /TCP|Pipe|Server/.test(name)).length;

/** Collects garbage until there is none left, then measures what is used. Needs `--expose-gc`. */
export async function heapMB(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('run with node --expose-gc');
  for (let i = 0; i < 4; i++) {
    gc();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed / MB;
}

/** By how much the second half of a series rises: the mean of its second part less that of its first. */
export function rise(series: readonly number[]): number {
  const half = series.slice(Math.floor(series.length / 2));
  const middle = Math.max(1, Math.floor(half.length / 2));
  return mean(half.slice(middle)) - mean(half.slice(0, middle));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
