import { AsyncResource } from 'node:async_hooks';

/** Made while the app loads its files, when nothing is called yet. */
const nobody = new AsyncResource('nestjs-auth-apis');

/**
 * Runs what all callers share outside of the call that happens to set it going. Its `AsyncLocalStorage` would go with it,
 * from refresh to refresh: a log line would name a request of yesterday, and a lookup see the tenant of another.
 */
export const outsideCalls = <T>(work: () => T): T => nobody.runInAsyncScope(work);
