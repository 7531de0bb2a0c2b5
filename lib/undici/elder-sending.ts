import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamResponse } from '../vendors/upstream-response.js';

import { Sending } from './sending.js';

/** Hears of an answer as undici told it before: the callers of version 7 still speak so. */
export class ElderSending extends Sending implements Dispatcher.DispatchHandler {
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
    const told = this.fails(error);
    if (this.isWithheld) this.withhold(() => handler.onError?.(told));
    else handler.onError?.(told);
  }

  onResponseStarted(): void {
    this.call.handler.onResponseStarted?.();
  }
}

/** Its headers are read only where the app's own `isUnauthorized` looks at them. */
class ElderAnswer implements UpstreamResponse {
  readonly status: number;
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
