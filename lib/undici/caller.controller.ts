import type { Dispatcher } from 'undici';

/** One request that is under way, held from above. */
export interface Leash {
  readonly native: Dispatcher.DispatchController | undefined;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/**
 * What the caller's handler holds on to for the whole call: while no request is under way yet, and whichever of them is.
 * Without it an abort would be lost that comes between two requests.
 */
export class CallerController implements Dispatcher.DispatchController {
  #request: Leash | undefined;
  #isPaused = false;
  #abortedWith: Error | undefined;
  /** Told as well, while the call waits for a token. */
  onAbort: ((reason: Error) => void) | undefined;

  get aborted(): boolean {
    return this.#abortedWith !== undefined || this.#native?.aborted === true;
  }

  get reason(): Error | null {
    return this.#abortedWith ?? this.#native?.reason ?? null;
  }

  get paused(): boolean {
    return this.#isPaused;
  }

  get rawHeaders(): Dispatcher.DispatchController['rawHeaders'] {
    return this.#native?.rawHeaders ?? null;
  }

  set rawHeaders(value) {
    if (this.#native) this.#native.rawHeaders = value;
  }

  get rawTrailers(): Dispatcher.DispatchController['rawTrailers'] {
    return this.#native?.rawTrailers ?? null;
  }

  set rawTrailers(value) {
    if (this.#native) this.#native.rawTrailers = value;
  }

  /** @throws what the caller has aborted the call with */
  throwIfAborted(): void {
    if (this.#abortedWith) throw this.#abortedWith;
  }

  /** From now on it is this request that the caller pauses and aborts. Says whether the caller still wants it. */
  hold(request: Leash): boolean {
    this.#request = request;
    if (this.#abortedWith) request.abort(this.#abortedWith);
    else if (this.#isPaused) request.pause();
    return this.#abortedWith === undefined;
  }

  abort(reason?: Error): void {
    if (this.#abortedWith) return;
    this.#abortedWith = reason ?? new DOMException('This operation was aborted', 'AbortError');
    this.#request?.abort(this.#abortedWith);
    this.onAbort?.(this.#abortedWith);
  }

  pause(): void {
    this.#isPaused = true;
    this.#request?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#request?.resume();
  }

  get #native(): Dispatcher.DispatchController | undefined {
    return this.#request?.native;
  }
}
