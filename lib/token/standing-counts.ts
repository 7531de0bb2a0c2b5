import type { TokenCache } from './token-cache.js';
import type { TokenStanding } from './token-standing.js';

/** How many accounts stand how. */
export type StandingCounts = Record<TokenStanding, number>;

export const noneCounted = (): StandingCounts => ({ up: 0, failing: 0, down: 0, idle: 0 });

/** Adds accounts to `counts`, a hundred thousand of them without a status for each; ids that the app does not know are none. */
export function countStandings(
  accounts: Iterable<{ readonly tokens: Pick<TokenCache, 'isUnknown' | 'standing'> }>,
  counts = noneCounted(),
): StandingCounts {
  for (const { tokens } of accounts) if (!tokens.isUnknown) counts[tokens.standing]++;
  return counts;
}
