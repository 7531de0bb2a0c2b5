import type { Dispatcher } from 'undici';
import type { OutboundConduct } from '../accounts/account.js';
import { UNWANTED_ANSWER_BYTES } from '../common/defaults.js';
import type { CallerController, Leash } from './caller.controller.js';
import { tellError } from './handlers.js';

/** What comes of an answer, by which it is judged. */
export type ApiAnswer = Parameters<OutboundConduct['isUnauthorized']>[0];

/** The call that a request is part of. */
export interface SendingCall {
  readonly handler: Dispatcher.DispatchHandler;
  readonly caller: CallerController;
  readonly isUnauthorized: OutboundConduct['isUnauthorized'];
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
  #isDropped = false;
  #dropped = 0;
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
    if (!events || this.#isDropped) return;
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
      this.#isDropped = true;
      this.abort(error as Error);
      tellError(handler, caller, error as Error);
    }
  }

  /** Nobody will read this answer. */
  drop(): void {
    this.#withheld = [];
    this.#isDropped = true;
    this.flow(true);
  }

  protected get isWithheld(): boolean {
    return this.#withheld !== undefined;
  }

  /** Whether an answer refuses the token; a preliminary one says nothing yet. */
  protected refuses(answer: ApiAnswer): boolean {
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

  protected withhold(event: () => unknown, bytes = 0): void {
    if (!this.#isDropped) {
      this.#withheld?.push(event);
      return;
    }
    this.#dropped += bytes;
    if (bytes > 0 && this.#dropped > UNWANTED_ANSWER_BYTES)
      this.abort(new Error('The rest of a refused answer is not read'));
  }
}
