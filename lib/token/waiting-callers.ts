import type { Context } from '../common/context.js';
import { LAST_CALL_MS } from '../common/defaults.js';
import type { Abortable } from '../common/light-abort.js';
import type { AccessToken } from './access-token.js';
import type { TokenFlight } from './token-flight.js';
import { TokenWaiters, type Waiter } from './token-waiters.js';

export interface WaitingCallersDeps {
  readonly flight: TokenFlight;
  readonly context: Context;
  /** What callers get whom no attempt can serve in time. */
  readonly unavailable: () => Error;
  /** Runs when nobody waits any more. */
  readonly onEmpty: () => void;
}

/** The callers that wait for one token, across attempts, each until its deadline. */
export class WaitingCallers {
  readonly #deps: WaitingCallersDeps;
  readonly #waiters = new TokenWaiters(() => this.#armTimer());
  #cancelTimer: (() => void) | undefined;

  constructor(deps: WaitingCallersDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiters.size;
  }

  wait(since: number, signal: Abortable | undefined): Promise<AccessToken> {
    const token = this.#waiters.wait(since, signal);
    // Those who came before wait no longer than this one: their timer serves.
    if (!this.#cancelTimer) this.#armTimer();
    return token;
  }

  /** A valid token is always the better answer; without one, those that `which` picks get an error. */
  settle(error: () => Error, which?: (waiter: Waiter) => boolean): void {
    const valid = this.#deps.flight.living();
    if (valid) this.#waiters.resolveAll(valid);
    else this.#waiters.reject(error, which);
    this.#armTimer();
  }

  /** Callers whom no attempt can serve in time wait no longer. */
  settleUnservable(now: number): void {
    const { flight, context, unavailable } = this.#deps;
    this.settle(unavailable, ({ since }) => cannotServeInTime(flight, context, since, now));
  }

  /** One timer for all: the next attempt, or the end of the longest wait. It holds the process alive. */
  #armTimer(): void {
    const { flight, context, onEmpty } = this.#deps;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { first } = this.#waiters;
    if (!first) return onEmpty();
    const nextAt = flight.attempt ? Infinity : flight.allowedAt;
    const releaseAt = this.#releaseAt();
    const at = Math.min(deadlineOf(flight, context, first.since), nextAt, releaseAt);
    this.#cancelTimer = context.clock.schedule(() => this.#onTimer(releaseAt), at - context.clock.now());
  }

  #onTimer(releaseAt: number): void {
    const { flight, context } = this.#deps;
    const now = context.clock.now();
    const valid = now >= releaseAt ? flight.living() : undefined;
    if (valid) this.#waiters.resolveAll(valid);
    this.settleUnservable(now);
    if (this.#waiters.size) flight.pursue(now);
    this.#armTimer();
  }

  /** Callers who wait while a token is valid get it in time: an attempt that hangs must not outlast it. */
  #releaseAt(): number {
    const { flight, context } = this.#deps;
    const { held } = flight;
    const left = held ? held.endsAt - context.clock.now() : 0;
    return held && left > 0 ? held.endsAt - Math.min(LAST_CALL_MS, left / 2) : Infinity;
  }
}

/** A caller waits no longer than `tokenWaitTimeoutMs`, nor into a failure period older than that. */
function deadlineOf({ setback }: TokenFlight, { tokenWaitTimeoutMs }: Context, since: number): number {
  return (setback?.kind === 'transient' ? Math.min(since, setback.since) : since) + tokenWaitTimeoutMs;
}

/** Whether no attempt can end before the deadline of a caller who waits since then. */
export function cannotServeInTime(flight: TokenFlight, context: Context, since: number, now: number): boolean {
  const deadline = deadlineOf(flight, context, since);
  return deadline <= now || (!flight.attempt && flight.allowedAt >= deadline);
}
