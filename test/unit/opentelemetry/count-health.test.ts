import { expect, test } from 'vitest';
import type { Account } from '../../../lib/accounts/account.js';
import { countHealth } from '../../../lib/opentelemetry/count-health.js';

const STANDINGS = ['up', 'failing', 'down', 'idle'] as const;

const accountsOf = (count: number): Account[] =>
  Array.from({ length: count }, (_, i) => ({ tokens: { health: STANDINGS[i % 4], isUnknown: i % 5 === 4 } }) as never);

test('each is counted once, but for those nobody knows', async () => {
  expect(await countHealth([])).toEqual({ up: 0, failing: 0, down: 0, idle: 0 });
  expect(await countHealth(accountsOf(20))).toEqual({ up: 4, failing: 4, down: 4, idle: 4 });
});

test('what else waits has its turn while many are counted', async () => {
  let turns = 0;
  const turn = (): void => void (turns++, (timer = setImmediate(turn)));
  let timer = setImmediate(turn);
  const counts = await countHealth(accountsOf(20_000));
  clearImmediate(timer);
  expect(counts).toEqual({ up: 4_000, failing: 4_000, down: 4_000, idle: 4_000 });
  expect(turns).toBeGreaterThanOrEqual(9);
});
