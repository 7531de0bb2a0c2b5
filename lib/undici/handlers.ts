import type { Dispatcher } from 'undici';
import type { CallerController } from './caller.controller.js';

type Handler = Dispatcher.DispatchHandler;

/** As if a request had begun: the caller can abort from now on. */
export function tellStart(handler: Handler, caller: CallerController): void {
  if (isElder(handler)) handler.onConnect?.((reason) => caller.abort(reason));
  else handler.onRequestStart?.(caller, undefined);
}

export function tellError(handler: Handler, caller: CallerController, error: Error): void {
  if (isElder(handler)) handler.onError?.(error);
  else handler.onResponseError?.(caller, error);
}

/** undici 7 speaks two languages, its own callers the elder. */
export const isElder = (handler: Handler): boolean => typeof handler.onHeaders === 'function';
