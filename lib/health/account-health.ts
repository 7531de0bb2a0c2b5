import type { AccountLabel } from '../common/errors.js';
import { timeText } from '../common/messages.js';
import type { ErrorSummary } from '../common/token-events.js';
import { healthOf, type TokenHealth } from '../token/token-health.js';
import type { TokenStatus } from '../token/token-status.js';

/** An account for people: points in time are ISO 8601, UTC, to the second. Holds no secret. @publicApi */
export interface AccountHealthDetails extends AccountLabel {
  readonly health: TokenHealth;
  readonly state: TokenStatus['state'];
  /** Until when calls go out, whatever the vendor does; absent without a living token. */
  readonly tokenUsableUntil?: string;
  /** Since when no attempt has succeeded; absent while none fails. */
  readonly failingSince?: string;
  /** Why the last attempt failed. */
  readonly error?: ErrorSummary;
  /** When the next attempt after it is due. */
  readonly nextAttemptAt?: string;
}

/** What a check tells beside `status`. @publicApi */
export type AuthApisHealthDetails = {
  readonly accounts: readonly AccountHealthDetails[];
  /**
   * How many dynamic accounts, and tokens with parameters, have which health; they do not affect
   * `status`. Absent when there are none, and when the check names the accounts that it is about.
   */
  readonly dynamicAccounts?: Readonly<Record<TokenHealth, number>>;
  /** Whether the store that replicas share tokens through can be had: without it calls go on. Absent without one. */
  readonly store?: 'up' | 'down';
};

/** What a health check says of one account. */
export function accountHealth(status: TokenStatus): AccountHealthDetails {
  const { api, account, state, usableUntil } = status;
  const health = healthOf(status);
  const lives = health === 'up' || health === 'failing';
  return {
    api,
    account,
    health,
    state,
    ...(lives && usableUntil !== undefined && { tokenUsableUntil: timeText(usableUntil) }),
    ...setback(status),
  };
}

function setback({ nextAttemptAt, failingSince, lastError }: TokenStatus): Partial<AccountHealthDetails> {
  if (nextAttemptAt === undefined) return {};
  const { at: _, ...error } = lastError!;
  return {
    ...(failingSince !== undefined && { failingSince: timeText(failingSince) }),
    error,
    nextAttemptAt: timeText(nextAttemptAt),
  };
}
