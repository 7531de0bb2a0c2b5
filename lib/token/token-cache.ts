import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { systemClock } from '../common/clock.js';
import { ATTEMPT_TIMEOUT_MS, AUTH_TIMEOUT_MS, SAME_TOKEN_PAUSE_MS } from '../common/defaults.js';
import type { AccountLabel, AuthApisError } from '../common/errors.js';
import { AuthApisClosedError, TokenEndpointError, TokenUnavailableError } from '../common/errors.js';
import { accountText, DEFAULT_ACCOUNT, timeText } from '../common/messages.js';
import { attemptTimeoutError } from '../request/token-request.errors.js';
import type { TokenSource } from '../request/token-source.js';
import type { AccessToken } from './access-token.js';
import { CredentialsReread } from './credentials-reread.js';
import type { HeldToken } from './held-token.js';
import { stateOf } from './held-token.js';
import type { RefreshPolicy } from './refresh-policy.js';
import { DEFAULT_REFRESH_POLICY } from './refresh-policy.js';
import type { AuthApisEvent } from './token-events.js';
import { TokenFlight } from './token-flight.js';
import { TokenRecord } from './token-record.js';
import type { TokenStatus } from './token-status.js';
import type { Waiter } from './token-waiters.js';
import { TokenWaiters } from './token-waiters.js';

/** @publicApi */
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
  readonly authTimeoutMs?: number;
  /** How long one token request may take, milliseconds. @default 5,000 */
  readonly attemptTimeoutMs?: number;
  /** Told of everything that happens, synchronously. What it throws is swallowed. */
  readonly onEvent?: (event: AuthApisEvent) => void;
}

/** @publicApi */
export interface GetTokenOptions {
  /** Ask for a token that lives at least this much longer, milliseconds. @default 0 */
  readonly minRemainingMs?: number;
  /** Abandons this caller's wait, never the token request that others share. */
  readonly signal?: AbortSignal;
}

/** When the cache wants its next attempt, monotonic milliseconds, and what for: the first token, the next, or a retry. @publicApi */
export interface DueAttempt {
  readonly at: number;
  readonly action: 'request' | 'refresh' | 'retry';
}

/**
 * One token kept fresh: asked for by one request at a time, however many wait; served from memory while it lives.
 *
 * | state | a caller | the vendor is asked |
 * |---|---|---|
 * | fresh | gets the token, synchronously | no |
 * | stale | gets the token, synchronously | in the background |
 * | expiring | waits for the attempt; in trouble, or when it fails, gets the living token at once | yes |
 * | expired, none | waits, across attempts, while trouble is younger than `authTimeoutMs`; else a typed error at once | yes |
 * | refused | gets `CredentialsRejectedError` at once | after a cool-down |
 *
 * It has timers only while somebody waits; background refreshes are the scheduler's, through `due()` and `attend()`.
 *
 * @publicApi
 */
export class TokenCache {
  readonly #label: AccountLabel;
  readonly #clock: Clock;
  readonly #authTimeoutMs: number;
  readonly #attemptTimeoutMs: number;
  readonly #record: TokenRecord;
  readonly #flight: TokenFlight;
  readonly #reread: CredentialsReread;
  readonly #waiters = new TokenWaiters(() => this.#armWaitTimer());
  #longAskedAt = -Infinity;
  #lastUsedAt = -Infinity;
  #cancelWaitTimer: (() => void) | undefined;
  #onChange: () => void = () => {};
  #closed = false;

  constructor(source: TokenSource, options: TokenCacheOptions = {}) {
    const { label = { api: 'token', account: DEFAULT_ACCOUNT }, clock = systemClock, onEvent = () => {} } = options;
    const { random = Math.random, policy = DEFAULT_REFRESH_POLICY, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = options;
    this.#label = label;
    this.#clock = clock;
    this.#authTimeoutMs = options.authTimeoutMs ?? AUTH_TIMEOUT_MS;
    this.#attemptTimeoutMs = attemptTimeoutMs;
    this.#record = new TokenRecord(label, clock, onEvent);
    this.#flight = new TokenFlight({
      source,
      label,
      clock,
      random,
      policy,
      attemptTimeoutMs,
      record: this.#record,
      onLanded: () => this.#landed(),
      onChange: () => this.#onChange(),
    });
    const timeoutError = (): Error => attemptTimeoutError(label, attemptTimeoutMs);
    const limit = { clock, timeoutMs: attemptTimeoutMs, timeoutError };
    this.#reread = new CredentialsReread(source, limit, () => this.#flight.endRefusal());
  }

  get label(): AccountLabel {
    return this.#label;
  }

  /** The living token, if there is one. Never waits, never asks. */
  peek(): AccessToken | undefined {
    return this.#flight.living();
  }

  /**
   * The living token, or the next one.
   *
   * @throws CredentialsRejectedError, TokenEndpointError (another 4xx), TokenUnavailableError (with `retryAt`),
   *   AuthApisClosedError, or the reason of `signal`
   */
  get(options: GetTokenOptions = {}): Promise<AccessToken> {
    const token = options.signal?.aborted ? undefined : this.take(options.minRemainingMs);
    return token ? Promise.resolve(token) : this.#join(options);
  }

  /**
   * What `get` gives without waiting: the token in this very tick, or `undefined` when a caller would have to wait.
   * Sees to it that a token past its best is refreshed.
   * @internal
   */
  take(minRemainingMs = 0): AccessToken | undefined {
    const now = this.#clock.now();
    this.#lastUsedAt = now;
    const { held } = this.#flight;
    const state = stateOf(held, now, this.#clock.wallNow());
    if (!held || state === 'expired') return undefined;
    const isEnough = held.expiresAt - now >= minRemainingMs;
    if (state === 'fresh' && isEnough) return held.token;
    if (state === 'stale' && isEnough) {
      this.#flight.pursue(now);
      return held.token;
    }
    if (!isEnough && this.#askedLongAlready(minRemainingMs, held, now)) return held.token;
    const isWorthWaiting = this.#isWorthWaiting(now);
    this.#flight.pursue(now);
    return isWorthWaiting ? undefined : held.token;
  }

  /**
   * Asks for a new token now. Skips backoff and cool-down, never a `Retry-After`; joins an attempt that is under way.
   *
   * @throws what the attempt met; TokenUnavailableError while the vendor has asked for a pause; AuthApisClosedError
   */
  async refresh(): Promise<AccessToken> {
    this.#throwIfClosed();
    const now = this.#clock.now();
    if (!this.#flight.attempt && now < this.#flight.vendorPauseUntil) throw this.#unavailable();
    const { outcome } = this.#flight.attempt ?? this.#flight.start(now);
    // The attempt's own timer is a background one; somebody waits here.
    const letGo = this.#clock.schedule(() => {}, this.#attemptTimeoutMs);
    return outcome.finally(letGo);
  }

  /**
   * Throws a token away because an API refused it; another than the one at hand is left alone (compare and swap).
   *
   * @returns whether it was the one at hand
   */
  invalidate(token: AccessToken | string): boolean {
    const value = typeof token === 'string' ? token : token.value;
    if (this.#flight.held?.token.value !== value) return false;
    this.#flight.discard();
    this.#record.rejected();
    this.#onChange();
    return true;
  }

  /** Everything about the token but the token. */
  status(): TokenStatus {
    const { held, setback } = this.#flight;
    const state = stateOf(held, this.#clock.now(), this.#clock.wallNow());
    const isRefused = setback?.kind === 'refused' && (state === 'none' || state === 'expired');
    return {
      ...this.#label,
      state: this.#closed ? 'closed' : isRefused ? 'refused' : state,
      ...(held && {
        receivedAt: held.token.receivedAt,
        expiresAt: held.token.expiresAt,
        ...(!this.#closed && { refreshesAt: this.#record.wallAt(held.staleAt) }),
      }),
      ...(setback && !this.#closed && { nextAttemptAt: this.#record.wallAt(setback.nextAttemptAt) }),
      ...this.#record.status(),
    };
  }

  /** When the next attempt is due without anybody calling; `undefined` while one is under way. For the scheduler. @internal */
  due(): DueAttempt | undefined {
    const { attempt, setback, held, newest, allowedAt } = this.#flight;
    if (this.#closed || attempt) return undefined;
    if (setback) return { at: allowedAt, action: 'retry' };
    const at = Math.max(allowedAt, held?.staleAt ?? this.#clock.now());
    return { at, action: newest ? 'refresh' : 'request' };
  }

  /** Makes the attempt that is due, if it is. For the scheduler. @internal */
  attend(): void {
    const due = this.due();
    const now = this.#clock.now();
    if (due && due.at <= now) this.#flight.start(now);
  }

  /** Whether the token was asked for within the last token's life. @internal */
  isInUse(): boolean {
    return this.#clock.now() - this.#lastUsedAt < (this.#flight.newest?.lifetimeMs ?? 0);
  }

  /** Calls `listener` whenever `due()` may have changed; one listener at a time. For the scheduler. @internal */
  watch(listener: () => void): void {
    this.#onChange = listener;
  }

  /**
   * Counts a replayed call, and tells of it. For whoever replays.
   *
   * @param pausedUntil monotonic milliseconds
   * @internal
   */
  noteReplay(accepted: boolean, pausedUntil?: number): void {
    this.#record.replayed(accepted, pausedUntil);
  }

  /** Asks for nothing any more; a wait left over gets `AuthApisClosedError`. The living token is served to its end. @internal */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flight.close(this.#closedError());
    this.#reread.abort(this.#closedError());
    this.#settleWaiters(() => this.#closedError());
    this.#record.stopped();
    this.#onChange();
  }

  async #join({ signal, minRemainingMs }: GetTokenOptions): Promise<AccessToken> {
    const since = this.#clock.now();
    signal?.throwIfAborted();
    this.#throwIfClosed();
    if (this.#isCoolingDown()) {
      await this.#reread.read(signal);
      const token = this.take(minRemainingMs);
      if (token) return token;
      this.#throwIfClosed();
      if (this.#isCoolingDown()) throw this.#refusal();
    }
    const now = this.#clock.now();
    this.#flight.forgetLapsedTrouble(now);
    this.#flight.pursue(now);
    if (this.#isHopeless({ since }, now)) {
      const living = this.peek();
      if (living) return living;
      throw this.#unavailable();
    }
    const token = this.#waiters.wait(since, signal);
    // Those who came before wait no longer than this one: their timer serves.
    if (!this.#cancelWaitTimer) this.#armWaitTimer();
    return token;
  }

  #landed(): void {
    const now = this.#clock.now();
    if (this.#flight.setback?.kind === 'refused') this.#settleWaiters(() => this.#refusal());
    else this.#settleHopeless(now);
    this.#onChange();
  }

  /** A caller waits no longer than `authTimeoutMs`, nor into trouble older than that. */
  #deadlineOf(waiter: Pick<Waiter, 'since'>): number {
    const { setback } = this.#flight;
    const since = setback?.kind === 'trouble' ? Math.min(waiter.since, setback.since) : waiter.since;
    return since + this.#authTimeoutMs;
  }

  #isHopeless(waiter: Pick<Waiter, 'since'>, now: number): boolean {
    const deadline = this.#deadlineOf(waiter);
    return deadline <= now || (!this.#flight.attempt && this.#flight.allowedAt >= deadline);
  }

  /** In trouble, refused, or told to pause: the token lives, and waiting would not better it. */
  #isWorthWaiting(now: number): boolean {
    const { attempt, setback, allowedAt } = this.#flight;
    return !setback && !this.#closed && (attempt !== undefined || allowedAt <= now);
  }

  /** One timer for all who wait: the next attempt, or the end of the longest wait. It holds the process alive. */
  #armWaitTimer(): void {
    this.#cancelWaitTimer?.();
    this.#cancelWaitTimer = undefined;
    const first = this.#waiters.first;
    if (!first) return;
    const at = Math.min(this.#deadlineOf(first), this.#flight.attempt ? Infinity : this.#flight.allowedAt);
    this.#cancelWaitTimer = this.#clock.schedule(() => {
      const now = this.#clock.now();
      this.#settleHopeless(now);
      if (this.#waiters.size > 0) this.#flight.pursue(now);
      this.#armWaitTimer();
    }, at - this.#clock.now());
  }

  #settleHopeless(now: number): void {
    const isHopeless = (waiter: Waiter): boolean => this.#isHopeless(waiter, now);
    this.#settleWaiters(() => this.#unavailable(), isHopeless);
  }

  /** A living token is always the better answer to those who wait. */
  #settleWaiters(error: () => Error, until?: (waiter: Waiter) => boolean): void {
    const living = this.peek();
    if (living) this.#waiters.resolveAll(living);
    else this.#waiters.reject(error, until);
    this.#armWaitTimer();
  }

  #isCoolingDown(): boolean {
    const { attempt, setback } = this.#flight;
    return setback?.kind === 'refused' && !attempt && this.#clock.now() < setback.nextAttemptAt;
  }

  /** Nobody's new token would live that long; asking for every such call would be a storm. */
  #askedLongAlready(minRemainingMs: number, held: HeldToken, now: number): boolean {
    if (minRemainingMs <= held.remainingOnArrivalMs) return false;
    if (now - this.#longAskedAt < SAME_TOKEN_PAUSE_MS && !this.#flight.attempt) return true;
    this.#longAskedAt = now;
    return false;
  }

  #refusal(): AuthApisError {
    const { error, nextAttemptAt } = this.#flight.setback!;
    return error instanceof TokenEndpointError ? error.again(this.#record.wallAt(nextAttemptAt)) : error;
  }

  #unavailable(): TokenUnavailableError {
    const { attempt, setback, allowedAt } = this.#flight;
    const cause = setback?.error;
    // An attempt under way will have ended by then, one way or the other.
    const retryAt = this.#record.wallAt(attempt ? attempt.startedAt + this.#attemptTimeoutMs : allowedAt);
    const who = `${accountText(this.#label)}: `;
    const said = cause?.message.startsWith(who) ? cause.message.slice(who.length) : cause?.message;
    const why = said === undefined ? 'the vendor has not answered yet' : `the last attempt failed (${said})`;
    const message = `${who}no token in time: ${why}; try again at ${timeText(retryAt)}`;
    return new TokenUnavailableError(message, { ...this.#label, retryAt, cause });
  }

  #closedError(): AuthApisClosedError {
    const message = `${accountText(this.#label)}: the app is shutting down, no token is asked for any more`;
    return new AuthApisClosedError(message, this.#label);
  }

  #throwIfClosed(): void {
    if (this.#closed) throw this.#closedError();
  }
}
