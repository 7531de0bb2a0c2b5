import { LONGEST_LIFETIME_MS, MAX_TOKEN_RESPONSE_BYTES } from '../common/defaults.js';
import { tokenText } from '../vendors/wire.js';
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
  const isToken = isText(value) && isGeneration(generation) && isFinite(lifetimeMs) && isFinite(ageMs) && ageMs >= 0;
  // Else the next step could give the same again, and so for ever.
  if (isToken && generation > newerThan) return { value, generation, lifetimeMs, ageMs };
  throw new Error('acquire() of the token store gave what is none of its answers');
}

/**
 * Whether a vendor could have given that token: the store is held to what holds for a token response. Another writer may
 * have put it there; the next token takes its place.
 */
export function isCredible({ value, lifetimeMs, ageMs }: SharedToken): boolean {
  const isWord = value.length <= MAX_TOKEN_RESPONSE_BYTES && tokenText(value) !== undefined;
  return isWord && lifetimeMs > 0 && lifetimeMs <= LONGEST_LIFETIME_MS && ageMs < lifetimeMs;
}

/** What a store's `save` gave. @throws Error when it is neither a generation nor nothing */
export function saved(generation: unknown): number | undefined {
  if (generation === undefined || isGeneration(generation)) return generation;
  throw new Error('save() of the token store gave what is no generation');
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isFinite = (value: unknown): value is number => Number.isFinite(value);

/** Above that, adding one makes no larger number. */
const isGeneration = (value: unknown): value is number => isFinite(value) && value <= Number.MAX_SAFE_INTEGER;
