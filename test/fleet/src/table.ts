import type { Outcome } from './messages.js';

/** What came of one part of a scenario. */
export interface Row {
  readonly name: string;
  /** How many token requests there may be. */
  readonly least: number;
  readonly most: number;
  readonly seen: number;
  /** How often a replica took over a token through Redis. */
  readonly takenOver: number;
  /** Calls that the vendor refused with a 401 at first. */
  readonly refused: number;
  /** How many of them it could not but refuse. */
  readonly mayRefuse: number;
  readonly tookMs: number;
  readonly outcomes: readonly Outcome[];
  /** What replicas said when they lost their Redis. */
  readonly storeProblems: readonly string[];
}

/** Wide enough for what stands in them, so that each line can be printed when it is known. */
const COLUMNS: readonly (readonly [head: string, width: number])[] = [
  ['', -4],
  ['scenario', -57],
  ['answered', 8],
  ['of them HTTP', 12],
  ['401s', 6],
  ['failed', 6],
  ['expected', 8],
  ['token requests', 14],
  ['taken over', 10],
  ['seconds', 7],
];

export function isAsExpected({ least, most, seen, refused, mayRefuse, outcomes }: Row): boolean {
  if (refused > mayRefuse) return false;
  return seen >= least && seen <= most && failuresOf(outcomes).size === 0;
}

export const tableHead = (): string =>
  [line(COLUMNS.map(([head]) => head)), line(COLUMNS.map(([, width]) => '-'.repeat(Math.abs(width))))].join('\n');

/** One line; below it why calls failed, and when the count is wrong, what the replicas said of their Redis. */
export function tableRow(row: Row): string {
  const { name, least, most, seen, takenOver, refused, tookMs, outcomes, storeProblems } = row;
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, n) => all + n, 0);
  const failures = failuresOf(outcomes);
  const isGood = isAsExpected(row);
  const cells = [
    isGood ? 'ok' : 'FAIL',
    name,
    sum(outcomes.map(({ answered }) => answered)).toLocaleString('en'),
    sum(outcomes.map(({ answeredHttp }) => answeredHttp)).toLocaleString('en'),
    refused.toLocaleString('en'),
    String(sum(failures.values())),
    least === most ? String(least) : `${least} to ${most}`,
    String(seen),
    String(takenOver),
    (tookMs / 1_000).toFixed(1),
  ];
  const reasons = [...failures].map(([reason, n]) => `      ${n} calls: ${reason}`);
  const losses = [...tally(storeProblems)].map(([problem, n]) => `      Redis lost ${n} times: ${problem}`);
  return [line(cells), ...reasons, ...(isGood ? [] : losses)].join('\n');
}

function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) => {
      const [, width] = COLUMNS[i]!;
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
    })
    .join('  ');
}

function failuresOf(outcomes: readonly Outcome[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { failed } of outcomes) {
    for (const [reason, n] of Object.entries(failed)) sums.set(reason, (sums.get(reason) ?? 0) + n);
  }
  return sums;
}
