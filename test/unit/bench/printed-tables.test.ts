// Covers `bench/src/report`: the tables of README.md and docs/performance.md.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { aheadTable } from '../../../bench/src/report/goal-tables.js';
import { overview, shortOverview } from '../../../bench/src/report/overview.js';
import { readResults } from '../../../bench/src/report/results.js';
import { rivalries } from '../../../bench/src/report/rivals.js';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

/** The table of a page that has this among its headings. */
function tableWith(heading: string, page: string): string {
  const tables = page
    .trim()
    .split(/\n\n+/)
    .filter((text) => text.startsWith('|'));
  return tables.find((text) => text.split('\n')[0]!.includes(heading)) ?? '';
}

test('the README has the table that is printed of the last whole run, as it is', async () => {
  const { samples } = await readResults();
  expect(tableWith('CPU/call', read('README.md'))).toBe(shortOverview(samples));
});

test('docs/performance.md has all figures of that run, and everybody who is better', async () => {
  const { samples } = await readResults();
  const page = read('docs/performance.md');
  expect(tableWith('CPU/call', page)).toBe(overview(samples));
  expect(tableWith('better on', page)).toBe(aheadTable(rivalries(samples)));
});

test('a column that the README leaves out is none in which a goal was missed', async () => {
  const { samples, goals } = await readResults();
  const columns = (text: string): string[] =>
    text
      .split('\n')[0]!
      .split('|')
      .map((title) => title.trim());
  const left = columns(overview(samples)).filter((title) => !columns(shortOverview(samples)).includes(title));
  expect(left).toEqual(['bytes/call, no network', 'expiry: failed']);
  const missed = goals.filter(({ isReached }) => !isReached).map(({ goal }) => goal);
  expect(missed.filter((goal) => goal.startsWith('no network, bytes') || goal.startsWith('expiry, failed'))).toEqual(
    [],
  );
});
