import { type Clock, systemClock } from '../common/clock.js';
import { durationText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';

/** What a store's trouble is told as. */
export interface StoreListener {
  lost(problem: string): void;
  back(): void;
  /** An operation that was told of has ended, well or not. */
  ended?(operation: string, durationMs: number, outcome: 'ok' | 'failed'): void;
}

const SLICES = 10;
/** What is known to fail; in an outage that is everything, and some of it tells as much. */
const MOST_FAILING = 100;
/** After so long without a failure what works is believed, though nobody has tried again what did not. */
const QUIET_MS = 60_000;

/**
 * Keeps a store from being a single point of failure: each operation has a time limit, what fails counts as not there,
 * and of a run of failures only the first and the recovery are told. One key that is broken, or writes that fail while
 * reads succeed, are one run: it ends when something works again that did not.
 */
export class StoreGuard {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #listener: StoreListener;
  /** While it is lost. */
  readonly #failing = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();
  #state: 'up' | 'down' = 'up';
  #failedAt = 0;

  constructor(clock: Clock, timeoutMs: number, listener: StoreListener) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#listener = listener;
  }

  /** As the operations of late have shown; nobody asks the store only to know. */
  get state(): 'up' | 'down' {
    return this.#state;
  }

  /**
   * @param operation what is done
   * @param key with which key
   * @returns what the operation gives; `'failed'` when it throws or takes too long
   */
  run<T>(operation: string, key: string, work: () => Promise<T>): Promise<T | 'failed'> {
    return this.#track(this.#told(operation, key, work));
  }

  /** What nobody waits for, and what says nothing about the store that the next operation does not. */
  aside(work: () => Promise<unknown>): void {
    void this.#track(this.#limited(work).catch(() => {}));
  }

  /** Waits for what is under way, no longer than for an operation. By the machine's clock: an app that ends moves no other. */
  async settled(): Promise<void> {
    const allOfIt = async (): Promise<void> => {
      // One may set the next going.
      while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    };
    let cancel = (): void => {};
    const timeout = new Promise<void>((resolve) => (cancel = systemClock.schedule(resolve, this.#timeoutMs)));
    await Promise.race([allOfIt(), timeout]);
    cancel();
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = (): void => void this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  async #told<T>(operation: string, key: string, work: () => Promise<T>): Promise<T | 'failed'> {
    const startedAt = this.#clock.now();
    const ended = (outcome: 'ok' | 'failed'): void =>
      this.#listener.ended?.(operation, this.#clock.now() - startedAt, outcome);
    try {
      const result = await this.#limited(work);
      ended('ok');
      this.#succeeded(`${operation} ${key}`);
      return result;
    } catch (error) {
      ended('failed');
      this.#failed(`${operation} ${key}`, error);
      return 'failed';
    }
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
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
      const running = (async () => work())();
      this.#clock.whileBusy?.(running);
      return await Promise.race([running, timeout]);
    } finally {
      cancel?.();
    }
  }

  #succeeded(name: string): void {
    if (this.#state === 'up') return;
    if (!this.#failing.has(name) && this.#clock.now() - this.#failedAt < QUIET_MS) return;
    this.#failing.clear();
    this.#state = 'up';
    this.#listener.back();
  }

  #failed(name: string, error: unknown): void {
    this.#failedAt = this.#clock.now();
    if (this.#failing.size < MOST_FAILING) this.#failing.add(name);
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#listener.lost(problemOf(error));
  }
}

/** The first line, without a password in a URL, and not for ever: a store's message may quote what it was sent, which is encrypted. */
function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : 'something that is not an Error';
  const firstLine = text.split('\n', 1)[0]!;
  return oneLine(firstLine.replaceAll(/\/\/[^/\s]*@/g, '//'), 200);
}
