import type { AccountLabel } from '../common/errors.js';
import { durationText, timeText } from '../common/messages.js';
import type { TokenRequestDeniedEvent, TokenRequestFailedEvent } from '../common/token-events.js';

/** An attempt that brought no token. */
export type FailedAttempt = TokenRequestFailedEvent | TokenRequestDeniedEvent;

export interface OutlookSetting {
  /** How long a call waits for a token, milliseconds. */
  readonly tokenWaitTimeoutMs: number;
  /** Whether the tokens of an account are refreshed without a call. */
  isRefreshing(account: AccountLabel): boolean;
  /** Whether an account is one of the options. */
  isConfigured(account: AccountLabel): boolean;
}

/** What nobody uses is left alone until it is used again. */
const OR_LATER = 'or later, while it is in use';

/** What happens next to an account, and when, in words. */
export class Outlook {
  readonly #setting: OutlookSetting;

  constructor(setting: OutlookSetting) {
    this.#setting = setting;
  }

  /** Whether it is one of the options; what is looked up, or has parameters, there may be any number of. */
  isOurs(account: AccountLabel): boolean {
    return account.tokenParams === undefined && this.#setting.isConfigured(account);
  }

  /** When the token is refreshed. */
  refreshText(account: AccountLabel, at: number): string {
    const otherwise = this.#setting.isRefreshing(account) ? OR_LATER : 'or at the first call after that';
    return `next refresh at ${timeText(at)}${this.#isKept(account) ? '' : `, ${otherwise}`}`;
  }

  /** Who asks for a token in the place of one that was thrown away. */
  replacementText(account: AccountLabel): string {
    return this.#isKept(account) ? 'another is asked for' : 'the next call asks for another';
  }

  /** What calls meet where there is no living token. */
  callsText(event: FailedAttempt): string {
    return this.#doWait(event) ? 'calls wait a moment, then fail' : 'calls fail at once';
  }

  /** For how long calls go on with the token at hand. */
  untilText(event: FailedAttempt): string {
    const { at, tokenUsableUntil = at, nextAttemptAt } = event;
    if (tokenUsableUntil <= at) return ', which has ended by wall time (was the clock set, or did the machine sleep?)';
    const until = ` until ${timeText(tokenUsableUntil)}`;
    if (nextAttemptAt <= tokenUsableUntil) return until;
    return `${until}, and ${this.#doWait(event) ? 'wait' : 'fail'} from then to the next attempt`;
  }

  /** When the next attempt is made. */
  attemptText(event: FailedAttempt, now = event.at): string {
    const { nextAttemptAt } = event;
    const wish = isAskedToWait(event) ? ' for the vendor asks to wait,' : '';
    const then = this.#isKept(event) ? 'then at growing intervals until it works' : OR_LATER;
    return `next attempt in ${durationText(Math.max(0, nextAttemptAt - now))}, at ${timeText(nextAttemptAt)},${wish} ${then}`;
  }

  /** Whether it has a token though nobody calls. */
  #isKept(account: AccountLabel): boolean {
    return this.#setting.isRefreshing(account) && this.isOurs(account);
  }

  /** Calls wait from the beginning of trouble on, for an attempt within that time. */
  #doWait({ type, nextAttemptAt, failingSince }: FailedAttempt): boolean {
    return type === 'tokenRequestFailed' && nextAttemptAt - failingSince < this.#setting.tokenWaitTimeoutMs;
  }
}

export const isAskedToWait = (event: FailedAttempt): boolean =>
  event.type === 'tokenRequestFailed' && event.retryAfterMs !== undefined;

export function meaningOf({ type, error }: FailedAttempt): string {
  if (type === 'tokenRequestFailed') return 'no new token for now';
  if (error.code === 'CREDENTIALS_REJECTED') return 'the vendor refuses the credentials';
  if (error.code === 'UNKNOWN_ACCOUNT') return 'the app knows this account no more';
  if (error.vendorStatus === undefined) return "the app's own part of the request cannot be used";
  return 'the vendor says no, and not to the credentials (are `baseURL` and `tokenURL` right?)';
}
