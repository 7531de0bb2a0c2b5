import type { LoggerService } from '@nestjs/common';
import { accountText, durationText, timeText } from '../common/messages.js';
import type { AccountLabel } from '../common/errors.js';
import type {
  AuthApisEvent,
  CallReplayedEvent,
  CredentialsRefusedEvent,
  TokenFailedEvent,
  TokenRefreshedEvent,
} from '../token/token-events.js';
import { LogLine } from './log-line.js';

/** How an account that is not fine stands in the eyes of an operator; a line is written when it changes. */
type Standing = 'rejected' | 'failing' | 'failing without a token' | 'refused' | 'refused without a token';

/** Of accounts that the app looks up, for each API and minute: a vendor's outage is not worth a line for every customer. */
const MOST_LINES = 10;
const MINUTE_MS = 60_000;

/** A pause that a vendor asks for is news when it is so long, also of an account that is known to fail. */
const LONG_PAUSE_MS = 5 * MINUTE_MS;

type Log = Required<Pick<LoggerService, 'log' | 'warn' | 'error' | 'debug'>>;

/**
 * Turns events into log lines that a person understands at three in the morning: which account, what happened, what
 * happens next and when. One line a change, not one a call.
 */
export class TokenLog {
  readonly #log: Log;
  readonly #standings = new Map<string, Standing>();
  readonly #pauses = new Map<string, number>();
  readonly #spentToldAt = new Map<string, number>();
  readonly #crowds = new Map<string, { since: number; lines: number }>();
  readonly #isConfigured: (account: AccountLabel) => boolean;

  /** @param isConfigured whether an account is one of the options */
  constructor(log: Log, isConfigured: (account: AccountLabel) => boolean = () => true) {
    this.#log = log;
    this.#isConfigured = isConfigured;
  }

  /** Writes what `event` has to say, if anything. */
  write(event: AuthApisEvent): void {
    const who = accountText(event);
    switch (event.type) {
      case 'refreshed':
        return this.#refreshed(who, event);
      case 'failed':
        return this.#failed(who, event, 'failing', 'failing without a token');
      case 'refused':
        return this.#failed(who, event, 'refused', 'refused without a token');
      case 'rejected':
        this.#standings.set(who, 'rejected');
        return this.#tell(
          'warn',
          event,
          `${who}: an API answered 401 to the token before its end; it is thrown away and another asked for`,
        );
      case 'replayed':
        return event.accepted ? undefined : this.#disappointed(who, event);
      case 'rotated':
        return this.#tell(
          'warn',
          event,
          event.secret === 'next'
            ? `${who}: the vendor refuses the first of the two secrets and takes the second, which is used first from now on; the first can be taken out of the configuration`
            : `${who}: the vendor takes the first of the two secrets again, which is used first from now on`,
        );
      case 'learned':
        return this.#tell(
          'warn',
          event,
          `${who}: two tokens in a row died at an age of ${durationText(event.lifetimeMs)}, not ${durationText(event.documentedMs)} as the vendor says; from now on they are refreshed before that age`,
        );
      case 'forgotten':
        return this.#tell(
          'log',
          event,
          `${who}: tokens live as long as the vendor says again, and are refreshed accordingly`,
        );
      case 'evicted':
        this.#pauses.delete(who);
        this.#standings.delete(who);
        return this.#tell('debug', event, `${who}: dropped (${event.reason}); its next call asks for a token anew`);
      case 'storeLost':
        return this.#tell(
          'warn',
          event,
          `the token store cannot be had (${event.problem}); calls go on, and until it is back each replica asks for tokens of its own`,
        );
      case 'storeBack':
        return this.#tell('log', event, 'the token store is back; replicas share tokens again');
      case 'requested':
      case 'stopped':
        return;
    }
  }

  /** Its kind alone: what it says may quote the answer. */
  badRule(error: unknown): void {
    const kind = error instanceof Error ? error.name : typeof error;
    const text = `\`isUnauthorized\` has thrown (${kind}), and an answer with status 401 counts as refused in its place; over undici and \`fetch\` there is no \`data\` for it to read`;
    this.#print('warn', new LogLine(text, { event: 'unauthorizedRule', kind }));
  }

  /** A call through a client went to an origin that gets no token. */
  foreign(account: AccountLabel, origin: string): void {
    const text = `${accountText(account)}: calls to ${origin} carry no token, it is none of the account's origins; if it should be, add it to \`allowedOrigins\``;
    this.#print('warn', new LogLine(text, { event: 'foreignOrigin', ...account, origin }));
  }

  #tell(level: keyof Log, event: AuthApisEvent, text: string): void {
    const lines = level === 'debug' || this.#isKept(event) ? 0 : this.#linesOfCrowd(event);
    if (lines === MOST_LINES + 1) {
      const more = `${event.api}: more of the accounts that the app looks up change; what happens to them is told at level debug until a minute has passed`;
      this.#print(level, LogLine.of(event, more));
    }
    this.#print(lines > MOST_LINES ? 'debug' : level, LogLine.of(event, text));
  }

  /** How many there were within the minute, this one included. */
  #linesOfCrowd({ api, at }: AuthApisEvent): number {
    const known = this.#crowds.get(api);
    const crowd = known && at - known.since < MINUTE_MS ? known : { since: at, lines: 0 };
    this.#crowds.set(api, crowd);
    return ++crowd.lines;
  }

  /** An app's logger may know only strings; one that throws at those too must fail no call, and end no process. */
  #print(level: keyof Log, line: LogLine): void {
    for (const form of [line, line.message]) {
      try {
        return this.#log[level](form);
      } catch {
        // As a string then; after that there is nowhere left to say it.
      }
    }
  }

  /** Keeps nothing of an account that is fine: there may be a hundred thousand. */
  #refreshed(who: string, event: TokenRefreshedEvent): void {
    const had = this.#standings.delete(who);
    const text = `token received, lives until ${timeText(event.expiresAt)}, next refresh at ${timeText(event.refreshesAt)}`;
    if (had) this.#tell('log', event, `${who}: recovered${afterText(event)}; ${text}`);
    else this.#tell(event.tokens === 1 && this.#isKept(event) ? 'log' : 'debug', event, `${who}: ${text}`);
  }

  /** Whether it has a token though nobody calls; what is looked up, or has parameters, there may be any number of. */
  #isKept(account: AccountLabel): boolean {
    return account.params === undefined && this.#isConfigured(account);
  }

  #failed(
    who: string,
    event: TokenFailedEvent | CredentialsRefusedEvent,
    withToken: Standing,
    without: Standing,
  ): void {
    // Ids that somebody makes up must not fill the log, and callers are told.
    if (event.error.code === 'UNKNOWN_ACCOUNT') return this.#tell('debug', event, event.error.message);
    if (event.error.code === 'TOKEN_BUDGET_SPENT') return this.#spent(event);
    const standing = event.tokenLivesUntil === undefined ? without : withToken;
    const pauseMs = Math.max(0, event.nextAttemptAt - event.at);
    const isAsked = event.type === 'failed' && event.askedToWait === true;
    if (this.#standings.get(who) === standing && !(isAsked && pauseMs >= LONG_PAUSE_MS)) return;
    this.#standings.set(who, standing);
    const then = this.#isKept(event) ? 'then at growing intervals until it works' : 'or later, while it is in use';
    const wish = isAsked ? ' as the vendor asks,' : '';
    const next = `next attempt in ${durationText(pauseMs)}, at ${timeText(event.nextAttemptAt)},${wish} ${then}`;
    const line = `${event.error.message}. Meaning: ${meaningOf(event)}`;
    if (event.tokenLivesUntil === undefined) {
      const calls = event.type === 'refused' ? 'calls fail at once' : 'calls wait a moment, then fail';
      this.#tell('error', event, `${line}, and there is no living token: ${calls}; ${next}`);
    } else {
      const until = timeText(event.tokenLivesUntil);
      const after = event.nextAttemptAt > event.tokenLivesUntil ? ', and fail from then to the next attempt' : '';
      this.#tell('warn', event, `${line}; calls go on with the present token until ${until}${after}; ${next}`);
    }
  }

  /** The budget is the API's: one line for all of its accounts, once a minute at the most. */
  #spent(event: TokenFailedEvent | CredentialsRefusedEvent): void {
    const { api, at, error } = event;
    if (at - (this.#spentToldAt.get(api) ?? -Infinity) < MINUTE_MS) return;
    this.#spentToldAt.set(api, at);
    this.#tell(
      'warn',
      event,
      `${error.message}; tokens that live are served as ever, calls without one fail until then`,
    );
  }

  #disappointed(who: string, event: CallReplayedEvent): void {
    const { pausedUntil = 0 } = event;
    // Told by every call that was replayed; the same pause may differ by a rounded millisecond.
    if (pausedUntil - (this.#pauses.get(who) ?? -Infinity) < 1_000) return;
    this.#pauses.set(who, pausedUntil);
    this.#tell(
      'warn',
      event,
      `${who}: an API answered 401 to a brand-new token as well, so the token is not the reason (permissions?); ` +
        `callers get their 401s, and until ${timeText(pausedUntil)} none of them buys another token`,
    );
  }
}

function meaningOf({ type, error }: TokenFailedEvent | CredentialsRefusedEvent): string {
  if (type === 'failed') return 'no new token for now';
  if (error.code === 'CREDENTIALS_REJECTED') return 'the vendor refuses the credentials';
  return 'the vendor says no, and not to the credentials (are `baseURL` and `authURL` right?)';
}

function afterText({ afterFailures, failingSince, at }: TokenRefreshedEvent): string {
  if (afterFailures === 0) return '';
  const lasted = failingSince === undefined ? '' : ` in ${durationText(at - failingSince)}`;
  return ` after ${afterFailures} failed ${afterFailures === 1 ? 'attempt' : 'attempts'}${lasted}`;
}
