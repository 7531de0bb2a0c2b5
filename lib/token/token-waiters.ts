import type { Abortable } from '../common/light-abort.js';
import type { AccessToken } from './access-token.js';

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
      this.#waiters.add(new Waiter(since, resolve, reject, signal, this.#abandon));
    });
  }

  resolveAll(token: AccessToken): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.resolve(token);
    }
  }

  /** Rejects those that `which` picks. */
  reject(error: () => unknown, which: (waiter: Waiter) => boolean = () => true): void {
    for (const waiter of this.#waiters) {
      if (!which(waiter)) continue;
      this.#waiters.delete(waiter);
      waiter.reject(error());
    }
  }

  readonly #abandon = (waiter: Waiter): void => {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#onAbandoned();
  };
}

/** A caller that waits for the token. An object, for ten thousand may wait, and closures cost twice as much. */
export class Waiter {
  readonly since: number;
  readonly #resolve: (token: AccessToken) => void;
  readonly #reject: (error: unknown) => void;
  readonly #signal: Abortable | undefined;
  readonly #abandon: () => void;

  constructor(
    since: number,
    resolve: (token: AccessToken) => void,
    reject: (error: unknown) => void,
    signal: Abortable | undefined,
    onAbandoned: (waiter: Waiter) => void,
  ) {
    this.since = since;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#abandon = () => {
      this.reject(signal?.reason);
      onAbandoned(this);
    };
    signal?.addEventListener('abort', this.#abandon, { once: true });
  }

  resolve(token: AccessToken): void {
    this.#signal?.removeEventListener('abort', this.#abandon);
    this.#resolve(token);
  }

  reject(error: unknown): void {
    this.#signal?.removeEventListener('abort', this.#abandon);
    this.#reject(error);
  }
}
