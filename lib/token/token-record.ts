import type { AccountLabel, AuthApisError } from '../common/errors.js';
import type { HeldToken } from './held-token.js';
import type { Setback } from './setback.js';
import type { AccountEvictedEvent, BareEvent, ErrorSummary } from '../common/token-events.js';
import type { TokenDeps } from './token-deps.js';
import type { TokenStatus } from './token-status.js';

/** What is told and kept of a token's life: events, counters, the last success and the last error. No secret. */
export class TokenRecord {
  readonly #label: AccountLabel;
  readonly #deps: TokenDeps;
  #requests = 0;
  #refreshes = 0;
  #failures = 0;
  #rejections = 0;
  #replays = 0;
  #secret: 'current' | 'next' | undefined;
  #lastSuccessAt: number | undefined;
  #lastError: TokenStatus['lastError'];
  #failingSince: number | undefined;

  constructor(label: AccountLabel, deps: TokenDeps) {
    this.#label = label;
    this.#deps = deps;
  }

  requested(): void {
    this.#requests++;
    this.#tell({ type: 'tokenRequested' });
  }

  refreshed(held: HeldToken, afterFailures: number, durationMs: number, source: 'vendor' | 'store' = 'vendor'): void {
    const failingSince = this.#failingSince;
    this.#refreshes++;
    this.#lastSuccessAt = Math.round(this.#deps.context.clock.wallNow());
    this.#failingSince = undefined;
    this.#tell({
      type: 'tokenObtained',
      expiresAt: held.token.expiresAt,
      refreshesAt: this.wallAt(held.staleAt),
      sequence: this.#refreshes,
      source,
      afterFailures,
      ...(failingSince !== undefined && { failingSince }),
      durationMs: Math.round(durationMs),
    });
  }

  /**
   * A token that was bought here.
   *
   * @param secret which of a pair bought it; `undefined` when there is no pair
   */
  boughtWith(secret: 'current' | 'next' | undefined): void {
    const isOther = secret !== undefined && secret !== (this.#secret ?? 'current');
    this.#secret = secret;
    if (isOther) this.#tell({ type: 'secretRotated', secret });
  }

  evicted(reason: AccountEvictedEvent['reason']): void {
    this.#tell({ type: 'accountEvicted', reason });
  }

  /** @param tokenUsableUntil absent when there is no living token */
  failed({ kind, counts, error, nextAttemptAt, retryAfterMs }: Setback, tokenUsableUntil: number | undefined): void {
    const at = Math.round(this.#deps.context.clock.wallNow());
    this.#failures++;
    this.#lastError = { ...summary(error), at };
    this.#failingSince ??= at;
    const what = {
      error: summary(error),
      failingSince: this.#failingSince,
      nextAttemptAt: this.wallAt(nextAttemptAt),
      ...(tokenUsableUntil !== undefined && { tokenUsableUntil }),
    };
    if (kind === 'permanent') this.#tell({ type: 'tokenRequestDenied', denials: counts.permanent, ...what });
    else
      this.#tell({
        type: 'tokenRequestFailed',
        failures: counts.transient,
        ...what,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
  }

  rejected({ startedAt, endsAt }: HeldToken): void {
    const now = this.#deps.context.clock.now();
    this.#rejections++;
    this.#tell({
      type: 'tokenRejected',
      ageMs: Math.round(now - startedAt),
      remainingMs: Math.max(0, Math.round(endsAt - now)),
    });
  }

  /** @param pausedUntil monotonic */
  replayed(accepted: boolean, pausedUntil: number | undefined): void {
    this.#replays++;
    const until = pausedUntil === undefined ? {} : { pausedUntil: this.wallAt(pausedUntil) };
    this.#tell({ type: 'callRetried', accepted, ...until });
  }

  stopped(): void {
    this.#tell({ type: 'tokenCacheClosed' });
  }

  status(): Pick<TokenStatus, 'lastSuccessAt' | 'lastError' | 'failingSince' | 'secret' | 'counters'> {
    return {
      ...(this.#secret && { secret: this.#secret }),
      ...(this.#lastSuccessAt !== undefined && { lastSuccessAt: this.#lastSuccessAt }),
      ...(this.#lastError && { lastError: this.#lastError }),
      ...(this.#failingSince !== undefined && { failingSince: this.#failingSince }),
      counters: {
        tokenRequests: this.#requests,
        tokensObtained: this.#refreshes,
        tokenRequestFailures: this.#failures,
        tokensRejected: this.#rejections,
        callsRetried: this.#replays,
      },
    };
  }

  /** A monotonic point in time as wall time, for people. */
  wallAt(at: number): number {
    return Math.round(this.#deps.context.clock.wallNow() + at - this.#deps.context.clock.now());
  }

  #tell(event: BareEvent): void {
    try {
      this.#deps.context.emit({ ...event, ...this.#label, at: Math.round(this.#deps.context.clock.wallNow()) });
    } catch {
      // A listener's mistake is not the token's.
    }
  }
}

function summary(error: AuthApisError): ErrorSummary {
  const { vendorStatus } = error as { vendorStatus?: number };
  return { code: error.code, message: error.message, ...(vendorStatus !== undefined && { vendorStatus }) };
}
