import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { OutboundConduct } from '../accounts/account.js';
import type { CallerController, Leash } from './caller.controller.js';

type Handler = Dispatcher.DispatchHandler;
type ApiAnswer = Parameters<OutboundConduct['isUnauthorized']>[0];

/** What of a refused answer is read for nobody, so that its connection can serve again; bytes. */
const MOST_DROPPED = 64 * 1024;

/** The call that a request is part of. */
export interface SendingCall {
  readonly handler: Handler;
  readonly caller: CallerController;
  readonly isUnauthorized: OutboundConduct['isUnauthorized'];
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

  protected fails(): void {
    this.#settle(this);
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
    if (bytes > 0 && this.#dropped > MOST_DROPPED) this.abort(new Error('The rest of a refused answer is not read'));
  }
}

/** undici 7 speaks two languages: its own callers the elder, whose translation costs as much as all that is done here. */
export function sendingTo(call: SendingCall, settle: (sending: Sending) => void): Sending & Handler {
  return isElder(call.handler) ? new ElderSending(call, settle) : new ControlledSending(call, settle);
}

/** As if a request had begun: the caller can abort from now on. */
export function tellStart(handler: Handler, caller: CallerController): void {
  if (isElder(handler)) handler.onConnect?.((reason) => caller.abort(reason));
  else handler.onRequestStart?.(caller, undefined);
}

export function tellError(handler: Handler, caller: CallerController, error: Error): void {
  if (isElder(handler)) handler.onError?.(error);
  else handler.onResponseError?.(caller, error);
}

const isElder = (handler: Handler): boolean => typeof handler.onHeaders === 'function';

class ControlledSending extends Sending implements Handler {
  #native: Dispatcher.DispatchController | undefined;

  get native(): Dispatcher.DispatchController | undefined {
    return this.#native;
  }

  abort(reason: Error): void {
    this.#native?.abort(reason);
  }

  protected flow(isWanted: boolean): void {
    if (isWanted) this.#native?.resume();
    else this.#native?.pause();
  }

  onRequestStart(native: Dispatcher.DispatchController, context: unknown): void {
    const { handler, caller } = this.call;
    this.#native = native;
    if (caller.hold(this)) handler.onRequestStart?.(caller, context);
  }

  onRequestUpgrade(_: unknown, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    const { handler, caller } = this.call;
    this.passes();
    handler.onRequestUpgrade?.(caller, status, headers, socket);
  }

  onResponseStart(
    native: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    message?: string,
  ): void {
    const { handler, caller } = this.call;
    if (this.refuses({ status, headers, data: undefined })) {
      native.pause();
      this.refused(() => {
        handler.onResponseStart?.(caller, status, headers, message);
        return !caller.paused;
      });
      return;
    }
    this.passes(status);
    handler.onResponseStart?.(caller, status, headers, message);
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    const { handler, caller } = this.call;
    if (this.isWithheld) this.withhold(() => handler.onResponseData?.(caller, chunk), chunk.length);
    else handler.onResponseData?.(caller, chunk);
  }

  onResponseEnd(_: unknown, trailers: IncomingHttpHeaders): void {
    const { handler, caller } = this.call;
    if (this.isWithheld) this.withhold(() => handler.onResponseEnd?.(caller, trailers));
    else handler.onResponseEnd?.(caller, trailers);
  }

  onResponseError(_: unknown, error: Error): void {
    const { handler, caller } = this.call;
    this.fails();
    if (this.isWithheld) this.withhold(() => handler.onResponseError?.(caller, error));
    else handler.onResponseError?.(caller, error);
  }

  onResponseStarted(): void {
    this.call.handler.onResponseStarted?.();
  }

  onBodySent(chunkSize: number, totalBytesSent: number): void {
    this.call.handler.onBodySent?.(chunkSize, totalBytesSent);
  }
}

class ElderSending extends Sending implements Handler {
  readonly native = undefined;
  #abort: ((reason?: Error) => void) | undefined;
  #resume: (() => void) | undefined;

  abort(reason: Error): void {
    this.#abort?.(reason);
  }

  /** The elder handlers stop an answer by what they return. */
  protected flow(isWanted: boolean): void {
    if (isWanted) this.#resume?.();
  }

  onConnect(abort: (reason?: Error) => void, context?: unknown): void {
    const { handler, caller } = this.call;
    this.#abort = abort;
    if (!caller.hold(this)) return;
    const { onConnect } = handler as { onConnect?: (abort: (reason?: Error) => void, context?: unknown) => void };
    onConnect?.call(handler, (reason) => caller.abort(reason), context);
  }

  onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    this.passes();
    this.call.handler.onUpgrade?.(status, headers, socket);
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, message: string): boolean {
    const { handler } = this.call;
    if (this.refuses(new ElderAnswer(status, headers))) {
      this.#resume = resume;
      this.refused(() => handler.onHeaders?.(status, headers, resume, message));
      return false;
    }
    this.passes(status);
    return handler.onHeaders?.(status, headers, resume, message) ?? true;
  }

  onData(chunk: Buffer): boolean {
    const { handler } = this.call;
    if (!this.isWithheld) return handler.onData?.(chunk) ?? true;
    this.withhold(() => handler.onData?.(chunk), chunk.length);
    return true;
  }

  onComplete(trailers: string[] | null): void {
    const { handler } = this.call;
    if (this.isWithheld) this.withhold(() => handler.onComplete?.(trailers));
    else handler.onComplete?.(trailers);
  }

  onError(error: Error): void {
    const { handler } = this.call;
    this.fails();
    if (this.isWithheld) this.withhold(() => handler.onError?.(error));
    else handler.onError?.(error);
  }

  onResponseStarted(): void {
    this.call.handler.onResponseStarted?.();
  }
}

/** Its headers are read only where the app's own `isUnauthorized` looks at them. */
class ElderAnswer implements ApiAnswer {
  readonly status: number;
  readonly data = undefined;
  readonly #raw: readonly unknown[];

  constructor(status: number, raw: readonly unknown[]) {
    this.status = status;
    this.#raw = raw;
  }

  get headers(): Record<string, string | string[]> {
    const headers = Object.create(null) as Record<string, string | string[]>;
    for (let i = 0; i < this.#raw.length; i += 2) {
      const name = textOf(this.#raw[i]).toLowerCase();
      const value = this.#raw[i + 1];
      const values = [headers[name] ?? [], Array.isArray(value) ? value.map(textOf) : textOf(value)].flat();
      headers[name] = values.length === 1 ? values[0]! : values;
    }
    return headers;
  }
}

const textOf = (part: unknown): string => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part));
