import type { Abortable } from '../common/light-abort.js';
import type { AccessToken } from './access-token.js';

/** A caller that waits for the token. */
export interface Waiter {
  readonly since: number;
  resolve(token: AccessToken): void;
  reject(error: unknown): void;
}

/** The callers of one token that wait, in the order in which they came. */
export class TokenWaiters {
  readonly #waiters = new Set<Waiter>();
  readonly #onAbandoned: () => void;

  /** @param onAbandoned told when a caller has left by its own signal, and nobody is left */
  constructor(onAbandoned: () => void) {
    this.#onAbandoned = onAbandoned;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** The one that has waited longest. */
  get first(): Waiter | undefined {
    return this.#waiters.values().next().value;
  }

  /** Waits until settled from here, or until the caller's own signal abandons the wait. */
  wait(since: number, signal?: Abortable): Promise<AccessToken> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason);
        if (this.#waiters.size === 0) this.#onAbandoned();
      };
      const waiter: Waiter = {
        since,
        resolve: (token) => (leave(), resolve(token)),
        reject: (error) => (leave(), reject(error)),
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  resolveAll(token: AccessToken): void {
    for (const waiter of this.#waiters) waiter.resolve(token);
  }

  /** Rejects those that `until` picks. */
  reject(error: () => unknown, until: (waiter: Waiter) => boolean = () => true): void {
    for (const waiter of this.#waiters) {
      if (until(waiter)) waiter.reject(error());
    }
  }
}
