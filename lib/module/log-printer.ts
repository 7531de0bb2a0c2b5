import type { LoggerService } from '@nestjs/common';
import type { AccountLabel } from '../common/errors.js';
import type { AuthApisEvent } from '../common/token-events.js';
import { LogLine } from './log-line.js';

export type Log = Required<Pick<LoggerService, 'log' | 'warn' | 'error' | 'debug'>>;

/** Of accounts that the app looks up, for each API and minute: a vendor's outage is not worth a line for every customer. */
const MOST_LINES = 10;
const MINUTE_MS = 60_000;

/** Says what there is to say of an event, and not everything of a crowd. */
export class LogPrinter {
  readonly #log: Log;
  readonly #isOfCrowd: (account: AccountLabel) => boolean;
  readonly #crowds = new Map<string, { since: number; lines: number }>();

  /** @param isOfCrowd whether an account is one of any number */
  constructor(log: Log, isOfCrowd: (account: AccountLabel) => boolean) {
    this.#log = log;
    this.#isOfCrowd = isOfCrowd;
  }

  tell(level: keyof Log, event: AuthApisEvent, text: string): void {
    const lines = level === 'debug' || !this.#isOfCrowd(event) ? 0 : this.#linesOfCrowd(event);
    if (lines === MOST_LINES + 1) {
      const more = `${event.api}: more of the accounts that the app looks up change; what happens to them is told at level debug until a minute has passed`;
      this.print(level, LogLine.of(event, more));
    }
    this.print(lines > MOST_LINES ? 'debug' : level, LogLine.of(event, text));
  }

  /** An app's logger may know only strings; one that throws at those too must fail no call, and end no process. */
  print(level: keyof Log, line: LogLine): void {
    for (const form of [line, line.message]) {
      try {
        return this.#log[level](form);
      } catch {
        // As a string then; after that there is nowhere left to say it.
      }
    }
  }

  /** How many there were within the minute, this one included. */
  #linesOfCrowd({ api, at }: AuthApisEvent): number {
    const known = this.#crowds.get(api);
    const crowd = known && at - known.since < MINUTE_MS ? known : { since: at, lines: 0 };
    this.#crowds.set(api, crowd);
    return ++crowd.lines;
  }
}
