// Covers `lib/accounts/looked-up-accounts.ts`: which accounts are kept, for any order of uses.
import * as fc from 'fast-check';
import type { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { setUpPool } from '../../support/account-pool.js';

/** Ids that the app knows, and made-up ones. */
const known = fc.integer({ min: 1, max: 8 }).map((n) => `known-${n}`);
const madeUp = fc.integer({ min: 1, max: 40 }).map((n) => `made-up-${n}`);
const resolve = (id: string) => (id.startsWith('known') ? { key: id } : undefined);

/** A call: gets its token, if there is one, and has its answer. */
async function call(pool: ReturnType<typeof setUpPool>['pool'], clock: ManualClock, id: string): Promise<void> {
  await pool
    .account(id)
    .tokens.get()
    .catch(() => undefined);
  await clock.advance(1);
  pool.account(id);
}

test('of accounts that live, it is always the one not used for longest that makes room', async () => {
  const ids = fc.array(fc.oneof({ weight: 3, arbitrary: known }, madeUp), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(ids, fc.integer({ min: 1, max: 5 }), async (calls, maxAccounts) => {
      const { pool, clock, events } = setUpPool({ accounts: { resolve, maxAccounts } });
      /** From the one not used for longest to the one just used. */
      let settled: string[] = [];
      const expected: string[] = [];
      for (const id of calls) {
        await call(pool, clock, id);
        if (!id.startsWith('known')) continue;
        settled = [...settled.filter((each) => each !== id), id];
        if (settled.length > maxAccounts) expected.push(settled.shift()!);
      }
      const evicted = events.flatMap((event) =>
        event.type === 'accountEvicted' ? [`${event.account} ${event.reason}`] : [],
      );
      expect(evicted.filter((each) => each.startsWith('known'))).toEqual(expected.map((id) => `${id} capacity`));
      pool.close();
    }),
    { numRuns: 200 },
  );
});

test('ids that somebody makes up push out no account that lives, however many and in whatever order', async () => {
  const flood = fc.array(madeUp, { minLength: 20, maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(known, { minLength: 1 }), flood, fc.boolean(), async (ids, made, atOnce) => {
      const { pool, clock, events, asked } = setUpPool({ accounts: { resolve, maxAccounts: ids.length } });
      for (const id of ids) await call(pool, clock, id);
      const before = ids.map((id) => pool.account(id));
      if (atOnce) await Promise.all(made.map((id) => call(pool, clock, id)));
      else for (const id of made) await call(pool, clock, id);
      expect(ids.map((id) => pool.account(id))).toEqual(before);
      expect(asked).toHaveLength(ids.length);
      const evicted = events.filter(({ type, account }) => type === 'accountEvicted' && account.startsWith('known'));
      expect(evicted).toEqual([]);
      pool.close();
    }),
    { numRuns: 60 },
  );
});
