import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { systemClock } from '../common/clock.js';
import { ATTEMPT_TIMEOUT_MS, AUTH_TIMEOUT_MS } from '../common/defaults.js';
import type { RefreshPolicy } from './refresh-policy.js';
import { DEFAULT_REFRESH_POLICY } from './refresh-policy.js';
import type { AuthApisEvent } from '../common/token-events.js';
import type { TokenObserver } from '../common/token-observer.js';

/** How a token is kept; the same for all accounts of an app. @publicApi */
export interface TokenSettingOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
  /** @default DEFAULT_REFRESH_POLICY */
  readonly policy?: RefreshPolicy;
  /** How long a caller waits for a token, milliseconds. @default 10,000 */
  readonly authTimeoutMs?: number;
  /** How long one token request may take, milliseconds. @default 5,000 */
  readonly attemptTimeoutMs?: number;
  /** Told of everything that happens, synchronously. What it throws is swallowed. */
  readonly onEvent?: (event: AuthApisEvent) => void;
}

/** The same with its defaults filled in: one object for any number of tokens, whose number decides over memory. */
export class TokenSetting {
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RefreshPolicy;
  readonly authTimeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly onEvent: (event: AuthApisEvent) => void;
  /** Caches that nobody looks after any more, while somebody waits for their token. */
  readonly strays = new Set<{ close(): void }>();
  /** Set while somebody traces. */
  observer: TokenObserver | undefined;
  #closed = false;

  constructor(options: TokenSettingOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.policy = options.policy ?? DEFAULT_REFRESH_POLICY;
    this.authTimeoutMs = options.authTimeoutMs ?? AUTH_TIMEOUT_MS;
    this.attemptTimeoutMs = options.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS;
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
