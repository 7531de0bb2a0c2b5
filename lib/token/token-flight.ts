import { LAPSED_MS, LONGEST_LIFETIME_MS, SLEEP_NOTICED_MS } from '../common/defaults.js';
import type { AccountLabel, AuthApisError } from '../common/errors.js';
import { outsideCalls } from '../common/outside-calls.js';
import { type Attempt, attempt } from '../request/attempt.js';
import { attemptTimeoutError, deadTokenError, typedError } from '../request/token-request.errors.js';
import type { IssuedToken, TokenSource } from '../request/token-source.js';
import type { AccessToken } from './access-token.js';
import { type AttemptStart, HeldToken } from './held-token.js';
import { NotBefore } from './not-before.js';
import { type Setback, setbackAfter } from './setback.js';
import type { TokenRecord } from './token-record.js';
import type { TokenDeps } from './token-deps.js';

/** Who is told of a flight. */
export interface FlightListener {
  /** After each attempt, when a token or a setback has taken effect. */
  landed(): void;
  /** When what is planned may have changed. */
  changed(): void;
}

/** An attempt under way. */
export interface RunningAttempt extends AttemptStart {
  readonly running: Attempt<IssuedToken>;
  /** The token it brought; rejects with what it met, always an `AuthApisError`. */
  readonly outcome: Promise<HeldToken>;
}

/**
 * The attempts for one token, one at a time: what they bring is held, what they meet sets back the next. Knows nothing
 * of those who wait.
 */
export class TokenFlight {
  readonly #source: TokenSource;
  readonly #label: AccountLabel;
  readonly #deps: TokenDeps;
  readonly #record: TokenRecord;
  readonly #listener: FlightListener;
  #held: HeldToken | undefined;
  /** The newest token ever received, also when it was thrown away: to notice when it is handed out again. */
  #newest: HeldToken | undefined;
  #attempt: RunningAttempt | undefined;
  #setback: Setback | undefined;
  #sequence = 0;
  #failuresSinceSuccess = 0;
  /** Made when first needed: of most tokens nothing has to wait. */
  #notBefore: NotBefore | undefined;
  #closedBy: AuthApisError | undefined;

  constructor(
    source: TokenSource,
    label: AccountLabel,
    deps: TokenDeps,
    record: TokenRecord,
    listener: FlightListener,
  ) {
    this.#source = source;
    this.#label = label;
    this.#deps = deps;
    this.#record = record;
    this.#listener = listener;
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

  /** The times before which something may not be done again. */
  get notBefore(): NotBefore {
    return (this.#notBefore ??= new NotBefore());
  }

  /** Until when not even a request by hand may be made; outlives the setback when a late answer ends that. */
  get vendorPauseUntil(): number {
    return this.#notBefore?.attemptByHand ?? -Infinity;
  }

  /** From when on the next attempt may be made without being asked for by hand. */
  get allowedAt(): number {
    return Math.max(this.#setback?.nextAttemptAt ?? -Infinity, this.#notBefore?.attempt ?? -Infinity);
  }

  /** The held token, while it lives. */
  living(): AccessToken | undefined {
    const held = this.#held;
    return held !== undefined && this.#deps.context.clock.now() < held.endsAt ? held.token : undefined;
  }

  /** The end of the held token, epoch milliseconds. After the wall clock was set back, by the clock as it is now. */
  get usableUntil(): number | undefined {
    if (!this.#held) return undefined;
    const { expiresAt } = this.#held.token;
    const endsAt = this.#record.wallAt(this.#held.endsAt);
    return expiresAt - endsAt > SLEEP_NOTICED_MS ? endsAt : expiresAt;
  }

  /** Makes an attempt, unless one is under way or it is too early for the next. */
  pursue(now: number, minRemainingMs?: number): void {
    if (this.#attempt || this.#closedBy || this.#deps.context.shutdown.aborted || now < this.allowedAt) return;
    this.start(now, minRemainingMs);
  }

  start(now: number, minRemainingMs?: number): RunningAttempt {
    return outsideCalls(() => this.#start(now, minRemainingMs));
  }

  #start(now: number, minRemainingMs: number | undefined): RunningAttempt {
    const label = this.#label;
    const { clock, tokenRequestTimeoutMs } = this.#deps.context;
    const timeLimitMs = this.#source.timeLimitMs ?? tokenRequestTimeoutMs;
    const start = { sequence: ++this.#sequence, startedAt: now, wallStartedAt: clock.wallNow() };
    let running!: Attempt<IssuedToken>;
    const run = (): Promise<HeldToken> => {
      running = attempt((signal) => this.#source.fetch(signal, minRemainingMs), {
        clock,
        timeoutMs: timeLimitMs,
        timeoutError: () => attemptTimeoutError(label, timeLimitMs),
        background: true,
      });
      return running.outcome
        .then((issued) => this.#land(start, issued))
        .catch((error: unknown) => {
          throw this.#closedBy ?? typedError(label, error);
        });
    };
    const { observer } = this.#deps.context;
    const outcome = observer ? observer.attempt(label, run) : run();
    const current: RunningAttempt = { ...start, running, outcome };
    this.#attempt = current;
    outcome.catch((error: AuthApisError) => this.#fail(current, error));
    // Too late for its attempt, it may still be the newest token there is.
    running.answer.then(
      (issued) => this.#attempt !== current && this.#landLate(start, issued),
      () => {},
    );
    this.#record.requested();
    this.#listener.changed();
    return current;
  }

  /** An API refused the held token: throws it away. */
  reject(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    this.#record.rejected(held);
  }

  /** The credentials are others now: what was refused says nothing about them. */
  endRefusal(): void {
    if (this.#setback?.kind === 'permanent') this.#setback = undefined;
  }

  /** Trouble whose next attempt nobody made (no caller, no scheduler, or a frozen process) says nothing about now. */
  forgetLapsedTrouble(now: number): void {
    const setback = this.#setback;
    if (setback && setback.since <= now && this.hasLapsed(now)) this.#setback = { ...setback, since: now };
  }

  /** Whether there is trouble whose next attempt is overdue. */
  hasLapsed(now: number): boolean {
    const setback = this.#setback;
    return setback?.kind === 'transient' && !this.#attempt && now >= setback.nextAttemptAt + LAPSED_MS;
  }

  close(reason: AuthApisError): void {
    this.#closedBy = reason;
    this.#attempt?.running.abort(reason);
    this.#attempt = undefined;
  }

  /** @throws TokenEndpointError when the token is dead on arrival */
  #land(attempted: AttemptStart, issued: IssuedToken): HeldToken {
    const start = startOfLife(attempted, issued);
    const { context, policy } = this.#deps;
    const { clock, random } = context;
    const now = clock.now();
    const lifetimeMs = this.#lifetimeOf(issued, start);
    if (!(lifetimeMs > now - start.startedAt)) throw deadTokenError(this.#label);
    if (this.#isSame(issued)) this.notBefore.sameTokenCame(now);
    const held = new HeldToken({ ...issued, lifetimeMs }, start, now, policy, random);
    const afterFailures = this.#failuresSinceSuccess;
    this.#held = this.#newest = held;
    this.#setback = undefined;
    this.#failuresSinceSuccess = 0;
    if (this.#attempt?.sequence === start.sequence) this.#attempt = undefined;
    if (issued.from !== 'store') this.#record.boughtWith(issued.secret);
    this.#record.refreshed(held, afterFailures, now - attempted.startedAt, issued.from);
    this.#listener.landed();
    return held;
  }

  /** The same token again has not begun a new life, whatever its documented one is. */
  #lifetimeOf(issued: IssuedToken, { startedAt }: AttemptStart): number {
    const finite = issued.lifetimeMs === Infinity ? LONGEST_LIFETIME_MS : issued.lifetimeMs;
    const rest = this.#isSame(issued) ? this.#newest!.endsAt - startedAt : 0;
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
    const { context, policy } = this.#deps;
    const { clock, random } = context;
    const setback = setbackAfter(error, this.#setback, clock.now(), policy, random, clock.wallNow());
    this.#attempt = undefined;
    this.#setback = setback;
    this.#failuresSinceSuccess++;
    if (setback.retryAfterMs !== undefined) this.notBefore.retryAfter(setback.nextAttemptAt);
    this.#record.failed(setback, this.living() && this.usableUntil);
    this.#listener.landed();
  }
}

/** A token that another replica bought is as old as it says. */
function startOfLife(attempted: AttemptStart, { ageMs = 0 }: IssuedToken): AttemptStart {
  const { sequence, startedAt, wallStartedAt } = attempted;
  return ageMs === 0 ? attempted : { sequence, startedAt: startedAt - ageMs, wallStartedAt: wallStartedAt - ageMs };
}
