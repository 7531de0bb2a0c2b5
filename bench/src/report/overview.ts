import { CONTENDERS } from '../contenders/all.js';
import { quantile, ratioOf } from '../meters/samples.js';
import { number, table } from './markdown.js';
import type { Measured } from './results.js';

interface Column {
  readonly title: string;
  readonly text: (measured: Measured, id: string) => string | undefined;
  /** Not in the README: what nobody of ours misses a goal in, and hardly anybody differs in. */
  readonly isDetail?: true;
}

/** Everybody in one table, medians alone: for docs/performance.md. */
export const overview = (measured: Measured): string => tableOf(measured, COLUMNS);

/** The same for the README, where less has room. */
export const shortOverview = (measured: Measured): string =>
  tableOf(
    measured,
    COLUMNS.filter(({ isDetail }) => !isDetail),
  );

function tableOf(measured: Measured, columns: readonly Column[]): string {
  const took = ({ id }: { readonly id: string }): boolean => Object.values(measured).some((samples) => id in samples);
  const rows = CONTENDERS.filter(took).map(({ id, title, role }) => [
    role === 'ours' ? `**${title}**` : title,
    ...columns.map(({ text }) => text(measured, id) ?? '–'),
  ]);
  return table(['', ...columns.map(({ title }) => title)], rows);
}

const COLUMNS: readonly Column[] = [
  { title: 'CPU/call, no network', text: relative('stub', 'cpuMicros', 'static-axios') },
  { title: 'bytes/call, no network', text: relative('bytes', 'bytes', 'static-axios'), isDetail: true },
  { title: 'calls/s, loopback', text: relative('loopback', 'callsPerSecond', 'static-nest-axios') },
  { title: '10,000 cold: token requests', text: median('stampede', 'tokenRequests', 0) },
  { title: 'cold: failed', text: median('stampede', 'failed', 0) },
  { title: 'cold: time', text: median('stampede', 'relativeTime', 2) },
  { title: 'expiry: waited', text: median('expiry', 'waited', 0) },
  { title: 'expiry: failed', text: median('expiry', 'failed', 0), isDetail: true },
  { title: 'outage: failed', text: median('outage', 'failed', 0) },
  { title: 'revoked: failed', text: median('revocation', 'failed', 0) },
];

function relative(scenario: string, metric: string, to: string): Column['text'] {
  return (measured, id) => {
    const [own, below] = [measured[scenario]?.[id]?.[metric], measured[scenario]?.[to]?.[metric]];
    return own && below && number(ratioOf(own, below).median, 2);
  };
}

function median(scenario: string, metric: string, digits: number): Column['text'] {
  return (measured, id) => {
    const own = measured[scenario]?.[id]?.[metric];
    // Yardsticks have no tokens to keep fresh.
    return own && CONTENDERS.find((each) => each.id === id)?.role !== 'static'
      ? number(quantile(own, 0.5), digits)
      : undefined;
  };
}
