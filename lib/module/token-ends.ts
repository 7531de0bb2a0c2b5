import type { Clock } from '../common/clock.js';
import { survive } from './survive.js';

/** Wall time and the monotonic clock round differently: by then the token has surely ended. */
const SURELY_MS = 10;

/** Waits for the ends of tokens that no attempt falls on: nobody else would tell that the account is down then. */
export class TokenEnds {
  readonly #clock: Clock;
  readonly #awaited = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `ended` with the wall time then, unless `forget` comes first; one end for each name. */
  await(who: string, inMs: number, ended: (now: number) => void): void {
    this.forget(who);
    const tell = (): void => {
      this.#awaited.delete(who);
      survive(() => ended(Math.round(this.#clock.wallNow())));
    };
    this.#awaited.set(who, this.#clock.schedule(tell, inMs + SURELY_MS, { background: true }));
  }

  forget(who: string): void {
    this.#awaited.get(who)?.();
    this.#awaited.delete(who);
  }
}
