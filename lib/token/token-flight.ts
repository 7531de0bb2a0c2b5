import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { LAPSED_MS, LONGEST_LIFETIME_MS, SAME_TOKEN_PAUSE_MS } from '../common/defaults.js';
import type { AccountLabel, AuthApisError } from '../common/errors.js';
import type { Attempt } from '../request/attempt.js';
import { attempt } from '../request/attempt.js';
import { attemptTimeoutError, deadTokenError, typedError } from '../request/token-request.errors.js';
import type { IssuedToken, TokenSource } from '../request/token-source.js';
import type { AccessToken } from './access-token.js';
import type { AttemptStart, HeldToken } from './held-token.js';
import { holdToken } from './held-token.js';
import type { RefreshPolicy } from './refresh-policy.js';
import type { Setback } from './setback.js';
import { setbackAfter } from './setback.js';
import type { TokenRecord } from './token-record.js';

export interface FlightParts {
  readonly source: TokenSource;
  readonly label: AccountLabel;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RefreshPolicy;
  readonly attemptTimeoutMs: number;
  readonly record: TokenRecord;
  /** Told after each attempt, when a token or a setback has taken effect. */
  readonly onLanded: () => void;
  /** Told when what is planned may have changed. */
  readonly onChange: () => void;
}

/** An attempt under way. */
export interface RunningAttempt extends AttemptStart {
  readonly running: Attempt<IssuedToken>;
  /** The token it brought; rejects with what it met, always an `AuthApisError`. */
  readonly outcome: Promise<AccessToken>;
}

/**
 * The attempts for one token, one at a time: what they bring is held, what they meet sets back the next. Knows nothing
 * of those who wait.
 */
export class TokenFlight {
  readonly #parts: FlightParts;
  #held: HeldToken | undefined;
  /** The newest token ever received, also when it was thrown away: to notice when it is handed out again. */
  #newest: HeldToken | undefined;
  #attempt: RunningAttempt | undefined;
  #setback: Setback | undefined;
  #sequence = 0;
  #failuresSinceSuccess = 0;
  #sameTokenUntil = -Infinity;
  /** What `Retry-After` asked for; outlives the setback when a late answer ends that. */
  #vendorPauseUntil = -Infinity;
  #closedBy: AuthApisError | undefined;

  constructor(parts: FlightParts) {
    this.#parts = parts;
  }

  get held(): HeldToken | undefined {
    return this.#held;
  }

  get newest(): HeldToken | undefined {
    return this.#newest;
  }

  get attempt(): RunningAttempt | undefined {
    return this.#attempt;
  }

  get setback(): Setback | undefined {
    return this.#setback;
  }

  /** Until when not even a request by hand may be made. */
  get vendorPauseUntil(): number {
    return this.#vendorPauseUntil;
  }

  /** From when on the next attempt may be made without being asked for by hand. */
  get allowedAt(): number {
    return Math.max(this.#setback?.nextAttemptAt ?? -Infinity, this.#sameTokenUntil, this.#vendorPauseUntil);
  }

  /** The held token, while it lives. */
  living(): AccessToken | undefined {
    const held = this.#held;
    return held !== undefined && this.#parts.clock.now() < held.expiresAt ? held.token : undefined;
  }

  /** Makes an attempt, unless one is under way or it is too early for the next. */
  pursue(now: number): void {
    if (!this.#attempt && !this.#closedBy && now >= this.allowedAt) this.start(now);
  }

  start(now: number): RunningAttempt {
    const { source, label, clock, attemptTimeoutMs, record, onChange } = this.#parts;
    const running = attempt((signal) => source.fetch(signal), {
      clock,
      timeoutMs: attemptTimeoutMs,
      timeoutError: () => attemptTimeoutError(label, attemptTimeoutMs),
      background: true,
    });
    const start = { sequence: ++this.#sequence, startedAt: now, wallStartedAt: clock.wallNow(), running };
    const outcome = running.outcome
      .then((issued) => this.#land(start, issued))
      .catch((error: unknown) => {
        throw this.#closedBy ?? typedError(label, error);
      });
    const current: RunningAttempt = { ...start, outcome };
    this.#attempt = current;
    outcome.catch((error: AuthApisError) => this.#fail(current, error));
    // Too late for its attempt, it may still be the newest token there is.
    running.answer.then(
      (issued) => this.#attempt !== current && this.#landLate(start, issued),
      () => {},
    );
    record.requested();
    onChange();
    return current;
  }

  /** Throws the held token away. */
  discard(): void {
    this.#held = undefined;
  }

  /** The credentials are others now: what was refused says nothing about them. */
  endRefusal(): void {
    if (this.#setback?.kind === 'refused') this.#setback = undefined;
  }

  /** Trouble whose next attempt nobody made (no caller, no scheduler, or a frozen process) says nothing about now. */
  forgetLapsedTrouble(now: number): void {
    const setback = this.#setback;
    if (setback?.kind !== 'trouble' || this.#attempt || now < setback.nextAttemptAt + LAPSED_MS) return;
    this.#setback = { ...setback, since: now };
  }

  close(reason: AuthApisError): void {
    this.#closedBy = reason;
    this.#attempt?.running.abort(reason);
    this.#attempt = undefined;
  }

  /** @throws TokenEndpointError when the token is dead on arrival */
  #land(start: AttemptStart, issued: IssuedToken): AccessToken {
    const { label, clock, policy, random, record, onLanded } = this.#parts;
    const now = clock.now();
    const lifetimeMs = this.#lifetimeOf(issued, start);
    if (!(lifetimeMs > now - start.startedAt)) throw deadTokenError(label);
    if (this.#isSame(issued)) this.#sameTokenUntil = now + SAME_TOKEN_PAUSE_MS;
    const held = holdToken({ value: issued.value, lifetimeMs }, start, now, policy, random);
    const afterFailures = this.#failuresSinceSuccess;
    this.#held = this.#newest = held;
    this.#setback = undefined;
    this.#failuresSinceSuccess = 0;
    if (this.#attempt?.sequence === start.sequence) this.#attempt = undefined;
    record.refreshed(held, afterFailures, now - start.startedAt);
    onLanded();
    return held.token;
  }

  /** The same token again has not begun a new life, whatever its documented one is. */
  #lifetimeOf(issued: IssuedToken, { startedAt }: AttemptStart): number {
    const finite = issued.lifetimeMs === Infinity ? LONGEST_LIFETIME_MS : issued.lifetimeMs;
    const rest = this.#isSame(issued) ? this.#newest!.expiresAt - startedAt : 0;
    return rest > 0 ? Math.min(finite, rest) : finite;
  }

  #isSame(issued: IssuedToken): boolean {
    return this.#newest?.token.value === issued.value;
  }

  #landLate(start: AttemptStart, issued: IssuedToken): void {
    if (this.#closedBy || start.sequence < (this.#newest?.sequence ?? 0)) return;
    try {
      this.#land(start, issued);
    } catch {
      // Dead by now: as if it had never come.
    }
  }

  #fail(failed: RunningAttempt, error: AuthApisError): void {
    if (this.#attempt !== failed) return; // left behind by a close
    const { clock, policy, random, record, onLanded } = this.#parts;
    const setback = setbackAfter(error, this.#setback, clock.now(), policy, random);
    this.#attempt = undefined;
    this.#setback = setback;
    this.#failuresSinceSuccess++;
    if (setback.isVendorsWish) this.#vendorPauseUntil = setback.nextAttemptAt;
    record.failed(setback, this.living()?.expiresAt);
    onLanded();
  }
}
