import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import type { Samples } from '../meters/samples.js';
import { type GoalResult, judgeGoals } from './goals.js';
import { type Rivalry, rivalries } from './rivals.js';

/** Everything that a run measured, by scenario: each figure, round by round. */
export type Measured = Readonly<Record<string, Samples>>;

export interface Results {
  readonly measuredOn: string;
  readonly node: string;
  readonly machine: string;
  readonly goals: readonly GoalResult[];
  /** Contenders that did better than ours on the same transport. */
  readonly ahead: readonly Rivalry[];
  readonly samples: Measured;
}

const RESULTS = fileURLToPath(new URL('../../results.json', import.meta.url));

export function resultsOf(measured: Measured): Results {
  const [cpu] = cpus();
  return {
    measuredOn: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}`,
    goals: judgeGoals(measured),
    ahead: rivalries(measured).filter(({ isAhead }) => isAhead),
    samples: measured,
  };
}

/** @returns where */
export async function writeResults(results: Results): Promise<string> {
  const short = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value;
  // As the linter wants every file to be.
  await writeFile(RESULTS, await format(JSON.stringify(results, short), { parser: 'json', printWidth: 120 }));
  return RESULTS;
}

export async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(RESULTS, 'utf8')) as Results;
}
