import type { Clock } from '../common/clock.js';
import type { AccountLabel, AuthApisError } from '../common/errors.js';
import type { HeldToken } from './held-token.js';
import type { Setback } from './setback.js';
import type { AuthApisEvent, BareEvent, ErrorSummary } from './token-events.js';
import type { TokenStatus } from './token-status.js';

/** What is told and kept of a token's life: events, counters, the last success and the last error. No secret. */
export class TokenRecord {
  readonly #label: AccountLabel;
  readonly #clock: Clock;
  readonly #onEvent: (event: AuthApisEvent) => void;
  readonly #counters = { requests: 0, refreshes: 0, failures: 0, rejections: 0, replays: 0 };
  #lastSuccessAt: number | undefined;
  #lastError: TokenStatus['lastError'];

  constructor(label: AccountLabel, clock: Clock, onEvent: (event: AuthApisEvent) => void) {
    this.#label = label;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  requested(): void {
    this.#counters.requests++;
    this.#tell({ type: 'requested' });
  }

  refreshed(held: HeldToken, afterFailures: number, durationMs: number): void {
    this.#counters.refreshes++;
    this.#lastSuccessAt = Math.round(this.#clock.wallNow());
    const { expiresAt } = held.token;
    this.#tell({ type: 'refreshed', expiresAt, refreshesAt: this.wallAt(held.staleAt), afterFailures, durationMs });
  }

  /** @param tokenLivesUntil absent when there is no living token */
  failed({ kind, count, error, nextAttemptAt }: Setback, tokenLivesUntil: number | undefined): void {
    this.#counters.failures++;
    this.#lastError = { ...summary(error), at: Math.round(this.#clock.wallNow()) };
    const what = {
      error: summary(error),
      nextAttemptAt: this.wallAt(nextAttemptAt),
      ...(tokenLivesUntil !== undefined && { tokenLivesUntil }),
    };
    if (kind === 'refused') this.#tell({ type: 'refused', refusals: count, ...what });
    else this.#tell({ type: 'failed', failures: count, ...what });
  }

  rejected(): void {
    this.#counters.rejections++;
    this.#tell({ type: 'rejected' });
  }

  /** @param pausedUntil monotonic */
  replayed(accepted: boolean, pausedUntil: number | undefined): void {
    this.#counters.replays++;
    const until = pausedUntil === undefined ? {} : { pausedUntil: this.wallAt(pausedUntil) };
    this.#tell({ type: 'replayed', accepted, ...until });
  }

  stopped(): void {
    this.#tell({ type: 'stopped' });
  }

  status(): Pick<TokenStatus, 'lastSuccessAt' | 'lastError' | 'counters'> {
    return {
      ...(this.#lastSuccessAt !== undefined && { lastSuccessAt: this.#lastSuccessAt }),
      ...(this.#lastError && { lastError: this.#lastError }),
      counters: { ...this.#counters },
    };
  }

  /** A monotonic point in time as wall time, for people. */
  wallAt(at: number): number {
    return Math.round(this.#clock.wallNow() + at - this.#clock.now());
  }

  #tell(event: BareEvent): void {
    try {
      this.#onEvent({ ...event, ...this.#label, at: Math.round(this.#clock.wallNow()) });
    } catch {
      // A listener's mistake is not the token's.
    }
  }
}

function summary(error: AuthApisError): ErrorSummary {
  const { status } = error as { status?: number };
  return { code: error.code, message: error.message, ...(status !== undefined && { status }) };
}
