import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { Context } from '../common/context.js';
import type { AccountLabel } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { AuthApisEvent } from '../common/token-events.js';
import { DEFAULT_REFRESH_POLICY, type RefreshPolicy } from './refresh-policy.js';

/** What all token caches of a site share: one object for any number of them, whose number decides over memory. */
export interface TokenDeps {
  readonly context: Context;
  readonly policy: RefreshPolicy;
}

/** @publicApi */
export interface TokenCacheOptions {
  /** Whose token it is. @default `{ api: 'token', account: 'default' }` */
  readonly label?: AccountLabel;
  /** @default DEFAULT_REFRESH_POLICY */
  readonly policy?: RefreshPolicy;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Random numbers in [0, 1). @default Math.random */
  readonly random?: Random;
  /** How long a caller waits for a token, milliseconds. @default 10,000 */
  readonly tokenWaitTimeoutMs?: number;
  /** How long one token request may take, milliseconds. @default 5,000 */
  readonly tokenRequestTimeoutMs?: number;
  /** Receives everything that happens, synchronously. Its errors are ignored. */
  readonly onEvent?: (event: AuthApisEvent) => void;
}

export const labelOf = (options: TokenCacheOptions | TokenDeps): AccountLabel =>
  ('label' in options && options.label) || { api: 'token', account: DEFAULT_ACCOUNT };

/** What a token cache that stands alone is given. */
export const depsOf = ({
  policy = DEFAULT_REFRESH_POLICY,
  onEvent: emit,
  ...options
}: TokenCacheOptions): TokenDeps => ({
  context: new Context({ ...options, emit }),
  policy,
});
