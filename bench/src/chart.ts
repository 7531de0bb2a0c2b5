/** Draws the chart of the last whole run again: `node bench/dist/chart.js`. */
import { drawChart } from './report/draw-chart.js';
import { readResults } from './report/results.js';

process.stdout.write(`${await drawChart(await readResults())}\n`);
