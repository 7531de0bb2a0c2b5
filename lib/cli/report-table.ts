import type { AccountReport } from './account-report.js';
import { columnWidths, field } from './layout.js';
import type { Colour, Paint } from './paint.js';
import { cellsOf, COLUMNS, sentencesOf, titleOf } from './report-texts.js';

const GAP = '  ';
/** On a terminal: longer lines are hard to read. */
const WIDEST = 100;
const NARROWEST = 40;
const NAME_WIDTH = 13;
const COLOURS: Readonly<Record<AccountReport['outcome'], Colour>> = {
  accepted: 'green',
  denied: 'red',
  misconfigured: 'red',
  unavailable: 'yellow',
};

/**
 * A row for each account, and below what takes sentences; on a narrow terminal all of it below.
 *
 * @param columns of the terminal; `Infinity` without one: then no line is broken
 */
export function reportTable(reports: readonly AccountReport[], paint: Paint, columns = Infinity): string {
  const width = columns === Infinity ? columns : Math.max(NARROWEST, Math.min(columns, WIDEST));
  const rows = reports.map(cellsOf);
  const head = COLUMNS.map((name) => name.toUpperCase());
  const widths = columnWidths([head, ...rows]);
  const isWide = widths.reduce((sum, each) => sum + each + GAP.length, 0) - GAP.length <= width;
  const table = isWide ? [paint(line(head, widths), 'dim'), ...rows.map((row) => line(row, widths))] : [];
  const blocks = reports.map((report, i) => {
    const cells = COLUMNS.flatMap((name, at): [string, string][] => (at > 0 ? [[name, rows[i]![at]!]] : []));
    const fields = [...(isWide ? [] : cells), ...sentencesOf(report)];
    const lines = fields.flatMap(([name, text]) => field(`  ${name}`, text, NAME_WIDTH, width));
    return [paint(titleOf(report), COLOURS[report.outcome]), ...lines];
  });
  return [...(isWide ? [table] : []), ...blocks].map((lines) => lines.join('\n')).join('\n\n');
}

const line = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, i) => cell.padEnd(widths[i]!))
    .join(GAP)
    .trimEnd();
