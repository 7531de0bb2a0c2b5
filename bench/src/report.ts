/** Prints what the last whole run measured as markdown, for the README: `node bench/dist/report.js`. */
import { aheadTable, goalTable } from './report/goal-tables.js';
import { overview } from './report/overview.js';
import { readResults } from './report/results.js';

const { samples, goals, ahead, node, machine, measuredOn } = await readResults();
process.stdout.write(
  [
    overview(samples),
    goalTable(goals),
    aheadTable(ahead),
    `Measured on ${measuredOn}, Node ${node}, ${machine}.`,
    '',
  ].join('\n\n'),
);
