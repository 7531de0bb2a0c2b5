import { printableJson } from '../common/one-line.js';
import { type AccountReport, accountReport } from './account-report.js';
import type { Arguments } from './arguments.js';
import type { Configuration } from './configuration.js';
import { exitCodeOf } from './exit-code.js';
import { painter } from './paint.js';
import { probe } from './probe.js';
import { reportTable } from './report-table.js';
import { targetsOf } from './targets.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/** The whole of `check --json`. */
interface CheckDocument {
  readonly exitCode: number;
  readonly accounts: readonly AccountReport[];
  /** APIs whose accounts are looked up by an id: only `--account` can name one. */
  readonly notChecked: readonly string[];
}

/** Asks a token for each account, once and all at a time. @throws UsageError */
export async function check(args: Arguments, { options, nameOf }: Configuration, world: World): Promise<number> {
  const { targets, lookups } = targetsOf(options, args);
  if (targets.length === 0) {
    throw new UsageError(`The accounts of ${lookups.join(' and ')} are looked up: name one with --account.`, 'usage');
  }
  const { clock, tokenRequestTimeoutMs } = options;
  const probes = targets.map((target) => probe(target, clock, args.timeoutMs ?? tokenRequestTimeoutMs));
  const reports = (await Promise.all(probes)).map((each) => accountReport(each, nameOf, world.env));
  const exitCode = exitCodeOf(reports.map(({ outcome }) => outcome));
  const print = args.flags.has('json') ? printJson : printTable;
  print({ exitCode, accounts: reports, notChecked: lookups }, world);
  return exitCode;
}

const printJson = (document: CheckDocument, world: World): void =>
  world.out(`${printableJson(JSON.stringify(document, null, 2))}\n`);

function printTable({ accounts, notChecked }: CheckDocument, world: World): void {
  const paint = painter(world);
  const accepted = accounts.filter((report) => report.accepted).length;
  const isGood = accepted === accounts.length;
  const lines = [
    reportTable(accounts, paint, world.columns?.out),
    '',
    paint(`${accepted} of ${accounts.length} accepted.`, isGood ? 'green' : 'yellow'),
    ...notChecked.map((api) => `Accounts of ${api} that the app looks up: check ${api} --account <id>.`),
  ];
  world.out(`${lines.join('\n')}\n`);
}
