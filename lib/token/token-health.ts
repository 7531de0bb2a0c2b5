import { AuthApisOptionsError } from '../common/errors.js';
import type { TokenStatus } from './token-status.js';

/**
 * The health of an account, for operators.
 *
 * | health | token is valid | last attempt | calls |
 * |---|---|---|---|
 * | `up` | yes | succeeded | go out |
 * | `failing` | yes | failed or was denied | go out until `usableUntil`, unless an attempt succeeds before |
 * | `down` | no | failed or was denied | wait while the outage is younger than `tokenWaitTimeoutMs`, else fail at once; or the app shuts down |
 * | `idle` | no | none failed since, or nobody will repeat it before a call | nobody has needed a token yet, or not for long; the next call asks |
 *
 * @publicApi
 */
export type TokenHealth = 'up' | 'failing' | 'down' | 'idle';

/**
 * Judges a status, as health checks and metrics do. A pure function: it makes no request.
 *
 * @example
 * ```ts
 * apis.statuses().filter((status) => healthOf(status) === 'down');
 * ```
 * @throws AuthApisOptionsError when it is no status
 * @publicApi
 */
export function healthOf(status: Pick<TokenStatus, 'state' | 'nextAttemptAt'>): TokenHealth {
  if (typeof (status as TokenStatus | null | undefined)?.state !== 'string') {
    throw new AuthApisOptionsError(
      ['it must be one that `statuses()` or `tokens.status()` gives'],
      'A status for healthOf()',
    );
  }
  const { state, nextAttemptAt } = status;
  if (state === 'closed' || state === 'denied') return 'down';
  const isSetBack = nextAttemptAt !== undefined;
  if (state === 'none' || state === 'expired') return isSetBack ? 'down' : 'idle';
  return isSetBack ? 'failing' : 'up';
}
