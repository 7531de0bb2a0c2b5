import type { Clock } from '../common/clock.js';
import { aLifetime, checkValue } from './vendor/option-checks.js';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until told to move: hours of a token's life pass in a millisecond.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * AuthApisModule.forRoot({ clock, verbit: { apiKey: fake.apiKey, baseURL: fake.baseURL } });
 * await clock.advance(55 * 60_000); // the token has been refreshed by now
 * ```
 * @publicApi
 */
export class ManualClock implements Clock {
  #now = 0;
  /** Wall time when the monotonic clock stood at 0: a sum of steps would gather the rounding of each. */
  #wallAtZero: number;
  readonly #timers = new Set<Timer>();
  readonly #work = new Set<Promise<unknown>>();
  /** Real time. */
  #lastDoneAt = 0;

  /** @param startAt wall time at the start, epoch milliseconds. @default the machine's time */
  constructor(startAt: number = Date.now()) {
    checkValue('ManualClock', 'startAt', startAt, aMoment);
    this.#wallAtZero = startAt;
  }

  now(): number {
    return this.#now;
  }

  /** In whole milliseconds, as the machine tells it. */
  wallNow(): number {
    return Math.floor(this.#wallAtZero + this.#now);
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer: Timer = { dueAt: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait: a leak, if it grows. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /**
   * Moves both clocks forward, running each timer at its time. What a timer set going gets done before the next one:
   * promises, and requests on real sockets, for which it waits until nothing comes for a quarter of a second of real time, or
   * something always has for two seconds.
   */
  async advance(ms: number): Promise<void> {
    checkValue('advance()', 'ms', ms, aLifetime);
    const target = this.#now + ms;
    await this.#settle();
    for (let next = this.#nextBefore(target); next; next = this.#nextBefore(target)) {
      this.#now = Math.max(this.#now, next.dueAt);
      this.#timers.delete(next);
      next.callback();
      await this.#settle();
    }
    this.#now = target;
    await this.#settle();
  }

  /**
   * Steps the wall clock alone: an operator or NTP set it, or the machine slept (the monotonic clock and its timers
   * stand still meanwhile). Negative goes back.
   */
  jumpWall(ms: number): void {
    checkValue('jumpWall()', 'ms', ms, aMoment);
    this.#wallAtZero += ms;
  }

  whileBusy(work: Promise<unknown>): void {
    this.#work.add(work);
    const forget = (): void => {
      this.#work.delete(work);
      this.#lastDoneAt = performance.now();
    };
    work.then(forget, forget);
  }

  /** Work sets further work going: a call that is answered 401 asks for a token. */
  async #settle(): Promise<void> {
    const startedAt = performance.now();
    await nextTurn();
    for (;;) {
      const giveUpAt = Math.min(Math.max(startedAt, this.#lastDoneAt) + PATIENCE_MS, startedAt + LONGEST_MS);
      const leftMs = giveUpAt - performance.now();
      if (this.#work.size === 0 || leftMs <= 0) return;
      await Promise.race([Promise.allSettled(this.#work), realTime(leftMs)]);
      await nextTurn();
    }
  }

  #nextBefore(target: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= target && (!next || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }
}

const aMoment = { accepts: Number.isFinite, remedy: 'milliseconds: a finite number' };

/** A vendor that has not answered by then does not mean to; the clock moves on, and the request times out on it. */
const PATIENCE_MS = 250;
/** Calls that a test makes one after the other, without an end, do not keep the clock for ever. */
const LONGEST_MS = 2_000;

/** One turn of the event loop: every promise that can settle without I/O has. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const realTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
