import { AsyncResource } from 'node:async_hooks';

/** Where Node keeps the stores: one property for each `AsyncLocalStorage` up to version 22, one for all from then on. */
const STORES: ReadonlySet<string | undefined> = new Set(['kResourceStore', 'context_frame']);

/**
 * Runs what all callers share outside of the call that happens to set it going. Its `AsyncLocalStorage` would go with it,
 * from refresh to refresh: a log line would name a request of yesterday, and a lookup see the tenant of another.
 */
export function outsideCalls<T>(work: () => T): T {
  return emptyContext().runInAsyncScope(work);
}

/**
 * A resource takes over the stores of the code that makes it, and Node has no empty context to give: they are taken out. One
 * for each use, for work may set other work going while its own stores are there.
 */
function emptyContext(): AsyncResource {
  const context = new AsyncResource('nestjs-auth-apis') as AsyncResource & Record<symbol, unknown>;
  for (const key of Object.getOwnPropertySymbols(context)) {
    if (STORES.has(key.description)) context[key] = undefined;
  }
  return context;
}
