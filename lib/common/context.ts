import type { Random } from './backoff.js';
import { type Clock, systemClock } from './clock.js';
import { TOKEN_REQUEST_TIMEOUT_MS, TOKEN_WAIT_TIMEOUT_MS } from './defaults.js';
import type { AccountLabel } from './errors.js';
import type { AuthApisEvent } from './token-events.js';
import type { TokenObserver } from './token-observer.js';

/** Log lines about calls, which are no events of a token. */
export interface CallReports {
  /** A call went to an origin that gets no token. */
  originNotAllowed(account: AccountLabel, origin: string): void;
  /** An `isUnauthorized` threw: of an account, of its definition, or of `forRoot`. */
  isUnauthorizedThrew(rule: object, label: Pick<AccountLabel, 'api'>, error: unknown): void;
}

export interface ContextOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly tokenWaitTimeoutMs?: number;
  readonly tokenRequestTimeoutMs?: number;
  readonly emit?: (event: AuthApisEvent) => void;
  readonly reports?: CallReports;
}

/** What an app has once, for all of its accounts. */
export class Context {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a caller waits for a token, milliseconds. */
  readonly tokenWaitTimeoutMs: number;
  /** How long one token request may take, milliseconds. */
  readonly tokenRequestTimeoutMs: number;
  readonly emit: (event: AuthApisEvent) => void;
  readonly reports: CallReports;
  /** Set while somebody traces. */
  observer: TokenObserver | undefined;
  /** Token caches of evicted accounts that somebody still waits for: they are closed with the app. */
  readonly evictedInUse = new Set<{ close(): void }>();
  readonly #shutdown = new AbortController();

  constructor(options: ContextOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.tokenWaitTimeoutMs = options.tokenWaitTimeoutMs ?? TOKEN_WAIT_TIMEOUT_MS;
    this.tokenRequestTimeoutMs = options.tokenRequestTimeoutMs ?? TOKEN_REQUEST_TIMEOUT_MS;
    this.emit = options.emit ?? (() => {});
    this.reports = options.reports ?? NO_REPORTS;
  }

  /** Aborts when the app shuts down. Token caches read it: a listener for each would cost memory. */
  get shutdown(): AbortSignal {
    return this.#shutdown.signal;
  }

  close(reason: Error): void {
    this.#shutdown.abort(reason);
    for (const tokens of this.evictedInUse) tokens.close();
    this.evictedInUse.clear();
  }
}

const NO_REPORTS: CallReports = { originNotAllowed() {}, isUnauthorizedThrew() {} };
