import type { BackoffOptions, Random } from '../common/backoff.js';
import {
  AHEAD_CAP_JITTER,
  AHEAD_CAP_MS,
  AHEAD_RATIO,
  AHEAD_RATIO_JITTER,
  BACKOFF_INITIAL_MS,
  BACKOFF_JITTER,
  BACKOFF_MAX_MS,
  COOL_DOWN_INITIAL_MS,
  COOL_DOWN_JITTER,
  COOL_DOWN_MAX_MS,
  EXPIRING_MS,
  EXPIRING_RATIO,
  REJECTION_PAUSE_INITIAL_MS,
  REJECTION_PAUSE_JITTER,
  REJECTION_PAUSE_MAX_MS,
} from '../common/defaults.js';

/** When to refresh, as the user may say it. @publicApi */
export interface RefreshPolicy {
  /** A token is refreshed this part of its life before its end, less up to a third by chance. */
  readonly aheadRatio: number;
  /** ... but no earlier than this before its end, less up to a sixth by chance; milliseconds. */
  readonly aheadCapMs: number;
  /** Pauses between failed token requests; milliseconds. */
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
}

/** What holds where nothing else is said. @publicApi */
export const DEFAULT_REFRESH_POLICY: RefreshPolicy = {
  aheadRatio: AHEAD_RATIO,
  aheadCapMs: AHEAD_CAP_MS,
  backoff: { initialMs: BACKOFF_INITIAL_MS, maxMs: BACKOFF_MAX_MS },
};

/** How long after its start a token turns stale and expiring; milliseconds. */
export interface LifePlan {
  readonly staleAfterMs: number;
  readonly expiringAfterMs: number;
}

/** Drawn once per token: replicas that hold equal tokens do not refresh at the same second. */
export function planLife(lifetimeMs: number, { aheadRatio, aheadCapMs }: RefreshPolicy, random: Random): LifePlan {
  const byRatio = lifetimeMs * aheadRatio * (1 - AHEAD_RATIO_JITTER * random());
  const byCap = aheadCapMs * (1 - AHEAD_CAP_JITTER * random());
  return {
    staleAfterMs: lifetimeMs - Math.min(byRatio, byCap),
    expiringAfterMs: lifetimeMs - Math.min(EXPIRING_MS, EXPIRING_RATIO * lifetimeMs),
  };
}

export const retryBackoff = (backoff: RefreshPolicy['backoff']): BackoffOptions => ({
  ...backoff,
  jitter: BACKOFF_JITTER,
});

/** After the vendor refused the credentials. */
export const coolDown: BackoffOptions = {
  initialMs: COOL_DOWN_INITIAL_MS,
  maxMs: COOL_DOWN_MAX_MS,
  jitter: COOL_DOWN_JITTER,
};

/** After the API answered 401 to a brand-new token. */
export const rejectionPause: BackoffOptions = {
  initialMs: REJECTION_PAUSE_INITIAL_MS,
  maxMs: REJECTION_PAUSE_MAX_MS,
  jitter: REJECTION_PAUSE_JITTER,
};
