import { accountText, durationText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import type { AccountReport } from './account-report.js';
import { clockText } from './clock-difference.js';

/** What vendors' machines may be apart, and dates are cut to. */
const ABOUT_MS = 5_000;

/** What is told of an account in a word or two, by name. */
export const COLUMNS = ['account', 'reachable', 'accepted', 'contract', 'lifetime', 'clock'] as const;

/** The texts of the columns. */
export function cellsOf(report: AccountReport): string[] {
  const { outcome, reachable, contract, clock, requests } = report;
  const last = requests.at(-1);
  const refused = last?.status === undefined ? '-' : `no (${last.status})`;
  const reached = reachable ? `yes, ${last!.durationMs} ms` : 'no';
  return [
    titleOf(report),
    reachable === undefined ? 'not asked' : reached,
    outcome === 'accepted' ? 'yes' : refused,
    contract ?? '-',
    lifetimeText(report.lifetime),
    reachable ? clockText(clock) : '-',
  ];
}

/** What takes a line or more: names and texts, in their order. */
export function sentencesOf({ requests, origins, problem, tokenAgeMs, secret }: AccountReport): [string, string][] {
  const [last, ...before] = requests.toReversed();
  const elsewhere = before.map(({ method, url, status }) => `; ${method} ${url} said ${status}`).join('');
  const said: [string, string | undefined][] = [
    ['request', last && `${last.method} ${last.url}${elsewhere}`],
    ['origins', origins.join(' ')],
    ['note', ageText(tokenAgeMs)],
    ['note', secret === 'next' ? 'The second of the pair of secrets was accepted, the first was not.' : undefined],
    ['problem', problem?.message],
    ['meaning', problem?.meaning],
    ['remedy', problem && problem.remedy + waitText(problem.retryAfterMs)],
  ];
  return said.flatMap(([name, text]) => (text ? [[name, oneLine(text)]] : []));
}

export const titleOf = (report: AccountReport): string =>
  oneLine(accountText({ api: report.api, account: report.account }));

function lifetimeText(lifetime: AccountReport['lifetime']): string {
  if (!lifetime) return '-';
  const { ms, source, documentedMs, differenceMs } = lifetime;
  const documented = durationText(documentedMs);
  if (source === 'documentation') return `${documented}, not told`;
  if (source === 'options') return `${durationText(ms)} by option, documented ${documented}`;
  return Math.abs(differenceMs) <= ABOUT_MS
    ? `${documented}, as documented`
    : `${durationText(ms)}, documented ${documented}`;
}

function ageText(ageMs = 0): string | undefined {
  if (Math.abs(ageMs) <= ABOUT_MS) return undefined;
  const when = ageMs > 0 ? 'before it came' : 'after it came, by the vendor’s own clock';
  return `The token says that it was issued ${durationText(Math.abs(ageMs))} ${when}.`;
}

const waitText = (ms: number | undefined): string =>
  ms === undefined ? '' : ` The vendor asks to wait ${durationText(ms)}.`;
