import type { HeldLease, SharedToken } from './token-store.js';

/**
 * What a store's `acquire` gave, as it stands in the contract.
 *
 * @throws Error when it is something else: a store that is wrong counts as one that failed
 */
export function acquired(found: unknown, newerThan: number): SharedToken | 'leased' | HeldLease {
  if (found === 'leased') return found;
  const { heldBy, value, generation, lifetimeMs, ageMs } = { ...(found as Partial<SharedToken & HeldLease>) };
  if (typeof heldBy === 'string') return { heldBy };
  const isToken = typeof value === 'string' && value !== '' && [generation, lifetimeMs, ageMs].every(Number.isFinite);
  // Else the next step could give the same again, and so for ever.
  if (isToken && generation! > newerThan && ageMs! >= 0) return found as SharedToken;
  throw new Error('acquire() of the token store gave what is none of its answers');
}

/** What a store's `save` gave. @throws Error when it is neither a generation nor nothing */
export function saved(generation: unknown): number | undefined {
  if (generation === undefined || Number.isFinite(generation)) return generation as number | undefined;
  throw new Error('save() of the token store gave what is no generation');
}
