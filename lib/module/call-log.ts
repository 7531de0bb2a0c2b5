import type { CallReports } from '../common/context.js';
import { LONGEST_ORIGIN } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import { accountText, DEFAULT_ACCOUNT } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import { errorName } from '../common/thrown.js';
import { LogLine } from './log-line.js';
import type { LogPrinter } from './log-printer.js';

/** More origins than this have been called: something makes them up, and a line each would drown the log. */
const MOST_ORIGINS = 100;

/** Writes log lines about calls, each once: one for each origin, and one for each rule that throws. */
export class CallLog implements CallReports {
  readonly #printer: LogPrinter;
  readonly #isConfigured: (account: AccountLabel) => boolean;
  readonly #origins = new Set<string>();
  readonly #brokenRules = new WeakSet<object>();

  constructor(printer: LogPrinter, isConfigured: (account: AccountLabel) => boolean) {
    this.#printer = printer;
    this.#isConfigured = isConfigured;
  }

  originNotAllowed(label: AccountLabel, target: string): void {
    const origin = oneLine(target, LONGEST_ORIGIN);
    // There may be many accounts that the app resolves by id: one line for all of them.
    const account = this.#isConfigured(label) ? label : { api: label.api, account: DEFAULT_ACCOUNT };
    const key = `${account.api} ${account.account} ${origin}`;
    if (this.#origins.has(key) || this.#origins.size >= MOST_ORIGINS) return;
    this.#origins.add(key);
    const text = `${accountText(account)}: calls to ${origin} carry no token, it is none of the account's origins; if it should be, add it to \`allowedOrigins\``;
    this.#printer.print('warn', new LogLine(text, { event: 'originNotAllowed', ...account, origin }));
  }

  /** Says the error's kind alone: its message may quote the response. */
  isUnauthorizedThrew(rule: object, { api }: Pick<AccountLabel, 'api'>, error: unknown): void {
    if (this.#brokenRules.has(rule)) return;
    this.#brokenRules.add(rule);
    const kind = error instanceof Error ? (errorName(error) ?? 'an error') : typeof error;
    const text = `${api}: \`isUnauthorized\` has thrown (${kind}), and a response with status 401 counts as unauthorized in its place; over undici and \`fetch\` there is no \`data\` for it to read`;
    this.#printer.print('warn', new LogLine(text, { event: 'isUnauthorizedThrew', api, kind }));
  }
}
