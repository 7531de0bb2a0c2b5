import type { Cancel, CancelToken, CancelTokenStatic } from 'axios';

type Listener = (reason: Cancel) => void;

/**
 * What axios calls a `CancelToken`, for calls that are hardly ever cancelled: axios's own makes promises and functions for
 * each of them, and to collect those is a fifth of what a call costs.
 */
export class CallCancellation implements CancelToken {
  reason?: Cancel;
  readonly #CancelToken: CancelTokenStatic;
  #listeners: Listener[] = [];

  /** @param CancelToken whose copy of axios the error is to be of */
  constructor(CancelToken: CancelTokenStatic) {
    this.#CancelToken = CancelToken;
  }

  get promise(): Promise<Cancel> {
    return new Promise((resolve) => this.subscribe(resolve));
  }

  cancel(): void {
    if (this.reason) return;
    const { token, cancel } = this.#CancelToken.source();
    cancel();
    this.reason = token.reason!;
    for (const listener of this.#listeners.splice(0)) listener(this.reason);
  }

  throwIfRequested(): void {
    if (this.reason) throw this.reason as unknown as Error;
  }

  subscribe(listener: Listener): void {
    if (this.reason) listener(this.reason);
    else this.#listeners.push(listener);
  }

  unsubscribe(listener: Listener): void {
    this.#listeners = this.#listeners.filter((each) => each !== listener);
  }

  toAbortSignal(): AbortSignal {
    const controller = new AbortController();
    this.subscribe((reason) => controller.abort(reason));
    return controller.signal;
  }
}
