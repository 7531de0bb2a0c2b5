import { setImmediate } from 'node:timers/promises';
import type { Account } from '../accounts/account.js';
import { countHealth as count, type HealthCounts, noneCounted } from '../token/health-counts.js';

/** A hundred thousand take a tenth of a second: between so many, what else waits has its turn. */
const SLICE = 2_000;

/** How many of the accounts stand how. */
export async function countHealth(accounts: readonly Account[]): Promise<HealthCounts> {
  const counts = noneCounted();
  for (let from = 0; from < accounts.length; from += SLICE) {
    if (from > 0) await setImmediate();
    count(accounts.slice(from, from + SLICE), counts);
  }
  return counts;
}
