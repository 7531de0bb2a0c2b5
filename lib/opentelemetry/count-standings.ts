import { setImmediate } from 'node:timers/promises';
import type { Account } from '../accounts/account.js';
import type { TokenStanding } from '../token/token-standing.js';

/** A hundred thousand take a tenth of a second: between so many, what else waits has its turn. */
const SLICE = 2_000;

/** How many of the accounts stand how; ids that the app does not know are none. */
export async function countStandings(accounts: readonly Account[]): Promise<Record<TokenStanding, number>> {
  const counts = { up: 0, failing: 0, down: 0, idle: 0 };
  for (let from = 0; from < accounts.length; from += SLICE) {
    if (from > 0) await setImmediate();
    for (const { tokens } of accounts.slice(from, from + SLICE)) if (!tokens.isUnknown) counts[tokens.standing]++;
  }
  return counts;
}
