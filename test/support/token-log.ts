import { ManualClock } from 'nestjs-auth-apis/testing';
import type { AccountLabel } from '../../lib/common/errors.js';
import { CallLog } from '../../lib/module/call-log.js';
import type { Log } from '../../lib/module/log-printer.js';
import { LogPrinter } from '../../lib/module/log-printer.js';
import type { TokenLogSetting } from '../../lib/module/token-log.js';
import { TokenLog } from '../../lib/module/token-log.js';

/** A log of accounts that are all in the options and refreshed, unless `setting` says otherwise. */
export function tokenLog(log: Log, setting: Partial<TokenLogSetting> = {}): TokenLog {
  const { isConfigured = () => true } = setting;
  return new TokenLog(printerOf(log, isConfigured), {
    clock: new ManualClock(),
    tokenWaitTimeoutMs: 10_000,
    isRefreshing: () => true,
    isConfigured,
    isLiving: () => false,
    mostAccounts: 10_000,
    ...setting,
  });
}

/** A log of calls, of accounts that are all in the options unless `isConfigured` says otherwise. */
export const callLog = (log: Log, isConfigured: (account: AccountLabel) => boolean = () => true): CallLog =>
  new CallLog(printerOf(log, isConfigured), isConfigured);

/** As an app has it: those of the options are no crowd, their further tokens are. */
const printerOf = (log: Log, isConfigured: (account: AccountLabel) => boolean): LogPrinter =>
  new LogPrinter(log, (account) => account.tokenParams !== undefined || !isConfigured(account));

/** A log that keeps its lines. */
export function keptLines(): { lines: string[]; log: Log } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (line: unknown): void =>
      void lines.push(`${level} ${String(line)}`);
  return { lines, log: { log: keep('LOG'), warn: keep('WARN'), error: keep('ERROR'), debug: keep('DEBUG') } };
}
