import { LAST_CALL_MS, SAME_TOKEN_PAUSE_MS, SECRET_REREAD_MS } from '../common/defaults.js';
import type { AccountLabel, AuthApisError } from '../common/errors.js';
import { AccountError, AuthApisClosedError, TokenEndpointError, TokenUnavailableError } from '../common/errors.js';
import type { Abortable } from '../common/light-abort.js';
import { accountText, DEFAULT_ACCOUNT, timeText } from '../common/messages.js';
import { attemptTimeoutError } from '../request/token-request.errors.js';
import type { TokenSource } from '../request/token-source.js';
import type { AccessToken } from './access-token.js';
import { CredentialsReread } from './credentials-reread.js';
import type { HeldToken } from './held-token.js';
import { stateOf } from './held-token.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import { TokenFlight } from './token-flight.js';
import { TokenRecord } from './token-record.js';
import { TokenReplacement } from './token-replacement.js';
import type { TokenCacheOptions } from './token-setting.js';
import { TokenSetting } from './token-setting.js';
import type { TokenHealth } from './token-health.js';
import { healthOf } from './token-health.js';
import type { TokenStatus } from './token-status.js';
import type { Waiter } from './token-waiters.js';
import { TokenWaiters } from './token-waiters.js';

/** @publicApi */
export interface GetTokenOptions {
  /** Ask for a token that lives at least this much longer, milliseconds. @default 0 */
  readonly minRemainingMs?: number;
  /** Abandons this caller's wait, never the token request that others share. */
  readonly signal?: AbortSignal;
}

type WaitOptions = Omit<GetTokenOptions, 'signal'> & { readonly signal?: Abortable };

/** When the cache wants its next attempt, monotonic milliseconds, and what for: the first token, the next, or a retry. */
export interface DueAttempt {
  readonly at: number;
  readonly action: 'request' | 'refresh' | 'retry';
}

/** Who is told when a cache's next attempt may have moved. */
export interface TokenWatcher {
  tokenChanged(): void;
  /** A token past its best was used: whether the refresh is planned, and nobody else need begin it. */
  seesToRefresh(): boolean;
  /** Whether it is going to make an attempt. */
  readonly hasPlan: boolean;
}

/**
 * One token kept fresh: asked for by one request at a time, however many wait; served from memory while it lives.
 *
 * | state | a caller | the vendor is asked |
 * |---|---|---|
 * | fresh | gets the token, synchronously | no |
 * | stale | gets the token, synchronously | in the background |
 * | expiring | waits for the attempt; in trouble, or when it fails, gets the living token at once | yes |
 * | expired, none | waits, across attempts, while trouble is younger than `tokenWaitTimeoutMs`; else a typed error at once | yes |
 * | denied | gets what was said at once: `CredentialsRejectedError`, another `TokenEndpointError`, `AccountError` | after a cool-down |
 *
 * It has timers only while somebody waits; background refreshes are the scheduler's, through `due()` and `attend()`.
 *
 * @publicApi
 */
export class TokenCache {
  readonly #label: AccountLabel;
  readonly #setting: TokenSetting;
  readonly #source: TokenSource;
  readonly #record: TokenRecord;
  readonly #flight: TokenFlight;
  // Made when first needed: an app may have a hundred thousand of these that never wait and are never refused.
  #waiters: TokenWaiters | undefined;
  #reread: CredentialsReread | undefined;
  #replacement: TokenReplacement | undefined;
  #longAskedAt: number | undefined;
  #lastUsedAt: number | undefined;
  #cancelWaitTimer: (() => void) | undefined;
  #watcher: TokenWatcher | undefined;
  #closed = false;
  #isStray = false;

  constructor(source: TokenSource, options?: TokenCacheOptions);
  /** One setting for any number of caches. @internal */
  constructor(source: TokenSource, setting: TokenSetting, label: AccountLabel);
  constructor(
    source: TokenSource,
    options: TokenCacheOptions = {},
    label: AccountLabel = options.label ?? { api: 'token', account: DEFAULT_ACCOUNT },
  ) {
    this.#label = label;
    this.#source = source;
    this.#setting = options instanceof TokenSetting ? options : new TokenSetting(options);
    this.#record = new TokenRecord(label, this.#setting);
    this.#flight = new TokenFlight(source, label, this.#setting, this.#record, this);
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
   * @throws CredentialsRejectedError, TokenEndpointError (another 4xx), AccountError (`UNKNOWN_ACCOUNT`, where
   *   `accounts.resolve` gives nothing for the id), TokenUnavailableError (with `retryAt`), AuthApisClosedError, or the
   *   reason of `signal`
   */
  get(options?: GetTokenOptions): Promise<AccessToken>;
  /** For calls, whose signals are lighter. @internal */
  get(options: WaitOptions): Promise<AccessToken>;
  get(options: WaitOptions = {}): Promise<AccessToken> {
    const token = options.signal?.aborted ? undefined : this.take(options.minRemainingMs);
    return token ? Promise.resolve(token) : this.#observed(() => this.#join(options), 'call');
  }

  /**
   * What `get` gives without waiting: the token in this very tick, or `undefined` when a caller would have to wait.
   * Sees to it that a token past its best is refreshed.
   * @internal
   */
  take(minRemainingMs = 0): AccessToken | undefined {
    const now = this.#setting.clock.now();
    this.#lastUsedAt = Math.floor(now); // a whole number costs no memory of its own
    const { held } = this.#flight;
    const state = stateOf(held, now, this.#setting.clock.wallNow());
    if (!held || state === 'expired') return undefined;
    const isEnough = held.expiresAt - now >= minRemainingMs;
    if (state === 'fresh' && isEnough) return held.token;
    if (state === 'stale' && isEnough) {
      // Nobody waits for it: whoever plans refreshes may keep it in line.
      if (!this.#watcher?.seesToRefresh()) this.#flight.pursue(now);
      return held.token;
    }
    if (!isEnough && this.#askedLongAlready(minRemainingMs, held, now)) return held.token;
    const isWorthWaiting = this.#isWorthWaiting(now);
    this.#flight.pursue(now, minRemainingMs);
    return isWorthWaiting ? undefined : held.token;
  }

  /**
   * Asks for a new token now. Skips backoff and cool-down, never a `Retry-After`; joins an attempt that is under way.
   *
   * @throws what the attempt met; TokenUnavailableError while the vendor has asked for a pause; AuthApisClosedError
   */
  refresh(): Promise<AccessToken> {
    return this.#observed(() => this.#refresh(), 'hand');
  }

  async #refresh(): Promise<AccessToken> {
    this.#throwIfClosed();
    const now = this.#setting.clock.now();
    if (!this.#flight.attempt && now < this.#flight.vendorPauseUntil) throw this.#unavailable();
    const { outcome } = this.#flight.attempt ?? this.#flight.start(now);
    // The attempt's own timer is a background one; somebody waits here.
    const letGo = this.#setting.clock.schedule(() => {}, this.#setting.tokenRequestTimeoutMs);
    return outcome.then(({ token }) => token).finally(letGo);
  }

  /**
   * Throws a token away because an API refused it; another than the one at hand is left alone (compare and swap).
   *
   * @returns whether it was the one at hand
   */
  invalidate(token: AccessToken | string): boolean {
    const value = typeof token === 'string' ? token : token.value;
    if (this.#flight.held?.token.value !== value) return false;
    this.#flight.reject();
    this.changed();
    return true;
  }

  /** Everything about the token but the token. */
  status(): TokenStatus {
    const state = this.#state();
    const { held } = this.#flight;
    const nextAttemptAt = this.#nextAttemptAt();
    return {
      ...this.#label,
      state,
      ...(held && {
        requestedAt: held.token.requestedAt,
        expiresAt: held.token.expiresAt,
        usableUntil: this.#flight.usableUntil,
        ...(!this.#closed && { refreshesAt: this.#record.wallAt(held.staleAt) }),
      }),
      ...(nextAttemptAt !== undefined && { nextAttemptAt: this.#record.wallAt(nextAttemptAt) }),
      ...(this.#source.storeState && { store: this.#source.storeState }),
      ...this.#record.status(),
    };
  }

  /** What `healthOf` makes of the status, for who counts a hundred thousand: makes no status. @internal */
  get health(): TokenHealth {
    return healthOf({ state: this.#state(), nextAttemptAt: this.#nextAttemptAt() });
  }

  /** After a setback, monotonic; not when that has lapsed, and nobody will make the attempt until somebody calls. */
  #nextAttemptAt(): number | undefined {
    const { setback } = this.#flight;
    if (!setback || this.#closed) return undefined;
    const isPursued = this.hasPlan || !this.#flight.hasLapsed(this.#setting.clock.now());
    return isPursued ? setback.nextAttemptAt : undefined;
  }

  #state(): TokenStatus['state'] {
    if (this.#setting.isClosed) this.close();
    if (this.#closed) return 'closed';
    const { held, setback } = this.#flight;
    const state = stateOf(held, this.#setting.clock.now(), this.#setting.clock.wallNow());
    return setback?.kind === 'permanent' && (state === 'none' || state === 'expired') ? 'denied' : state;
  }

  /** When the next attempt is due without anybody calling; `undefined` while one is under way. For the scheduler. @internal */
  due(): DueAttempt | undefined {
    const { attempt, setback, held, newest, allowedAt } = this.#flight;
    if (this.#closed || attempt) return undefined;
    if (setback) return { at: allowedAt, action: 'retry' };
    const at = Math.max(allowedAt, held?.staleAt ?? this.#setting.clock.now());
    return { at, action: newest ? 'refresh' : 'request' };
  }

  /** Makes the attempt that is due, if it is. For the scheduler. @internal */
  attend(): void {
    const due = this.due();
    const now = this.#setting.clock.now();
    if (due && due.at <= now) this.#flight.start(now);
  }

  /** Whether the scheduler is going to make an attempt. @internal */
  get hasPlan(): boolean {
    return this.#watcher?.hasPlan ?? false;
  }

  /** Whether the app knows no such account. @internal */
  get isUnknown(): boolean {
    const { setback, held } = this.#flight;
    return !held && setback?.error.code === 'UNKNOWN_ACCOUNT';
  }

  /** Whether a token request is under way. @internal */
  get isAttempting(): boolean {
    return this.#flight.attempt !== undefined;
  }

  /** Whether a token request is under way, or somebody waits for one. @internal */
  get isBusy(): boolean {
    return this.isAttempting || (this.#waiters?.size ?? 0) > 0;
  }

  /** Whether the token was asked for within the last token's life. @internal */
  isInUse(): boolean {
    return this.#setting.clock.now() - this.lastUsedAt < (this.#flight.newest?.lifetimeMs ?? 0);
  }

  /**
   * Tells `watcher` whenever `due()` may have changed; one watcher at a time, the one before is
   * given back. For the scheduler.
   * @internal
   */
  watch(watcher: TokenWatcher | undefined): TokenWatcher | undefined {
    const before = this.#watcher;
    this.#watcher = watcher;
    return before;
  }

  /** Whether another replica bought it. @internal */
  isFromStore(token: AccessToken): boolean {
    const { newest } = this.#flight;
    return newest?.token === token && newest.isFromStore === true;
  }

  /** When somebody asked for the token last, monotonic milliseconds. @internal */
  get lastUsedAt(): number {
    return this.#lastUsedAt ?? -Infinity;
  }

  /** What to do when an API refuses the token. @internal */
  get replacement(): TokenReplacement {
    const { clock, random } = this.#setting;
    return (this.#replacement ??= new TokenReplacement(this, clock, random));
  }

  /** Whether it was bought because of a 401, and no API has said yet what it thinks of it. @internal */
  isOnTrial(token: AccessToken): boolean {
    return this.#replacement?.isOnTrial(token) ?? false;
  }

  /** Whoever keeps many accounts has dropped this one; who still holds it may go on using it. @internal */
  noteEviction(reason: AccountEvictedEvent['reason']): void {
    this.#isStray = true;
    if (this.isBusy) this.#setting.strays.add(this);
    this.#record.evicted(reason);
  }

  /**
   * Counts a retried call and reports it. For whoever retries.
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
    this.#setting.strays.delete(this);
    this.#flight.close(this.#closedError());
    this.#reread?.abort(this.#closedError());
    this.#settleWaiters(() => this.#closedError());
    this.#record.stopped();
    this.changed();
  }

  #observed(wait: () => Promise<AccessToken>, who: 'call' | 'hand'): Promise<AccessToken> {
    const { observer } = this.#setting;
    return observer ? observer.wait(this.#label, wait, who) : wait();
  }

  async #join({ signal, minRemainingMs }: WaitOptions): Promise<AccessToken> {
    const since = this.#setting.clock.now();
    signal?.throwIfAborted();
    this.#throwIfClosed();
    if (this.#isCoolingDown()) {
      if (this.#isWorthRereading(since)) await this.#rereader.read(signal);
      const token = this.take(minRemainingMs);
      if (token) return token;
      this.#throwIfClosed();
      if (this.#isCoolingDown()) throw this.#refusal();
    }
    const now = this.#setting.clock.now();
    this.#flight.forgetLapsedTrouble(now);
    this.#flight.pursue(now, minRemainingMs);
    if (this.#isHopeless({ since }, now)) {
      const living = this.peek();
      if (living) return living;
      throw this.#unavailable();
    }
    if (this.#isStray) this.#setting.strays.add(this);
    this.#waiters ??= new TokenWaiters(() => this.#armWaitTimer());
    const token = this.#waiters.wait(since, signal);
    // Those who came before wait no longer than this one: their timer serves.
    if (!this.#cancelWaitTimer) this.#armWaitTimer();
    return token;
  }

  get #rereader(): CredentialsReread {
    const { clock, tokenRequestTimeoutMs } = this.#setting;
    const timeoutError = (): Error => attemptTimeoutError(this.#label, tokenRequestTimeoutMs);
    const limit = { clock, timeoutMs: tokenRequestTimeoutMs, timeoutError };
    return (this.#reread ??= new CredentialsReread(this.#source, limit, () => this.#flight.endRefusal()));
  }

  /** Told by the flight. @internal */
  landed(): void {
    const now = this.#setting.clock.now();
    if (this.#flight.setback?.kind === 'permanent') this.#settleWaiters(() => this.#refusal());
    else this.#settleHopeless(now);
    this.changed();
  }

  /** Told by the flight. @internal */
  changed(): void {
    this.#watcher?.tokenChanged();
  }

  /** A caller waits no longer than `tokenWaitTimeoutMs`, nor into trouble older than that. */
  #deadlineOf(waiter: Pick<Waiter, 'since'>): number {
    const { setback } = this.#flight;
    const since = setback?.kind === 'transient' ? Math.min(waiter.since, setback.since) : waiter.since;
    return since + this.#setting.tokenWaitTimeoutMs;
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
    const first = this.#waiters?.first;
    if (!first) {
      this.#waiters = undefined;
      if (this.#isStray) this.#setting.strays.delete(this);
      return;
    }
    const nextAt = this.#flight.attempt ? Infinity : this.#flight.allowedAt;
    const releaseAt = this.#releaseAt();
    const at = Math.min(this.#deadlineOf(first), nextAt, releaseAt);
    this.#cancelWaitTimer = this.#setting.clock.schedule(() => {
      const now = this.#setting.clock.now();
      const living = now >= releaseAt ? this.peek() : undefined;
      if (living) this.#waiters?.resolveAll(living);
      this.#settleHopeless(now);
      if (this.#waiters?.size) this.#flight.pursue(now);
      this.#armWaitTimer();
    }, at - this.#setting.clock.now());
  }

  /** Who waits while a token lives is given it in time: an attempt that hangs must not outlast it. */
  #releaseAt(): number {
    const { held } = this.#flight;
    const left = held ? held.expiresAt - this.#setting.clock.now() : 0;
    return held && left > 0 ? held.expiresAt - Math.min(LAST_CALL_MS, left / 2) : Infinity;
  }

  #settleHopeless(now: number): void {
    const isHopeless = (waiter: Waiter): boolean => this.#isHopeless(waiter, now);
    this.#settleWaiters(() => this.#unavailable(), isHopeless);
  }

  /** A living token is always the better answer to those who wait. */
  #settleWaiters(error: () => Error, which?: (waiter: Waiter) => boolean): void {
    const living = this.peek();
    if (living) this.#waiters?.resolveAll(living);
    else this.#waiters?.reject(error, which);
    this.#armWaitTimer();
  }

  /** Attempts read the credentials too: not right before the next, nor right after one that was not the first. */
  #isWorthRereading(now: number): boolean {
    const { counts, at, nextAttemptAt } = this.#flight.setback!;
    // A secret that was mended heals at the next call; an id that is made up gains nothing by it.
    const isFirst = counts.permanent === 1 && !this.isUnknown;
    return nextAttemptAt - now >= SECRET_REREAD_MS && (isFirst || now - at >= SECRET_REREAD_MS);
  }

  #isCoolingDown(): boolean {
    const { attempt, setback } = this.#flight;
    return setback?.kind === 'permanent' && !attempt && this.#setting.clock.now() < setback.nextAttemptAt;
  }

  /** Nobody's new token would live that long; asking for every such call would be a storm. */
  #askedLongAlready(minRemainingMs: number, held: HeldToken, now: number): boolean {
    if (minRemainingMs <= held.remainingOnArrivalMs) return false;
    if (now - (this.#longAskedAt ?? -Infinity) < SAME_TOKEN_PAUSE_MS && !this.#flight.attempt) return true;
    this.#longAskedAt = now;
    return false;
  }

  #refusal(): AuthApisError {
    const { error, nextAttemptAt } = this.#flight.setback!;
    return error instanceof TokenEndpointError || error instanceof AccountError
      ? error.again(this.#record.wallAt(nextAttemptAt))
      : error;
  }

  #unavailable(): TokenUnavailableError {
    const { attempt, setback, allowedAt } = this.#flight;
    const cause = setback?.error;
    // An attempt under way will have ended by then, one way or the other.
    const retryAt = this.#record.wallAt(attempt ? attempt.startedAt + this.#setting.tokenRequestTimeoutMs : allowedAt);
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
    if (this.#setting.isClosed) this.close();
    if (this.#closed) throw this.#closedError();
  }
}
