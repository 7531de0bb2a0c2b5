import { Dispatcher } from 'undici';
import { JSON_HEADERS, ORDER_TEXT } from './stubs.js';

const BODY = Buffer.from(ORDER_TEXT);
const RAW_HEADERS = Object.entries(JSON_HEADERS)
  .flat()
  .map((text) => Buffer.from(text));
const ignore = (): void => {};

/** In place of an `Agent` of undici. Handlers come in two shapes, and undici 7 itself still hands out the older one. */
export class StubDispatcher extends Dispatcher {
  override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler.onRequestStart) answerNew(handler);
    else answerOld(handler as unknown as OldHandler);
    return true;
  }
}

function answerNew(handler: Dispatcher.DispatchHandler): void {
  const controller = new StubController();
  handler.onRequestStart?.(controller, undefined);
  handler.onResponseStart?.(controller, 200, JSON_HEADERS, 'OK');
  handler.onResponseData?.(controller, BODY);
  handler.onResponseEnd?.(controller, {});
}

interface OldHandler {
  onConnect(abort: () => void, context: null): void;
  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean;
  onData(chunk: Buffer): boolean;
  onComplete(trailers: Buffer[]): void;
}

function answerOld(handler: OldHandler): void {
  handler.onConnect(ignore, null);
  handler.onHeaders(200, RAW_HEADERS, ignore, 'OK');
  handler.onData(BODY);
  handler.onComplete([]);
}

/** Nothing can be paused or aborted: the answer is there already. */
class StubController implements Dispatcher.DispatchController {
  readonly aborted = false;
  readonly paused = false;
  readonly reason = null;
  abort(): void {}
  pause(): void {}
  resume(): void {}
}
