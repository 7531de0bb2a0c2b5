import type { TokenStatus } from './token-status.js';

/**
 * How an account stands in the eyes of an operator.
 *
 * | standing | token lives | last attempt | calls |
 * |---|---|---|---|
 * | `up` | yes | succeeded | go out |
 * | `failing` | yes | failed, or was refused | go out until `livesUntil`, unless an attempt succeeds before |
 * | `down` | no | failed, or was refused | wait a moment while trouble is young, else fail at once; or the app shuts down |
 * | `idle` | no | none failed since, or nobody will repeat it before a call | nobody has needed a token yet, or not for long; the next call asks |
 *
 * @publicApi
 */
export type TokenStanding = 'up' | 'failing' | 'down' | 'idle';

/**
 * Judges a status, as health checks and metrics do. Pure: asks nobody.
 *
 * @example
 * ```ts
 * apis.statuses().filter((status) => standingOf(status) === 'down');
 * ```
 * @publicApi
 */
export function standingOf({ state, nextAttemptAt }: Pick<TokenStatus, 'state' | 'nextAttemptAt'>): TokenStanding {
  if (state === 'closed' || state === 'refused') return 'down';
  const isSetBack = nextAttemptAt !== undefined;
  if (state === 'none' || state === 'expired') return isSetBack ? 'down' : 'idle';
  return isSetBack ? 'failing' : 'up';
}
