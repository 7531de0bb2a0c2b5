import { ManualClock } from 'nestjs-auth-apis/testing';
import type { Log } from '../../lib/module/log-printer.js';
import type { TokenLogSetting } from '../../lib/module/token-log.js';
import { TokenLog } from '../../lib/module/token-log.js';

/** A log of accounts that are all in the options and refreshed, unless `setting` says otherwise. */
export const tokenLog = (log: Log, setting: Partial<TokenLogSetting> = {}): TokenLog =>
  new TokenLog(log, {
    clock: new ManualClock(),
    tokenWaitTimeoutMs: 10_000,
    isRefreshing: true,
    isConfigured: () => true,
    isLiving: () => false,
    mostAccounts: 10_000,
    ...setting,
  });

/** A log that keeps its lines. */
export function keptLines(): { lines: string[]; log: Log } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (line: unknown): void =>
      void lines.push(`${level} ${String(line)}`);
  return { lines, log: { log: keep('LOG'), warn: keep('WARN'), error: keep('ERROR'), debug: keep('DEBUG') } };
}
