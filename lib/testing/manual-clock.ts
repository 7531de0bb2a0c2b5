import type { Clock } from '../common/clock.js';

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
 * AuthApisModule.forRoot({ clock, verbit: { apiKey: 'key' } });
 * await clock.advance(55 * 60_000); // the token has been refreshed by now
 * ```
 * @publicApi
 */
export class ManualClock implements Clock {
  #now = 0;
  #wallNow: number;
  readonly #timers = new Set<Timer>();

  /** @param startAt wall time at the start, epoch milliseconds. @default the machine's time */
  constructor(startAt: number = Date.now()) {
    this.#wallNow = startAt;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#wallNow;
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
   * Moves both clocks forward, running each timer at its time and letting its promises settle before the next.
   * Answers over real sockets need real time: await them yourself.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let next = this.#nextBefore(target); next; next = this.#nextBefore(target)) {
      this.#moveTo(Math.max(this.#now, next.dueAt));
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#moveTo(target);
    await settle();
  }

  /**
   * Steps the wall clock alone: an operator or NTP set it, or the machine slept (the monotonic clock and its timers
   * stand still meanwhile). Negative goes back.
   */
  jumpWall(ms: number): void {
    this.#wallNow += ms;
  }

  #nextBefore(target: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= target && (!next || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }

  #moveTo(time: number): void {
    this.#wallNow += time - this.#now;
    this.#now = time;
  }
}

/** One turn of the event loop: every promise that can settle without I/O has. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
