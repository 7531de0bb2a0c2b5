import type { Random } from '../common/backoff.js';
import { backoffMs } from '../common/backoff.js';
import type { AuthApisError } from '../common/errors.js';
import { isTokenEndpointError } from '../common/errors.js';
import type { RefreshPolicy } from './refresh-policy.js';
import { coolDown, retryBackoff } from './refresh-policy.js';

/**
 * What stands between an account and its next token. *Trouble*: the vendor may answer otherwise soon. *Refused*: it
 * said no, and asking again at once would not help. Points in time are monotonic.
 */
export interface Setback {
  readonly kind: 'trouble' | 'refused';
  /** The first failed attempt since the last success, of whatever kind. */
  readonly since: number;
  /** Failures of this kind in a row. */
  readonly count: number;
  readonly nextAttemptAt: number;
  /** Set when the vendor asked for the pause itself, with `Retry-After`: not even a refresh by hand cuts it short. */
  readonly isVendorsWish: boolean;
  readonly error: AuthApisError;
}

/** The setback after a failed attempt, given the one before it. */
export function setbackAfter(
  error: AuthApisError,
  previous: Setback | undefined,
  now: number,
  policy: RefreshPolicy,
  random: Random,
): Setback {
  const kind = error.retryable ? 'trouble' : 'refused';
  const before = previous?.kind === kind ? previous : undefined;
  const count = (before?.count ?? 0) + 1;
  // `Retry-After: 0` is no wish for a storm.
  const wish = (kind === 'trouble' && isTokenEndpointError(error) && error.retryAfterMs) || undefined;
  const pauseMs = wish ?? backoffMs(count, kind === 'refused' ? coolDown : retryBackoff(policy.backoff), random);
  return {
    kind,
    since: previous?.since ?? now,
    count,
    nextAttemptAt: now + pauseMs,
    isVendorsWish: wish !== undefined,
    error,
  };
}
