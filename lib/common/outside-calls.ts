import { AsyncResource } from 'node:async_hooks';

const detached = new AsyncResource('nestjs-auth-apis') as AsyncResource & Record<symbol, unknown>;

/** Where Node keeps the stores: one property for each `AsyncLocalStorage` up to version 22, one for all from then on. */
const STORES: ReadonlySet<string | undefined> = new Set(['kResourceStore', 'context_frame']);

/**
 * Runs what all callers share outside of the call that happens to set it going. Its `AsyncLocalStorage` would go with it,
 * from refresh to refresh: a log line would name a request of yesterday, and a lookup see the tenant of another.
 */
export function outsideCalls<T>(work: () => T): T {
  removeStores();
  return detached.runInAsyncScope(work);
}

/**
 * A resource takes over the stores of the code that makes it, and this file may be loaded within a request (a lazy module,
 * a Lambda). Later `enterWith` adds to them. Node has no empty context to give, so they are taken out.
 */
function removeStores(): void {
  for (const key of Object.getOwnPropertySymbols(detached)) {
    if (STORES.has(key.description)) detached[key] = undefined;
  }
}
