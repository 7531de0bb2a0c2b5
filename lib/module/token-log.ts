import type { Clock } from '../common/clock.js';
import type { AccountLabel } from '../common/errors.js';
import { accountKey, accountText, durationText, timeText } from '../common/messages.js';
import type {
  AuthApisEvent,
  CallRetriedEvent,
  TokenObtainedEvent,
  TokenRejectedEvent,
} from '../common/token-events.js';
import { Disappointments } from './disappointments.js';
import { LogLine } from './log-line.js';
import type { LogPrinter } from './log-printer.js';
import { type FailedAttempt, isAskedToWait, meaningOf, Outlook, type OutlookSetting } from './outlook.js';
import { TokenEnds } from './token-ends.js';

export interface TokenLogSetting extends OutlookSetting {
  readonly clock: Clock;
  /** Whether an account has a living token at this moment. */
  isLiving(account: AccountLabel): boolean;
  /** How many accounts there may be. */
  readonly mostAccounts: number;
}

/** A token was refused by an API. */
const REJECTED = 'tokenRejected';

const MINUTE_MS = 60_000;
/** A pause that a vendor asks for is news when it is so long, also of an account that is known to fail. */
const LONG_PAUSE_MS = 5 * MINUTE_MS;

/**
 * Turns events into log lines that a person understands at three in the morning: which account, what happened, what
 * happens next and when. One line a change, not one a call.
 */
export class TokenLog {
  readonly #printer: LogPrinter;
  readonly #outlook: Outlook;
  readonly #isLiving: TokenLogSetting['isLiving'];
  readonly #mostAccounts: number;
  /** How an account that is not fine stands in the eyes of an operator; a line is written when it changes. */
  readonly #standings = new Map<string, string>();
  readonly #ends: TokenEnds;
  readonly #disappointments = new Disappointments();
  readonly #spentToldAt = new Map<string, number>();

  constructor(printer: LogPrinter, setting: TokenLogSetting) {
    const outlook = new Outlook(setting);
    this.#printer = printer;
    this.#outlook = outlook;
    this.#isLiving = (account) => setting.isLiving(account);
    this.#mostAccounts = setting.mostAccounts;
    this.#ends = new TokenEnds(setting.clock);
  }

  /** Writes what `event` has to say, if anything. */
  write(event: AuthApisEvent): void {
    const who = accountText(event);
    switch (event.type) {
      case 'tokenObtained':
        return this.#refreshed(who, event);
      case 'tokenRequestFailed':
      case 'tokenRequestDenied':
        return this.#failed(who, event);
      case 'tokenRejected':
        return this.#rejected(who, event);
      case 'callRetried':
        return event.accepted ? this.#accepted(who, event) : this.#disappointed(who, event);
      case 'secretRotated':
        return this.#printer.tell(
          'warn',
          event,
          event.secret === 'next'
            ? `${who}: the vendor refuses the first of the two secrets and takes the second, which is used first from now on; the first can be taken out of the configuration`
            : `${who}: the vendor takes the first of the two secrets again, which is used first from now on`,
        );
      case 'accountEvicted':
        this.#disappointments.forget(accountKey(event));
        this.#standings.delete(accountKey(event));
        return this.#printer.tell(
          'debug',
          event,
          `${who}: dropped (${event.reason}); its next call asks for a token anew`,
        );
      case 'storeUnavailable': // The store is nobody's account, and there is one.
        return this.#printer.print(
          'warn',
          LogLine.of(
            event,
            `the token store cannot be had (${event.problem}); calls go on, and until it is back each replica asks for tokens of its own`,
          ),
        );
      case 'storeAvailable':
        return this.#printer.print('log', LogLine.of(event, 'the token store is back; replicas share tokens again'));
      case 'tokenCacheClosed':
        return this.#ends.forget(accountKey(event));
      case 'tokenRequested':
        return;
    }
  }

  /** Keeps nothing of an account that is fine: there may be a hundred thousand. */
  #refreshed(who: string, event: TokenObtainedEvent): void {
    this.#ends.forget(accountKey(event));
    const before = this.#standings.get(accountKey(event));
    this.#standings.delete(accountKey(event));
    const next = this.#outlook.refreshText(event, event.refreshesAt);
    const text = `token received, lives until ${timeText(event.expiresAt)}, ${next}`;
    // Whether a token in the place of a refused one mends anything, the API has yet to say.
    const isRecovery = before !== undefined && (before !== REJECTED || event.afterFailures > 0);
    const isNews = before !== undefined || (event.sequence === 1 && this.#outlook.isOurs(event));
    const recovered = isRecovery ? `recovered${afterText(event)}; ` : '';
    this.#printer.tell(isNews ? 'log' : 'debug', event, `${who}: ${recovered}${text}`);
  }

  #failed(who: string, event: FailedAttempt): void {
    const { error, tokenUsableUntil } = event;
    const before = this.#standings.get(accountKey(event));
    // Ids that somebody makes up must not fill the log, and callers are told. One that had a token was none of these.
    const isMadeUp = error.code === 'UNKNOWN_ACCOUNT' && tokenUsableUntil === undefined && before === undefined;
    if (isMadeUp) return this.#printer.tell('debug', event, error.message);
    if (error.code === 'TOKEN_RATE_LIMITED') return this.#spent(event);
    this.#awaitEnd(who, event);
    const standing = standingAfter(event, tokenUsableUntil !== undefined);
    const isLong = isAskedToWait(event) && event.nextAttemptAt - event.at >= LONG_PAUSE_MS;
    if (before === standing && !isLong) return;
    this.#stand(accountKey(event), standing);
    const line = `${error.message}. Meaning: ${meaningOf(event)}`;
    const next = this.#outlook.attemptText(event);
    if (tokenUsableUntil === undefined) {
      const calls = this.#outlook.callsText(event);
      this.#printer.tell('error', event, `${line}, and there is no living token: ${calls}; ${next}`);
    } else {
      const until = this.#outlook.untilText(event);
      this.#printer.tell('warn', event, `${line}; calls go on with the present token${until}; ${next}`);
    }
  }

  /** One that was dropped may fail all the same, with whoever holds it, and nobody would tell that it is gone. */
  #stand(key: string, standing: string): void {
    this.#standings.set(key, standing);
    if (this.#standings.size > this.#mostAccounts) this.#standings.delete(this.#standings.keys().next().value!);
  }

  #awaitEnd(who: string, event: FailedAttempt): void {
    const { api, account, error, failingSince, at, tokenUsableUntil = -Infinity, nextAttemptAt } = event;
    this.#ends.forget(accountKey(event));
    if (tokenUsableUntil < at || tokenUsableUntil > nextAttemptAt || !this.#outlook.isOurs(event)) return;
    this.#ends.await(accountKey(event), tokenUsableUntil - at, (now) => {
      if (this.#isLiving(event)) return;
      this.#stand(accountKey(event), standingAfter(event, false));
      const next = this.#outlook.attemptText(event, now);
      const text = `${who}: the last token has ended, and there is no living token: ${this.#outlook.callsText(event)}; ${next}`;
      const fields = { event: 'tokenExpired', api, account, at: now, error, failingSince, nextAttemptAt };
      this.#printer.print('error', new LogLine(text, fields));
    });
  }

  /** The budget is the API's: one line for all of its accounts, once a minute at the most. */
  #spent(event: FailedAttempt): void {
    const { api, at, error } = event;
    if (at - (this.#spentToldAt.get(api) ?? -Infinity) < MINUTE_MS) return;
    this.#spentToldAt.set(api, at);
    this.#printer.tell(
      'warn',
      event,
      `${error.message}; tokens that live are served as ever, calls without one wait or fail until then`,
    );
  }

  #rejected(who: string, event: TokenRejectedEvent): void {
    this.#ends.forget(accountKey(event));
    const text = `${who}: an API answered 401 to the token ${whenText(event)}; it is thrown away, ${this.#outlook.replacementText(event)}${remedyText(event)}`;
    if (this.#disappointments.has(accountKey(event), event.at)) return this.#printer.tell('debug', event, text);
    this.#stand(accountKey(event), REJECTED);
    this.#printer.tell('warn', event, text);
  }

  #disappointed(who: string, event: CallRetriedEvent): void {
    const { at, pausedUntil = 0 } = event;
    const what = this.#disappointments.note(accountKey(event), at, pausedUntil);
    if (what === 'known') return;
    this.#printer.tell(
      what === 'news' ? 'warn' : 'debug',
      event,
      `${who}: an API answered 401 to a brand-new token as well, so the token is not the reason (permissions?); ` +
        `callers get their 401s, and until ${timeText(pausedUntil)} none of them buys another token, then one after each pause`,
    );
  }

  #accepted(who: string, event: CallRetriedEvent): void {
    if (!this.#disappointments.has(accountKey(event), event.at)) return;
    this.#disappointments.forget(accountKey(event));
    this.#printer.tell(
      'log',
      event,
      `${who}: an API took the new token that a call was repeated with, 401s buy tokens again`,
    );
  }
}

/** Another reason is another standing: the line before would send people the wrong way. */
const standingAfter = ({ type, error }: FailedAttempt, isLiving: boolean): string =>
  `${type} ${error.code} ${isLiving ? 'with' : 'without'} a token`;

const whenText = ({ ageMs, remainingMs }: TokenRejectedEvent): string =>
  `${durationText(ageMs)} after it was requested, ${durationText(remainingMs)} before its end`;

/** A refusal close to either end of a token's life says nothing of how long tokens live. */
const remedyText = ({ ageMs, remainingMs }: TokenRejectedEvent): string =>
  Math.min(ageMs, remainingMs) >= MINUTE_MS
    ? '; if tokens of this API always end that early, set `tokenLifetimeMs`'
    : '';

function afterText({ afterFailures, failingSince, at }: TokenObtainedEvent): string {
  if (afterFailures === 0) return '';
  const lasted = failingSince === undefined ? '' : ` in ${durationText(at - failingSince)}`;
  return ` after ${afterFailures} failed ${afterFailures === 1 ? 'attempt' : 'attempts'}${lasted}`;
}
