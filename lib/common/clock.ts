import { outsideCalls } from './outside-calls.js';

/**
 * Time, passed in wherever it is needed, so that a test can own it.
 *
 * @publicApi
 */
export interface Clock {
  /** Monotonic time in milliseconds, for ages and waits: a step of the wall clock does not move it. */
  now(): number;
  /** Wall time, epoch milliseconds, for what is shown to people or compared with other machines. */
  wallNow(): number;
  /**
   * Runs `callback` once, `delayMs` from now; any length, also above the 24.8 days of a Node timer.
   *
   * @param options.background the timer alone does not keep the process alive. @default false
   * @returns a function that cancels
   */
  schedule(callback: () => void, delayMs: number, options?: { background?: boolean }): () => void;
  /**
   * Told of work that takes real time: a request on a socket. A clock that is moved by hand lets it
   * finish before it moves on, or every request would time out between two of its steps.
   */
  whileBusy?(work: Promise<unknown>): void;
}

/** A longer `setTimeout` overflows its 32 bits and fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The clock of the machine.
 *
 * @publicApi
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  schedule(callback, delayMs, { background = false } = {}) {
    const dueAt = performance.now() + Math.max(0, delayMs);
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = dueAt - performance.now();
      timer = setTimeout(left > LONGEST_TIMER_MS ? arm : callback, Math.min(Math.max(0, left), LONGEST_TIMER_MS));
      if (background) timer.unref();
    };
    outsideCalls(arm);
    return () => clearTimeout(timer);
  },
};
