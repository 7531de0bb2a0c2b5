import type { AccountLabel } from './errors.js';

/**
 * Stands around what events only tell the ends of, as tracing must: it sees how long each takes, and runs in the async
 * context of whoever is concerned. What it is given to run it runs at once, once, and hands its outcome on.
 */
export interface TokenObserver {
  /** An attempt, begun by a caller or by the scheduler, until its token is held; what it meets is an `AuthApisError`. */
  attempt<T extends { readonly source: 'vendor' | 'store' }>(label: AccountLabel, run: () => Promise<T>): Promise<T>;
  /**
   * A caller who finds no token, from asking to having it; in that caller's context. `label` is the very object that
   * the attempts waited for come with.
   *
   * @param who a call, or somebody who refreshes by hand, with or without a living token
   */
  wait<T>(label: AccountLabel, run: () => Promise<T>, who: 'call' | 'hand'): Promise<T>;
  /** An operation of the store that replicas share tokens through has ended. */
  storeOperation(operation: string, durationMs: number, outcome: 'ok' | 'failed'): void;
}
