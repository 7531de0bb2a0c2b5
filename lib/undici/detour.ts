import { AsyncLocalStorage } from 'node:async_hooks';
import type { Dispatcher } from 'undici';
import { originOf } from './destination.js';

type Request = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;

/** A response to a request that carried no token of ours. */
interface Detour {
  /** The origin that it redirects to. */
  leadsTo?: string;
}

/**
 * undici does not say which response a request follows. Its `redirect` dispatches the next request from within the handler
 * of the response: at once, or in its async context where an interceptor between them reads the body first.
 */
const detours = new AsyncLocalStorage<Detour>();

/** Whether another origin wrote the request, by a redirect to here. */
export function isDetour({ origin }: Request): boolean {
  const leadsTo = detours.getStore()?.leadsTo;
  return leadsTo !== undefined && origin !== undefined && origin !== null && leadsTo === originOf(origin);
}

/** The same handler, in whose calls `isDetour` knows of this request. */
export function watchDetour({ origin }: Request, handler: Handler): Handler {
  const detour: Detour = {};
  const note = (status: number, { location }: { location?: unknown }): void => {
    const href = String(location);
    const base = origin ? originOf(origin) : undefined;
    if (status >= 300 && status < 400 && URL.canParse(href, base)) detour.leadsTo = new URL(href, base).origin;
  };
  return new Proxy(handler, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (name === 'onResponseStart') note(args[1] as number, args[2] as object);
        return detours.run(detour, () => Reflect.apply(member, target, args) as unknown);
      };
    },
  });
}
