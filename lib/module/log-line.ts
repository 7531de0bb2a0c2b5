import { inspect } from 'node:util';
import { LONGEST_LOG_LINE } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import { oneLine } from '../common/one-line.js';
import type { AuthApisEvent } from '../common/token-events.js';

interface Fields extends Partial<AccountLabel> {
  readonly event: string;
  readonly [field: string]: unknown;
}

/**
 * A sentence for people and the same in fields for machines: loggers that print text get the one, those that print
 * JSON the other. The sentence is in `message`, where winston looks for it; what else there is are the event's own fields.
 */
export class LogLine {
  readonly message: string;

  constructor(message: string, fields: Fields) {
    this.message = oneLine(message, LONGEST_LOG_LINE);
    Object.assign(this, printable(fields));
  }

  /** The line of an event. */
  static of({ type, ...rest }: AuthApisEvent, message: string): LogLine {
    return new LogLine(message, { event: type, ...rest });
  }

  toString(): string {
    return this.message;
  }

  /** Nest's logger prints objects through `inspect`. */
  [inspect.custom](): string {
    return this.message;
  }
}

/** Text loggers print fields, too. */
function printable(fields: Fields): object {
  const clean = (value: unknown): unknown => (typeof value === 'string' ? oneLine(value, LONGEST_LOG_LINE) : value);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clean(value)]));
}
