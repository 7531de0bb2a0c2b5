import type { Clock } from '../common/clock.js';
import { durationText } from '../common/messages.js';

/** What a store's trouble is told as. */
export interface StoreListener {
  lost(problem: string): void;
  back(): void;
}

const SLICES = 10;

/**
 * Keeps a store from being a single point of failure: each operation has a time limit, what fails counts as not there,
 * and of a run of failures only the first and the recovery are told.
 */
export class StoreGuard {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #listener: StoreListener;
  #state: 'up' | 'down' = 'up';

  constructor(clock: Clock, timeoutMs: number, listener: StoreListener) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#listener = listener;
  }

  get state(): 'up' | 'down' {
    return this.#state;
  }

  /** @returns what the operation gives; `'failed'` when it throws or takes too long */
  async run<T>(operation: () => Promise<T>): Promise<T | 'failed'> {
    let cancel: (() => void) | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const text = `no answer within ${durationText(this.#timeoutMs)} (storeTimeoutMs)`;
      // In slices: while this process itself is busy, no answer of the store could be read.
      const wait = (slices: number): void => {
        if (slices === 0) return reject(new Error(text));
        cancel = this.#clock.schedule(() => wait(slices - 1), this.#timeoutMs / SLICES);
      };
      wait(SLICES);
    });
    try {
      const work = (async () => operation())();
      this.#clock.whileBusy?.(work);
      const result = await Promise.race([work, timeout]);
      if (this.#state === 'down') {
        this.#state = 'up';
        this.#listener.back();
      }
      return result;
    } catch (error) {
      if (this.#state === 'up') {
        this.#state = 'down';
        this.#listener.lost(problemOf(error));
      }
      return 'failed';
    } finally {
      cancel?.();
    }
  }
}

/** The first line, and not for ever: a store's message may quote what it was sent, which is encrypted. */
function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : 'something that is not an Error';
  return text.split('\n')[0]!.slice(0, 200);
}
