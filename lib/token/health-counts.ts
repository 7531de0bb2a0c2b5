import type { TokenCache } from './token-cache.js';
import type { TokenHealth } from './token-health.js';

/** How many accounts stand how. */
export type HealthCounts = Record<TokenHealth, number>;

export const noneCounted = (): HealthCounts => ({ up: 0, failing: 0, down: 0, idle: 0 });

/** Adds accounts to `counts`, a hundred thousand of them without a status for each; ids that the app does not know are none. */
export function countHealth(
  accounts: Iterable<{ readonly tokens: Pick<TokenCache, 'isUnknown' | 'health'> }>,
  counts = noneCounted(),
): HealthCounts {
  for (const { tokens } of accounts) if (!tokens.isUnknown) counts[tokens.health]++;
  return counts;
}
