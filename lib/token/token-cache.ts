import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { systemClock } from '../common/clock.js';
import {
  ATTEMPT_TIMEOUT_MS,
  AUTH_TIMEOUT_MS,
  LAPSED_MS,
  LONGEST_LIFETIME_MS,
  SAME_TOKEN_PAUSE_MS,
  SECRET_REREAD_MS,
} from '../common/defaults.js';
import type { AccountLabel, AuthApisError } from '../common/errors.js';
import { AuthApisClosedError, isAuthApisError, TokenEndpointError, TokenUnavailableError } from '../common/errors.js';
import { accountText, DEFAULT_ACCOUNT, durationText, timeText } from '../common/messages.js';
import { raceAbort } from '../common/race-abort.js';
import type { Attempt } from '../request/attempt.js';
import { attempt } from '../request/attempt.js';
import type { IssuedToken, TokenSource } from '../request/token-source.js';
import type { AccessToken } from './access-token.js';
import type { AttemptStart, HeldToken } from './held-token.js';
import { holdToken, stateOf } from './held-token.js';
import type { RefreshPolicy } from './refresh-policy.js';
import { DEFAULT_REFRESH_POLICY } from './refresh-policy.js';
import type { Setback } from './setback.js';
import { setbackAfter } from './setback.js';
import type { AuthApisEvent, BareEvent, ErrorSummary } from './token-events.js';
import type { TokenStatus } from './token-status.js';
import type { Waiter } from './token-waiters.js';
import { TokenWaiters } from './token-waiters.js';

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

/** When the cache wants its next attempt, monotonic milliseconds, and what for: the first token, the next, or a retry. */
export interface DueAttempt {
  readonly at: number;
  readonly action: 'request' | 'refresh' | 'retry';
}

interface RunningAttempt extends AttemptStart {
  readonly running: Attempt<IssuedToken>;
  readonly outcome: Promise<AccessToken>;
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
  readonly #source: TokenSource;
  readonly #label: AccountLabel;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #policy: RefreshPolicy;
  readonly #authTimeoutMs: number;
  readonly #attemptTimeoutMs: number;
  readonly #onEvent: (event: AuthApisEvent) => void;
  readonly #waiters = new TokenWaiters(() => this.#armWaitTimer());
  readonly #counters = { requests: 0, refreshes: 0, failures: 0, rejections: 0, replays: 0 };

  #held: HeldToken | undefined;
  /** The newest token ever received, also when it was thrown away: to notice when it is handed out again. */
  #newest: HeldToken | undefined;
  #attempt: RunningAttempt | undefined;
  #setback: Setback | undefined;
  #sequence = 0;
  #sameTokenUntil = -Infinity;
  /** What `Retry-After` asked for; outlives the setback when a late answer ends that. */
  #vendorPauseUntil = -Infinity;
  #longAskedAt = -Infinity;
  #lastUsedAt = -Infinity;
  #lastSuccessAt: number | undefined;
  #lastError: TokenStatus['lastError'];
  #reread: Attempt<boolean> | undefined;
  #rereadAt = -Infinity;
  #cancelWaitTimer: (() => void) | undefined;
  #onChange: () => void = () => {};
  #closed = false;

  constructor(source: TokenSource, options: TokenCacheOptions = {}) {
    this.#source = source;
    this.#label = options.label ?? { api: 'token', account: DEFAULT_ACCOUNT };
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#policy = options.policy ?? DEFAULT_REFRESH_POLICY;
    this.#authTimeoutMs = options.authTimeoutMs ?? AUTH_TIMEOUT_MS;
    this.#attemptTimeoutMs = options.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS;
    this.#onEvent = options.onEvent ?? (() => {});
  }

  get label(): AccountLabel {
    return this.#label;
  }

  /** The living token, if there is one. Never waits, never asks. */
  peek(): AccessToken | undefined {
    const held = this.#held;
    return held !== undefined && this.#clock.now() < held.expiresAt ? held.token : undefined;
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
   */
  take(minRemainingMs = 0): AccessToken | undefined {
    const now = this.#clock.now();
    this.#lastUsedAt = now;
    const held = this.#held;
    const state = stateOf(held, now, this.#clock.wallNow());
    if (!held || state === 'expired') return undefined;
    const isEnough = held.expiresAt - now >= minRemainingMs;
    if (state === 'fresh' && isEnough) return held.token;
    if (state === 'stale' && isEnough) {
      this.#pursue(now);
      return held.token;
    }
    if (!isEnough && this.#askedLongAlready(minRemainingMs, held, now)) return held.token;
    // In trouble, refused, or told to pause: the token lives, and waiting would not better it.
    const mayWait = !this.#setback && !this.#closed && (this.#attempt !== undefined || this.#allowedAt() <= now);
    this.#pursue(now);
    return mayWait ? undefined : held.token;
  }

  /**
   * Asks for a new token now. Skips backoff and cool-down, never a `Retry-After`; joins an attempt that is under way.
   *
   * @throws what the attempt met; TokenUnavailableError while the vendor has asked for a pause; AuthApisClosedError
   */
  async refresh(): Promise<AccessToken> {
    this.#throwIfClosed();
    const now = this.#clock.now();
    if (!this.#attempt && now < this.#vendorPauseUntil) throw this.#unavailable();
    const { outcome } = this.#attempt ?? this.#start(now);
    // The attempt's own timer is a background one; somebody waits here.
    const stayAlive = this.#clock.schedule(() => {}, this.#attemptTimeoutMs);
    return outcome.finally(stayAlive);
  }

  /**
   * Throws a token away because an API refused it; another than the one at hand is left alone (compare and swap).
   *
   * @returns whether it was the one at hand
   */
  invalidate(token: AccessToken | string): boolean {
    const value = typeof token === 'string' ? token : token.value;
    if (this.#held?.token.value !== value) return false;
    this.#held = undefined;
    this.#counters.rejections++;
    this.#emit({ type: 'rejected' });
    this.#onChange();
    return true;
  }

  /** Everything about the token but the token. */
  status(): TokenStatus {
    const now = this.#clock.now();
    const held = this.#held;
    const setback = this.#setback;
    const state = stateOf(held, now, this.#clock.wallNow());
    const isLiving = state !== 'none' && state !== 'expired';
    return {
      ...this.#label,
      state: this.#closed ? 'closed' : setback?.kind === 'refused' && !isLiving ? 'refused' : state,
      ...(held && {
        receivedAt: held.token.receivedAt,
        expiresAt: held.token.expiresAt,
        refreshesAt: this.#wallAt(held.staleAt),
      }),
      ...(setback && { nextAttemptAt: this.#wallAt(setback.nextAttemptAt) }),
      ...(this.#lastSuccessAt !== undefined && { lastSuccessAt: this.#lastSuccessAt }),
      ...(this.#lastError && { lastError: this.#lastError }),
      counters: { ...this.#counters },
    };
  }

  /** When the next attempt is due without anybody calling; `undefined` while one is under way. For the scheduler. */
  due(): DueAttempt | undefined {
    if (this.#closed || this.#attempt) return undefined;
    if (this.#setback) return { at: this.#allowedAt(), action: 'retry' };
    const at = Math.max(this.#allowedAt(), this.#held?.staleAt ?? this.#clock.now());
    return { at, action: this.#newest ? 'refresh' : 'request' };
  }

  /** Makes the attempt that is due, if it is. For the scheduler. */
  attend(): void {
    const due = this.due();
    const now = this.#clock.now();
    if (due && due.at <= now) this.#start(now);
  }

  /** Whether the token was asked for within the last token's life. */
  isInUse(): boolean {
    return this.#clock.now() - this.#lastUsedAt < (this.#newest?.lifetimeMs ?? 0);
  }

  /** Calls `listener` whenever `due()` may have changed; one listener at a time. For the scheduler. */
  watch(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Counts a replayed call, and tells of it. For whoever replays. */
  noteReplay(accepted: boolean, pausedUntil?: number): void {
    this.#counters.replays++;
    const until = pausedUntil === undefined ? {} : { pausedUntil: this.#wallAt(pausedUntil) };
    this.#emit({ type: 'replayed', accepted, ...until });
  }

  /** Asks for nothing any more; a wait left over gets `AuthApisClosedError`. The living token is served to its end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#attempt?.running.abort(this.#closedError());
    this.#attempt = undefined;
    this.#reread?.abort(this.#closedError());
    this.#settleWaiters(() => this.#closedError());
    this.#emit({ type: 'stopped' });
    this.#onChange();
  }

  // --- Waiting ------------------------------------------------------------------------------------

  async #join({ signal, minRemainingMs }: GetTokenOptions): Promise<AccessToken> {
    const since = this.#clock.now();
    signal?.throwIfAborted();
    this.#throwIfClosed();
    if (this.#isCoolingDown()) {
      await this.#rereadCredentials(signal);
      const token = this.take(minRemainingMs);
      if (token) return token;
      this.#throwIfClosed();
      if (this.#isCoolingDown()) throw this.#refusal(this.#setback!);
    }
    const now = this.#clock.now();
    this.#forgetLapsedTrouble(now);
    this.#pursue(now);
    if (this.#isHopeless({ since }, now)) {
      const living = this.peek();
      if (living) return living;
      throw this.#unavailable();
    }
    const token = this.#waiters.wait(since, signal);
    // Those who came before wait no longer than this one: their timer serves.
    if (this.#waiters.size === 1 || !this.#cancelWaitTimer) this.#armWaitTimer();
    return token;
  }

  /** A caller waits no longer than `authTimeoutMs`, nor into trouble older than that. */
  #deadlineOf(waiter: Pick<Waiter, 'since'>): number {
    const since = this.#setback?.kind === 'trouble' ? Math.min(waiter.since, this.#setback.since) : waiter.since;
    return since + this.#authTimeoutMs;
  }

  #isHopeless(waiter: Pick<Waiter, 'since'>, now: number): boolean {
    const deadline = this.#deadlineOf(waiter);
    return deadline <= now || (!this.#attempt && this.#allowedAt() > deadline);
  }

  /** One timer for all who wait: the next attempt, or the end of the longest wait. It holds the process alive. */
  #armWaitTimer(): void {
    this.#cancelWaitTimer?.();
    this.#cancelWaitTimer = undefined;
    const first = this.#waiters.first;
    if (!first) return;
    const at = Math.min(this.#deadlineOf(first), this.#attempt ? Infinity : this.#allowedAt());
    this.#cancelWaitTimer = this.#clock.schedule(() => {
      const now = this.#clock.now();
      this.#settleWaiters(
        () => this.#unavailable(),
        (waiter) => this.#isHopeless(waiter, now),
      );
      if (this.#waiters.size > 0) this.#pursue(now);
      this.#armWaitTimer();
    }, at - this.#clock.now());
  }

  /** A living token is always the better answer to those who wait. */
  #settleWaiters(error: () => Error, until?: (waiter: Waiter) => boolean): void {
    const living = this.peek();
    if (living) this.#waiters.resolveAll(living);
    else this.#waiters.reject(error, until);
    this.#armWaitTimer();
  }

  // --- Attempts -----------------------------------------------------------------------------------

  /** From when on the next attempt may be made without being asked for by hand. */
  #allowedAt(): number {
    return Math.max(this.#setback?.nextAttemptAt ?? -Infinity, this.#sameTokenUntil, this.#vendorPauseUntil);
  }

  #pursue(now: number): void {
    if (!this.#attempt && !this.#closed && now >= this.#allowedAt()) this.#start(now);
  }

  #start(now: number): RunningAttempt {
    const running = attempt((signal) => this.#source.fetch(signal), {
      clock: this.#clock,
      timeoutMs: this.#attemptTimeoutMs,
      timeoutError: () => this.#timeoutError(),
      background: true,
    });
    const start = { sequence: ++this.#sequence, startedAt: now, wallStartedAt: this.#clock.wallNow(), running };
    const outcome = running.outcome
      .then((issued) => this.#install(start, issued))
      .catch((error: unknown) => {
        throw this.#closed ? this.#closedError() : this.#typed(error);
      });
    const current: RunningAttempt = { ...start, outcome };
    outcome.catch((error: AuthApisError) => this.#fail(current, error));
    // Too late for its attempt, it may still be the newest token there is.
    running.answer.then(
      (issued) => this.#attempt !== current && this.#installLate(start, issued),
      () => {},
    );
    this.#attempt = current;
    this.#counters.requests++;
    this.#emit({ type: 'requested' });
    this.#onChange();
    return current;
  }

  /** @throws TokenEndpointError when the token is dead on arrival */
  #install(start: AttemptStart, issued: IssuedToken): AccessToken {
    const now = this.#clock.now();
    if (this.#held && this.#held.sequence > start.sequence) return this.#held.token;
    const again = this.#newest?.token.value === issued.value ? this.#newest : undefined;
    // The same token again has not started a new life, whatever its documented one is.
    const rest = again && again.expiresAt > start.startedAt ? again.expiresAt - start.startedAt : Infinity;
    const lifetimeMs = Math.min(issued.lifetimeMs === Infinity ? LONGEST_LIFETIME_MS : issued.lifetimeMs, rest);
    if (!(lifetimeMs > now - start.startedAt)) throw this.#deadTokenError();
    if (again) this.#sameTokenUntil = now + SAME_TOKEN_PAUSE_MS;
    const held = holdToken({ value: issued.value, lifetimeMs }, start, now, this.#policy, this.#random);
    const afterFailures = this.#setback?.count ?? 0;
    this.#held = this.#newest = held;
    this.#setback = undefined;
    if (this.#attempt?.sequence === start.sequence) this.#attempt = undefined;
    this.#lastSuccessAt = this.#clock.wallNow();
    this.#counters.refreshes++;
    this.#waiters.resolveAll(held.token);
    this.#emit({
      type: 'refreshed',
      expiresAt: held.token.expiresAt,
      refreshesAt: this.#wallAt(held.staleAt),
      afterFailures,
      durationMs: now - start.startedAt,
    });
    this.#armWaitTimer();
    this.#onChange();
    return held.token;
  }

  #installLate(start: AttemptStart, issued: IssuedToken): void {
    if (this.#closed || start.sequence < (this.#newest?.sequence ?? 0)) return;
    try {
      this.#install(start, issued);
    } catch {
      // Dead by now: as if it had never come.
    }
  }

  #fail(failed: RunningAttempt, error: AuthApisError): void {
    if (this.#closed || this.#attempt !== failed) return;
    this.#attempt = undefined;
    const now = this.#clock.now();
    const setback = setbackAfter(error, this.#setback, now, this.#policy, this.#random);
    this.#setback = setback;
    if (setback.isVendorsWish) this.#vendorPauseUntil = setback.nextAttemptAt;
    const nextAttemptAt = this.#wallAt(setback.nextAttemptAt);
    this.#counters.failures++;
    this.#lastError = { ...summary(error), at: this.#clock.wallNow() };
    this.#tellFailure(setback, nextAttemptAt);
    if (setback.kind === 'refused') this.#settleWaiters(() => this.#refusal(setback));
    else
      this.#settleWaiters(
        () => this.#unavailable(),
        (waiter) => this.#isHopeless(waiter, now),
      );
    this.#onChange();
  }

  #tellFailure({ kind, count, error }: Setback, nextAttemptAt: number): void {
    const tokenLivesUntil = this.peek()?.expiresAt;
    const common = {
      error: summary(error),
      nextAttemptAt,
      ...(tokenLivesUntil !== undefined && { tokenLivesUntil }),
    };
    if (kind === 'refused') this.#emit({ type: 'refused', refusals: count, ...common });
    else this.#emit({ type: 'failed', failures: count, ...common });
  }

  // --- Setbacks -----------------------------------------------------------------------------------

  #isCoolingDown(): boolean {
    const setback = this.#setback;
    return setback?.kind === 'refused' && !this.#attempt && this.#clock.now() < setback.nextAttemptAt;
  }

  /** A secret that was mended must heal the account at the next call, and not be read by every one of them. */
  async #rereadCredentials(signal: AbortSignal | undefined): Promise<void> {
    const source = this.#source;
    if (!source.credentialsChanged) return;
    if (!this.#reread && this.#clock.now() - this.#rereadAt >= SECRET_REREAD_MS) {
      this.#rereadAt = this.#clock.now();
      this.#reread = attempt(async (limit) => source.credentialsChanged!(limit), {
        clock: this.#clock,
        timeoutMs: this.#attemptTimeoutMs,
        timeoutError: () => this.#timeoutError(),
      });
      this.#reread.outcome.then(
        (isChanged) => this.#endReread(isChanged),
        () => this.#endReread(false),
      );
    }
    // A function that throws now is not a changed secret: the refusal stands.
    const read = this.#reread?.outcome.then(nothing, nothing);
    if (read) await (signal ? raceAbort(read, signal) : read);
  }

  #endReread(isChanged: boolean): void {
    this.#reread = undefined;
    if (isChanged && this.#setback?.kind === 'refused') this.#setback = undefined;
  }

  /** Trouble whose next attempt nobody made (no caller, no scheduler, or a frozen process) says nothing about now. */
  #forgetLapsedTrouble(now: number): void {
    const setback = this.#setback;
    if (setback?.kind !== 'trouble' || this.#attempt || now < setback.nextAttemptAt + LAPSED_MS) return;
    this.#setback = { ...setback, since: now };
  }

  /** Nobody's new token would live that long; asking for every such call would be a storm. */
  #askedLongAlready(minRemainingMs: number, held: HeldToken, now: number): boolean {
    if (minRemainingMs <= held.remainingOnArrivalMs) return false;
    if (now - this.#longAskedAt < SAME_TOKEN_PAUSE_MS && !this.#attempt) return true;
    this.#longAskedAt = now;
    return false;
  }

  // --- Small things -------------------------------------------------------------------------------

  /** A monotonic point in time as wall time, for people. */
  #wallAt(at: number): number {
    return Math.round(this.#clock.wallNow() + at - this.#clock.now());
  }

  #emit(event: BareEvent): void {
    try {
      this.#onEvent({ ...event, ...this.#label, at: this.#clock.wallNow() });
    } catch {
      // A listener's mistake is not the token's.
    }
  }

  #typed(error: unknown): AuthApisError {
    if (isAuthApisError(error)) return error;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error';
    return new TokenEndpointError(`${accountText(this.#label)}: the token request threw ${said}`, {
      ...this.#label,
      retryable: true,
    });
  }

  #refusal({ error, nextAttemptAt }: Setback): AuthApisError {
    return error instanceof TokenEndpointError ? error.again(this.#wallAt(nextAttemptAt)) : error;
  }

  #timeoutError(): TokenEndpointError {
    const within = durationText(this.#attemptTimeoutMs);
    const message = `${accountText(this.#label)}: no answer from the token endpoint within ${within} (attemptTimeoutMs)`;
    return new TokenEndpointError(message, { ...this.#label, retryable: true });
  }

  #deadTokenError(): TokenEndpointError {
    const message = `${accountText(this.#label)}: the vendor handed out a token that is already dead`;
    return new TokenEndpointError(message, { ...this.#label, retryable: true });
  }

  #unavailable(): TokenUnavailableError {
    const cause = this.#setback?.error;
    // An attempt under way will have ended by then, one way or the other.
    const retryAt = this.#wallAt(this.#attempt ? this.#attempt.startedAt + this.#attemptTimeoutMs : this.#allowedAt());
    const why = cause ? `the last attempt failed (${cause.message})` : 'the vendor has not answered yet';
    const message = `${accountText(this.#label)}: no token in time: ${why}; try again at ${timeText(retryAt)}`;
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

const nothing = (): void => {};

function summary(error: AuthApisError): ErrorSummary {
  const { status } = error as { status?: number };
  return { code: error.code, message: error.message, ...(status !== undefined && { status }) };
}
