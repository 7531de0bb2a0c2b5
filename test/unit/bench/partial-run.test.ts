// Covers `bench/src/report`: results of a run of some scenarios.
import { expect, test } from 'vitest';
import { aheadTable, goalTable } from '../../../bench/src/report/goal-tables.js';
import { judgeGoals } from '../../../bench/src/report/goals.js';
import type { Measured } from '../../../bench/src/report/results.js';
import { rivalries } from '../../../bench/src/report/rivals.js';
import { scenarioTable } from '../../../bench/src/report/scenario-table.js';

const loopback = (callsPerSecond: Readonly<Record<string, number>>): Measured => ({
  loopback: Object.fromEntries(Object.entries(callsPerSecond).map(([id, each]) => [id, { callsPerSecond: [each] }])),
});
const judged = (measured: Measured) => judgeGoals(measured).filter(({ figure }) => figure);

test('a run that no goal is about says so', () => {
  expect(goalTable(judged(loopback({ 'static-axios': 1, 'our-attach': 1 })))).toBe(
    'No goal is about what was measured.',
  );
  expect(goalTable(judged(loopback({ 'static-nest-axios': 1, 'our-client': 2 })))).toContain(' reached ');
});

test('a run without one of ours and another on the same transport compares nothing, and does not say who is better', () => {
  const nothing = 'Nobody of ours was measured beside another on the same transport.';
  expect(aheadTable(rivalries(loopback({ 'static-axios': 1, 'our-attach': 1 })))).toBe(nothing);
  expect(aheadTable(rivalries(loopback({ 'undici-by-hand': 9, 'our-attach': 1 })))).toBe(nothing);
});

test('who is better is told only of what was compared', () => {
  const better = aheadTable(rivalries(loopback({ 'by-hand': 1, 'our-attach': 2 })));
  expect(better).toBe('On the same transport no contender is better in any figure.');
  const worse = aheadTable(rivalries(loopback({ 'by-hand': 2, 'our-attach': 1 })));
  expect(worse).toContain('our `attach`');
  expect(worse).toContain('0.50');
});

test('a scenario that none of the asked has a part in makes an empty table', () => {
  expect(scenarioTable('stub', {}).split('\n')).toHaveLength(2);
});
