import { setTimeout as sleep } from 'node:timers/promises';
import { roundsFactor } from '../wanted.js';

/**
 * Measures all of them in every round, one after the other: what the machine does beside hits all alike. Who goes first
 * changes with every round, and who goes after whom with every second.
 */
export async function rounds<Entry>(
  entries: readonly Entry[],
  count: number,
  measure: (entry: Entry, round: number) => Promise<void>,
): Promise<void> {
  const total = Math.max(1, Math.round(count * roundsFactor()));
  for (let round = 0; round < total; round++) {
    for (const entry of orderOf(entries, round)) {
      await collectGarbage();
      await measure(entry, round);
    }
  }
}

function orderOf<Entry>(entries: readonly Entry[], round: number): Entry[] {
  const start = round % Math.max(1, entries.length);
  const rotated = [...entries.slice(start), ...entries.slice(0, start)];
  return round % 2 === 0 ? rotated : rotated.toReversed();
}

/** One's garbage is not to be collected in another's time. @throws Error without `--expose-gc` */
export async function collectGarbage(): Promise<void> {
  const { gc } = globalThis;
  if (!gc) throw new Error('start node with --expose-gc');
  gc();
  await sleep(2);
}
