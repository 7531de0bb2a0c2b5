import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { systemClock } from '../common/clock.js';
import { ATTEMPT_TIMEOUT_MS, AUTH_TIMEOUT_MS } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import type { RefreshPolicy } from './refresh-policy.js';
import { DEFAULT_REFRESH_POLICY } from './refresh-policy.js';
import type { AuthApisEvent } from '../common/token-events.js';
import type { TokenObserver } from '../common/token-observer.js';

/** How a token is kept. @publicApi */
export interface TokenCacheOptions {
  /** @default `{ api: 'token', account: 'default' }` */
  readonly label?: AccountLabel;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
  /** @default DEFAULT_REFRESH_POLICY */
  readonly policy?: RefreshPolicy;
  /** How long a caller waits for a token, milliseconds. @default 10,000 */
  readonly tokenWaitTimeoutMs?: number;
  /** How long one token request may take, milliseconds. @default 5,000 */
  readonly tokenRequestTimeoutMs?: number;
  /** Told of everything that happens, synchronously. What it throws is swallowed. */
  readonly onEvent?: (event: AuthApisEvent) => void;
}

/**
 * The same for all accounts of an app, with its defaults filled in: one object for any number of tokens, whose number
 * decides over memory.
 */
export class TokenSetting {
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RefreshPolicy;
  readonly tokenWaitTimeoutMs: number;
  readonly tokenRequestTimeoutMs: number;
  readonly onEvent: (event: AuthApisEvent) => void;
  /** Caches that nobody looks after any more, while somebody waits for their token. */
  readonly strays = new Set<{ close(): void }>();
  /** Set while somebody traces. */
  observer: TokenObserver | undefined;
  #closed = false;

  constructor(options: Omit<TokenCacheOptions, 'label'> = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.policy = options.policy ?? DEFAULT_REFRESH_POLICY;
    this.tokenWaitTimeoutMs = options.tokenWaitTimeoutMs ?? AUTH_TIMEOUT_MS;
    this.tokenRequestTimeoutMs = options.tokenRequestTimeoutMs ?? ATTEMPT_TIMEOUT_MS;
    this.onEvent = options.onEvent ?? (() => {});
  }

  /** Whether the app has shut down: a cache that somebody still holds asks for nothing any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    for (const stray of this.strays) stray.close();
    this.strays.clear();
  }
}
