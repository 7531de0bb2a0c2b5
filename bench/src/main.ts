/**
 * Ratios, measured side by side in one run: `npm run bench`. Each scenario has a process of its own; within it the
 * contenders take turns. `BENCH_SCENARIOS`, `BENCH_CONTENDERS` and `BENCH_ROUNDS` choose and lengthen.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { contenders } from './contenders/all.js';
import { drawChart } from './report/draw-chart.js';
import { aheadTable, goalTable } from './report/goal-tables.js';
import { type Measured, readResults, resultsOf, writeResults } from './report/results.js';
import { rivalries } from './report/rivals.js';
import { scenarioTable } from './report/scenario-table.js';
import type { Samples } from './meters/samples.js';
import { nextMessage } from './next-message.js';
import { SCENARIOS, wantedScenarios } from './scenarios/all.js';
import type { Scenario } from './scenarios/scenario.js';
import { roundsFactor } from './wanted.js';

const LONGEST_MS = 480_000;

const measured: Record<string, Samples> = {};
for (const scenario of askedFor()) {
  print(`\n## ${scenario.title} (${scenario.id})\n`);
  measured[scenario.id] = await run(scenario);
  print(scenarioTable(scenario.id, measured[scenario.id]!));
}
const results = resultsOf(measured);
print('\n## Goals\n');
print(goalTable(results.goals.filter(({ figure }) => figure || isWhole(measured))));
print(`\n${aheadTable(rivalries(measured))}\n`);
if (isWhole(measured)) {
  const written = await writeResults(results);
  // From what was written, so that whoever draws it again gets the same.
  print(`Written to ${written} and ${await drawChart(await readResults())}`);
} else {
  print('Not everything was measured: bench/results.json stays as it is.');
}

/** What is misspelled is told now, and not by a gap in ten minutes. */
function askedFor(): readonly Scenario[] {
  try {
    contenders();
    roundsFactor();
    return wantedScenarios();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return process.exit(1);
  }
}

async function run({ id, nodeFlags }: Scenario): Promise<Samples> {
  const file = fileURLToPath(new URL('./scenario-process.js', import.meta.url));
  const child = fork(file, [id], { execArgv: [...nodeFlags], env: environment(), timeout: LONGEST_MS });
  const exited = once(child, 'exit');
  const samples = (await nextMessage(child, `the scenario "${id}"`)) as Samples;
  await exited;
  return samples;
}

/** Nothing of this is meant for a proxy. */
function environment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !/^(https?|all|no)_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

function isWhole(measured: Measured): boolean {
  return SCENARIOS.every(({ id }) => id in measured) && process.env.BENCH_CONTENDERS === undefined;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
