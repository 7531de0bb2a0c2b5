import type { Dispatcher } from 'undici';
import type { UpstreamResponse } from '../vendors/upstream-response.js';
import type { CallerController, Leash } from './caller.controller.js';
import { tellError } from './handlers.js';
import { UnwantedRest } from './unwanted-rest.js';

/** The call that a request is part of. */
export interface SendingCall {
  readonly handler: Dispatcher.DispatchHandler;
  readonly caller: CallerController;
  readonly isUnauthorized: (response: UpstreamResponse) => boolean;
  /** The error, without our token. */
  redacted(error: Error): Error;
}

/**
 * One request of a call, as the handler that undici tells of its answer. What it hears goes straight on to the caller's
 * handler, but for an answer that refuses the token: that one is withheld until it is known whether another takes its
 * place.
 */
export abstract class Sending implements Leash {
  protected readonly call: SendingCall;
  readonly #settle: (sending: Sending) => void;
  /** What has come of an answer that is withheld; the first says whether more may come. */
  #withheld: (() => unknown)[] | undefined;
  #hasEnded = false;
  #rest: UnwantedRest | undefined;
  isAnswered = false;
  isRefused = false;

  constructor(call: SendingCall, settle: (sending: Sending) => void) {
    this.call = call;
    this.#settle = settle;
  }

  abstract get native(): Dispatcher.DispatchController | undefined;
  abstract abort(reason: Error): void;
  /** Lets the answer come, or stops it, whatever the caller wants. */
  protected abstract flow(isWanted: boolean): void;

  pause(): void {
    if (!this.isWithheld) this.flow(false);
  }

  resume(): void {
    if (!this.isWithheld) this.flow(true);
  }

  /** The caller shall have this answer after all. */
  release(): void {
    const events = this.#withheld;
    if (!events || this.#rest) return;
    const { caller, handler } = this.call;
    this.#withheld = undefined;
    try {
      caller.throwIfAborted();
      const [start, ...others] = events;
      const mayGoOn = start?.();
      for (const other of others) other();
      if (mayGoOn !== false) this.flow(true);
    } catch (error) {
      this.#withheld = [];
      this.abort(error as Error);
      tellError(handler, caller, error as Error);
    }
  }

  /** Nobody will read this answer. */
  drop(): void {
    this.#withheld = [];
    this.#rest = new UnwantedRest({ resume: () => this.flow(true), abort: (reason) => this.abort(reason) });
    if (this.#hasEnded) this.#rest.end();
  }

  protected get isWithheld(): boolean {
    return this.#withheld !== undefined;
  }

  /** Whether an answer refuses the token; a preliminary one says nothing yet. */
  protected refuses(answer: UpstreamResponse): boolean {
    return answer.status >= 200 && this.call.isUnauthorized(answer);
  }

  protected passes(status = 200): void {
    if (status < 200) return;
    this.isAnswered = true;
    this.#settle(this);
  }

  /** @returns what the caller may see of the error */
  protected fails(error: Error): Error {
    this.#settle(this);
    return this.call.redacted(error);
  }

  protected refused(start: () => unknown): void {
    this.#withheld = [start];
    this.isRefused = true;
    this.isAnswered = true;
    this.#settle(this);
  }

  /** @param bytes of a part of the answer; absent at its end */
  protected withhold(event: () => unknown, bytes?: number): void {
    this.#hasEnded ||= bytes === undefined;
    if (!this.#rest) this.#withheld?.push(event);
    else if (this.#hasEnded) this.#rest.end();
    else this.#rest.take(bytes!);
  }
}
