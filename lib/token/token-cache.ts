import { SECRET_REREAD_MS } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import type { Abortable } from '../common/light-abort.js';
import { attemptTimeoutError } from '../request/token-request.errors.js';
import type { TokenSource } from '../request/token-source.js';
import type { AccessToken } from './access-token.js';
import { CredentialsReread } from './credentials-reread.js';
import { checkParts, valueOf, waitOptionsError } from './token-arguments.js';
import { closedError, deniedError, unavailableError } from './no-token.errors.js';
import type { NotBefore } from './not-before.js';
import { stateOf } from './held-token.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import { TokenFlight } from './token-flight.js';
import { TokenRecord } from './token-record.js';
import { TokenReplacement } from './token-replacement.js';
import { depsOf, labelOf, type TokenCacheOptions, type TokenDeps } from './token-deps.js';
import { healthOf, type TokenHealth } from './token-health.js';
import type { TokenStatus } from './token-status.js';
import { cannotServeInTime, WaitingCallers } from './waiting-callers.js';

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
  readonly #deps: TokenDeps;
  readonly #source: TokenSource;
  readonly #record: TokenRecord;
  readonly #flight: TokenFlight;
  // Made when first needed: an app may have a hundred thousand of these that never wait and are never refused.
  #waiting: WaitingCallers | undefined;
  #reread: CredentialsReread | undefined;
  #replacement: TokenReplacement | undefined;
  #lastUsedAt: number | undefined;
  #watcher: TokenWatcher | undefined;
  #closed = false;
  #isStray = false;

  constructor(source: TokenSource, options?: TokenCacheOptions);
  /** The same deps for all caches of a site. @internal */
  constructor(source: TokenSource, deps: TokenDeps, label: AccountLabel);
  constructor(source: TokenSource, given: TokenCacheOptions | TokenDeps = {}, label?: AccountLabel) {
    checkParts(source, given);
    this.#label = label ?? labelOf(given);
    this.#source = source;
    this.#deps = 'context' in given ? given : depsOf(given);
    this.#record = new TokenRecord(this.#label, this.#deps);
    this.#flight = new TokenFlight(source, this.#label, this.#deps, this.#record, this);
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
   *   `accounts.resolve` gives nothing for the id), TokenUnavailableError (with `retryAt`), AuthApisClosedError, the reason
   *   of `signal`, or AuthApisOptionsError when an option is none
   */
  get(options?: GetTokenOptions): Promise<AccessToken>;
  /** For calls, whose signals are lighter. @internal */
  get(options: WaitOptions): Promise<AccessToken>;
  get(options: WaitOptions = {}): Promise<AccessToken> {
    const problem = waitOptionsError(options);
    if (problem) return Promise.reject(problem);
    const token = options.signal?.aborted ? undefined : this.take(options.minRemainingMs);
    return token ? Promise.resolve(token) : this.#observed(() => this.#join(options), 'call');
  }

  /**
   * What `get` gives without waiting: the token in this very tick, or `undefined` when a caller would have to wait.
   * Sees to it that a token past its best is refreshed.
   * @internal
   */
  take(minRemainingMs = 0): AccessToken | undefined {
    const now = this.#deps.context.clock.now();
    this.#lastUsedAt = Math.floor(now); // a whole number costs no memory of its own
    const { held } = this.#flight;
    const state = stateOf(held, now, this.#deps.context.clock.wallNow());
    if (!held || state === 'expired') return undefined;
    const isEnough = held.endsAt - now >= minRemainingMs;
    if (state === 'fresh' && isEnough) return held.token;
    if (state === 'stale' && isEnough) {
      // Nobody waits for it: whoever plans refreshes may keep it in line.
      if (!this.#watcher?.seesToRefresh()) this.#flight.pursue(now);
      return held.token;
    }
    const isTooLong = !isEnough && minRemainingMs > held.remainingOnArrivalMs;
    if (isTooLong && !this.notBefore.requestLongLife(now, this.isAttempting)) return held.token;
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
    const now = this.#deps.context.clock.now();
    if (!this.#flight.attempt && now < this.#flight.vendorPauseUntil) throw this.#unavailable();
    const { outcome } = this.#flight.attempt ?? this.#flight.start(now);
    // The attempt's own timer is a background one; somebody waits here.
    const letGo = this.#deps.context.clock.schedule(() => {}, this.#deps.context.tokenRequestTimeoutMs);
    return outcome.then(({ token }) => token).finally(letGo);
  }

  /**
   * Throws a token away because an API refused it; another than the one at hand is left alone (compare and swap), and so
   * is no token, as `peek()` may give it.
   *
   * @returns whether it was the one at hand
   * @throws AuthApisOptionsError when it is neither a token nor its text
   */
  invalidate(token: AccessToken | string | undefined): boolean {
    const value = valueOf(token);
    if (value === undefined || this.#flight.held?.token.value !== value) return false;
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
    const isPursued = this.hasPlan || !this.#flight.hasLapsed(this.#deps.context.clock.now());
    return isPursued ? setback.nextAttemptAt : undefined;
  }

  #state(): TokenStatus['state'] {
    if (this.#deps.context.shutdown.aborted) this.close();
    if (this.#closed) return 'closed';
    const { held, setback } = this.#flight;
    const state = stateOf(held, this.#deps.context.clock.now(), this.#deps.context.clock.wallNow());
    return setback?.kind === 'permanent' && (state === 'none' || state === 'expired') ? 'denied' : state;
  }

  /** When the next attempt is due without anybody calling; `undefined` while one is under way. For the scheduler. @internal */
  due(): DueAttempt | undefined {
    const { attempt, setback, held, newest, allowedAt } = this.#flight;
    if (this.#closed || attempt) return undefined;
    if (setback) return { at: allowedAt, action: 'retry' };
    const at = Math.max(allowedAt, held?.staleAt ?? this.#deps.context.clock.now());
    return { at, action: newest ? 'refresh' : 'request' };
  }

  /** Makes the attempt that is due, if it is. For the scheduler. @internal */
  attend(): void {
    const due = this.due();
    const now = this.#deps.context.clock.now();
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
    return this.isAttempting || (this.#waiting?.size ?? 0) > 0;
  }

  /** Whether the token was asked for within the last token's life. @internal */
  isInUse(): boolean {
    return this.#deps.context.clock.now() - this.lastUsedAt < (this.#flight.newest?.lifetimeMs ?? 0);
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

  /** The times before which something may not be done again. @internal */
  get notBefore(): NotBefore {
    return this.#flight.notBefore;
  }

  /** When somebody asked for the token last, monotonic milliseconds. @internal */
  get lastUsedAt(): number {
    return this.#lastUsedAt ?? -Infinity;
  }

  /** What to do when an API refuses the token. @internal */
  get replacement(): TokenReplacement {
    const { clock, random } = this.#deps.context;
    return (this.#replacement ??= new TokenReplacement(this, clock, random));
  }

  /** Whoever keeps many accounts has dropped this one; who still holds it may go on using it. @internal */
  noteEviction(reason: AccountEvictedEvent['reason']): void {
    this.#isStray = true;
    if (this.isBusy) this.#deps.context.evictedInUse.add(this);
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
    this.#deps.context.evictedInUse.delete(this);
    this.#flight.close(closedError(this.#label));
    this.#reread?.abort(closedError(this.#label));
    this.#waiting?.settle(() => closedError(this.#label));
    this.#record.stopped();
    this.changed();
  }

  #observed(wait: () => Promise<AccessToken>, who: 'call' | 'hand'): Promise<AccessToken> {
    const { observer } = this.#deps.context;
    return observer ? observer.wait(this.#label, wait, who) : wait();
  }

  async #join({ signal, minRemainingMs }: WaitOptions): Promise<AccessToken> {
    const since = this.#deps.context.clock.now();
    signal?.throwIfAborted();
    this.#throwIfClosed();
    if (this.#isCoolingDown()) {
      if (this.#isWorthRereading(since)) await this.#rereader.read(signal);
      const token = this.take(minRemainingMs);
      if (token) return token;
      this.#throwIfClosed();
      if (this.#isCoolingDown()) throw deniedError(this.#flight, this.#record);
    }
    const now = this.#deps.context.clock.now();
    this.#flight.forgetLapsedTrouble(now);
    this.#flight.pursue(now, minRemainingMs);
    if (cannotServeInTime(this.#flight, this.#deps.context, since, now)) {
      const living = this.peek();
      if (living) return living;
      throw this.#unavailable();
    }
    if (this.#isStray) this.#deps.context.evictedInUse.add(this);
    this.#waiting ??= new WaitingCallers({
      flight: this.#flight,
      context: this.#deps.context,
      unavailable: () => this.#unavailable(),
      onEmpty: () => this.#nobodyWaits(),
    });
    return this.#waiting.wait(since, signal);
  }

  #nobodyWaits(): void {
    this.#waiting = undefined;
    if (this.#isStray) this.#deps.context.evictedInUse.delete(this);
  }

  get #rereader(): CredentialsReread {
    const { clock, tokenRequestTimeoutMs } = this.#deps.context;
    const timeoutError = (): Error => attemptTimeoutError(this.#label, tokenRequestTimeoutMs);
    const limit = { clock, timeoutMs: tokenRequestTimeoutMs, timeoutError };
    return (this.#reread ??= new CredentialsReread(this.#source, limit, this.notBefore, () =>
      this.#flight.endRefusal(),
    ));
  }

  /** Told by the flight. @internal */
  landed(): void {
    if (this.#flight.setback?.kind === 'permanent')
      this.#waiting?.settle(() => deniedError(this.#flight, this.#record));
    else this.#waiting?.settleUnservable(this.#deps.context.clock.now());
    this.changed();
  }

  /** Told by the flight. @internal */
  changed(): void {
    this.#watcher?.tokenChanged();
  }

  /** In trouble, refused, or told to pause: the token lives, and waiting would not better it. */
  #isWorthWaiting(now: number): boolean {
    const { attempt, setback, allowedAt } = this.#flight;
    return !setback && !this.#closed && (attempt !== undefined || allowedAt <= now);
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
    return setback?.kind === 'permanent' && !attempt && this.#deps.context.clock.now() < setback.nextAttemptAt;
  }

  #unavailable(): Error {
    return unavailableError(this.#flight, this.#record, this.#label, this.#deps.context);
  }

  #throwIfClosed(): void {
    if (this.#deps.context.shutdown.aborted) this.close();
    if (this.#closed) throw closedError(this.#label);
  }
}
