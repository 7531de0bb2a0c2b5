import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { Sending } from './sending.js';

/** Hears of an answer with a controller beside it, as undici tells it since version 7. */
export class ControlledSending extends Sending implements Dispatcher.DispatchHandler {
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
    if (this.refuses({ status, headers })) {
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
    const told = this.fails(error);
    if (this.isWithheld) this.withhold(() => handler.onResponseError?.(caller, told));
    else handler.onResponseError?.(caller, told);
  }

  onResponseStarted(): void {
    this.call.handler.onResponseStarted?.();
  }

  onBodySent(chunkSize: number, totalBytesSent: number): void {
    this.call.handler.onBodySent?.(chunkSize, totalBytesSent);
  }
}
