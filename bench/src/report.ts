/** Prints what the last whole run measured as it stands in the README and in docs/performance.md, and how it did. */
import { aheadTable, goalTable } from './report/goal-tables.js';
import { overview, shortOverview } from './report/overview.js';
import { readResults } from './report/results.js';
import { rivalries } from './report/rivals.js';

const { samples, goals, node, machine, measuredOn } = await readResults();
process.stdout.write(
  [
    '## README.md',
    shortOverview(samples),
    '## docs/performance.md',
    overview(samples),
    aheadTable(rivalries(samples)),
    '## Goals',
    goalTable(goals),
    `Measured on ${measuredOn}, Node ${node}, ${machine}.`,
    '',
  ].join('\n\n'),
);
