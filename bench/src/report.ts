/** Prints what the last whole run measured as markdown, for the README: `node bench/dist/report.js`. */
import { aheadTable, goalTable } from './report/goal-tables.js';
import { overview } from './report/overview.js';
import { readResults } from './report/results.js';
import { rivalries } from './report/rivals.js';

const { samples, goals, node, machine, measuredOn } = await readResults();
process.stdout.write(
  [
    overview(samples),
    goalTable(goals),
    aheadTable(rivalries(samples)),
    `Measured on ${measuredOn}, Node ${node}, ${machine}.`,
    '',
  ].join('\n\n'),
);
