import type { Clock } from 'nestjs-auth-apis';

/** A longer `setTimeout` overflows its 32 bits and fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A clock that runs `factor` times as fast as the machine's, and knows how many of its timers wait. */
export class ScaledClock implements Clock {
  readonly factor: number;
  readonly #startedAt = performance.now();
  readonly #wallStartedAt = Date.now();
  #pending = 0;

  constructor(factor: number) {
    this.factor = factor;
  }

  /** A leak, if it grows. */
  get pendingTimers(): number {
    return this.#pending;
  }

  now(): number {
    return (performance.now() - this.#startedAt) * this.factor;
  }

  wallNow(): number {
    return this.#wallStartedAt + this.now();
  }

  schedule(callback: () => void, delayMs: number, { background = false } = {}): () => void {
    const dueAt = this.now() + Math.max(0, delayMs);
    let timer: NodeJS.Timeout;
    let isPending = true;
    this.#pending++;
    const end = (): void => {
      if (isPending) this.#pending--;
      isPending = false;
    };
    const fire = (): void => {
      if (this.now() < dueAt) return arm();
      end();
      callback();
    };
    const arm = (): void => {
      const leftMs = Math.ceil((dueAt - this.now()) / this.factor);
      timer = setTimeout(fire, Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS));
      if (background) timer.unref();
    };
    arm();
    return () => {
      clearTimeout(timer);
      end();
    };
  }
}
