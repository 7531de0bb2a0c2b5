import type { Context } from '../common/context.js';
import type { OpenLeases } from './open-leases.js';
import type { StoreGuard } from './store-guard.js';
import type { TokenStore } from './token-store.js';

/** What an app that shares tokens with other replicas has once. */
export interface Sharing {
  readonly context: Context;
  readonly store: TokenStore;
  readonly guard: StoreGuard;
  readonly leases: OpenLeases;
}
