import type { AccountLabel } from '../common/errors.js';
import { timeText } from '../common/messages.js';
import type { ErrorSummary } from '../common/token-events.js';
import type { TokenStanding } from '../token/token-standing.js';
import { standingOf } from '../token/token-standing.js';
import type { TokenStatus } from '../token/token-status.js';

/** An account for people: points in time are ISO 8601, UTC, to the second. Holds no secret. @publicApi */
export interface AccountHealth extends AccountLabel {
  readonly standing: TokenStanding;
  readonly state: TokenStatus['state'];
  /** Until when calls go out, whatever the vendor does; absent without a living token. */
  readonly tokenLivesUntil?: string;
  /** Since when no attempt has succeeded; absent while none fails. */
  readonly failingSince?: string;
  /** Why the last attempt failed. */
  readonly error?: ErrorSummary;
  /** When the next attempt after it is due. */
  readonly nextAttemptAt?: string;
}

/** What a check tells beside `status`. @publicApi */
export type AuthApisHealth = {
  readonly accounts: readonly AccountHealth[];
  /**
   * How many of the accounts that the app looks up, and of the tokens asked for with parameters, stand how; they decide
   * nothing. Absent when there are none, and when the check names the accounts that it is about.
   */
  readonly lookedUp?: Readonly<Record<TokenStanding, number>>;
  /** Whether the store that replicas share tokens through can be had: without it calls go on. Absent without one. */
  readonly store?: 'up' | 'down';
};

/** What a health check says of one account. */
export function accountHealth(status: TokenStatus): AccountHealth {
  const { api, account, state, livesUntil } = status;
  const standing = standingOf(status);
  const lives = standing === 'up' || standing === 'failing';
  return {
    api,
    account,
    standing,
    state,
    ...(lives && livesUntil !== undefined && { tokenLivesUntil: timeText(livesUntil) }),
    ...setback(status),
  };
}

function setback({ nextAttemptAt, failingSince, lastError }: TokenStatus): Partial<AccountHealth> {
  if (nextAttemptAt === undefined) return {};
  const { at: _, ...error } = lastError!;
  return {
    ...(failingSince !== undefined && { failingSince: timeText(failingSince) }),
    error,
    nextAttemptAt: timeText(nextAttemptAt),
  };
}
