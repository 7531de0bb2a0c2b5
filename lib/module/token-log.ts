import type { LoggerService } from '@nestjs/common';
import { accountText, durationText, timeText } from '../common/messages.js';
import type { AuthApisEvent, CredentialsRefusedEvent, TokenFailedEvent } from '../token/token-events.js';

/** How an account stands in the eyes of an operator; a line is written when it changes. */
type Standing =
  'unknown' | 'fine' | 'rejected' | 'failing' | 'failing without a token' | 'refused' | 'refused without a token';

type Log = Required<Pick<LoggerService, 'log' | 'warn' | 'error' | 'debug'>>;

/**
 * Turns events into log lines that a person understands at three in the morning: which account, what happened, what
 * happens next and when. One line a change, not one a call.
 */
export class TokenLog {
  readonly #log: Log;
  readonly #standings = new Map<string, Standing>();
  readonly #pauses = new Map<string, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Writes what `event` has to say, if anything. */
  write(event: AuthApisEvent): void {
    const who = accountText(event);
    switch (event.type) {
      case 'refreshed': {
        const was = this.#change(who, 'fine');
        const text = `token received, lives until ${timeText(event.expiresAt)}, next refresh at ${timeText(event.refreshesAt)}`;
        if (was === 'unknown') this.#log.log(`${who}: ${text}`);
        else if (was === 'fine') this.#log.debug(`${who}: ${text}`);
        else this.#log.log(`${who}: recovered${afterText(event.afterFailures)}; ${text}`);
        return;
      }
      case 'failed':
        return this.#failed(who, event, 'failing', 'failing without a token');
      case 'refused':
        return this.#failed(who, event, 'refused', 'refused without a token');
      case 'rejected':
        this.#change(who, 'rejected');
        return this.#log.warn(
          `${who}: an API answered 401 to the token before its end; it is thrown away and another asked for`,
        );
      case 'replayed':
        return event.accepted ? undefined : this.#disappointed(who, event.pausedUntil);
      case 'requested':
      case 'stopped':
        return;
    }
  }

  /** A call through a client went to an origin that gets no token. */
  foreign(who: string, origin: string): void {
    this.#log.warn(
      `${who}: calls to ${origin} carry no token, it is none of the account's origins; if it should be, add it to \`allowedOrigins\``,
    );
  }

  #failed(
    who: string,
    event: TokenFailedEvent | CredentialsRefusedEvent,
    withToken: Standing,
    without: Standing,
  ): void {
    const standing = event.tokenLivesUntil === undefined ? without : withToken;
    if (this.#change(who, standing) === standing) return;
    const pause = durationText(Math.max(0, event.nextAttemptAt - event.at));
    const next = `next attempt in ${pause}, at ${timeText(event.nextAttemptAt)}, then at growing intervals until it works`;
    const line = `${event.error.message}. Meaning: ${meaningOf(event)}`;
    if (event.tokenLivesUntil === undefined) {
      const calls = event.type === 'refused' ? 'calls fail at once' : 'calls wait a moment, then fail';
      this.#log.error(`${line}, and there is no living token: ${calls}; ${next}`);
    } else {
      this.#log.warn(`${line}; calls go on with the present token until ${timeText(event.tokenLivesUntil)}; ${next}`);
    }
  }

  #disappointed(who: string, pausedUntil = 0): void {
    if (this.#pauses.get(who) === pausedUntil) return;
    this.#pauses.set(who, pausedUntil);
    this.#log.warn(
      `${who}: an API answered 401 to a brand-new token as well, so the token is not the reason (permissions?); ` +
        `callers get their 401s, and until ${timeText(pausedUntil)} none of them buys another token`,
    );
  }

  #change(who: string, standing: Standing): Standing {
    const was = this.#standings.get(who) ?? 'unknown';
    this.#standings.set(who, standing);
    return was;
  }
}

function meaningOf({ type, error }: TokenFailedEvent | CredentialsRefusedEvent): string {
  if (type === 'failed') return 'no new token for now';
  if (error.code === 'CREDENTIALS_REJECTED') return 'the vendor refuses the credentials';
  return 'the vendor says no, and not to the credentials (are `baseURL` and `authURL` right?)';
}

const afterText = (failures: number): string =>
  failures === 0 ? '' : ` after ${failures} failed ${failures === 1 ? 'attempt' : 'attempts'}`;
