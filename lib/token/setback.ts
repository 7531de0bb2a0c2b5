import { backoffMs, type Random } from '../common/backoff.js';
import { type AuthApisError, isTokenEndpointError, isTokenRateLimitError } from '../common/errors.js';
import { coolDown, type RefreshPolicy, retryBackoff } from './refresh-policy.js';

/**
 * What stands between an account and its next token. *Transient*: the vendor may answer otherwise soon. *Permanent*: it
 * denied the request, and asking again at once would not help. Points in time are monotonic.
 */
export interface Setback {
  readonly kind: 'transient' | 'permanent';
  /** The first failed attempt since the last success, of whatever kind. */
  readonly since: number;
  /** Failures of each kind since the last success: when kinds take turns, the pauses grow all the same. */
  readonly counts: Readonly<Record<Setback['kind'], number>>;
  /** When the last attempt failed. */
  readonly at: number;
  readonly nextAttemptAt: number;
  /** The pause that the vendor asked for with `Retry-After`: not even a refresh by hand cuts it short. */
  readonly retryAfterMs: number | undefined;
  readonly error: AuthApisError;
}

/** The setback after a failed attempt, given the one before it. */
export function setbackAfter(
  error: AuthApisError,
  previous: Setback | undefined,
  now: number,
  policy: RefreshPolicy,
  random: Random,
  wallNow: number,
): Setback {
  const kind = error.retryable ? 'transient' : 'permanent';
  const counts = { transient: 0, permanent: 0, ...previous?.counts };
  counts[kind]++;
  // `Retry-After: 0` is no wish for a storm.
  const retryAfterMs = (kind === 'transient' && isTokenEndpointError(error) && error.retryAfterMs) || undefined;
  // Nothing was asked, and the budget knows when there is more of it.
  const budget = isTokenRateLimitError(error) ? Math.max(0, (error.retryAt ?? wallNow) - wallNow) : undefined;
  const pauseMs =
    retryAfterMs ??
    budget ??
    backoffMs(counts[kind], kind === 'permanent' ? coolDown : retryBackoff(policy.backoff), random);
  return {
    kind,
    // A spent budget is none of the vendor's doing, and does not age: who comes when there is more of it, waits.
    since: budget === undefined ? Math.min(previous?.since ?? now, now) : (previous?.since ?? Infinity),
    counts,
    at: now,
    nextAttemptAt: now + pauseMs,
    retryAfterMs,
    error,
  };
}
