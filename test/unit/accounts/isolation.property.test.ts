// Covers `lib/accounts/account-pool.ts`: no account gets the token of another, for any ids and parameters.
import * as fc from 'fast-check';
import { isAuthApisError } from 'nestjs-auth-apis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../../lib/accounts/account.js';
import type { TokenParams } from '../../../lib/request/round-trip.js';
import type { AcmeAnswer, Asked } from '../../support/account-pool.js';
import { setUpPool } from '../../support/account-pool.js';
import { HOUR, MINUTE } from '../../support/token-source.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

/** Ids that look like each other's keys, and one of the options. */
const ID = fc.constantFrom('a', 'b', 'c', 'd', 'ab', 'a/x', 'default');
const PARAMS = fc.constantFrom(undefined, { scope: 'x' }, { scope: 'y' }, { zone: 'x' }, { scope: 'x', zone: 'y' });

type Step =
  | { do: 'get'; id: string; params?: { scope?: string; zone?: string }; abortAfterMs?: number; hold: boolean }
  | { do: 'refresh'; id: string }
  | { do: 'reject'; id: string }
  | { do: 'drop'; id: string }
  | { do: 'advance'; ms: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('get' as const),
      id: ID,
      params: PARAMS,
      abortAfterMs: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
      hold: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const), id: ID }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reject' as const), id: ID }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), id: ID }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom(MINUTE, 10 * MINUTE, HOUR, 25 * HOUR)),
    }),
  },
);

const answers = fc.array(
  fc.record({
    status: fc.oneof({ weight: 6, arbitrary: fc.constant(200) }, fc.constantFrom(401, 404, 503)),
    delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 7_000 })),
  }),
  { maxLength: 30 },
);

/** What the token of an account must have been bought with. */
const boughtWith = (id: string, { scope = '', zone = '' }: { scope?: string; zone?: string } = {}): string =>
  `${id === 'default' ? 'configured' : `key-of-${id}`}|${scope}|${zone}|`;

async function play(
  plan: readonly Step[],
  script: readonly { status: number; delayMs: number }[],
  maxAccounts: number,
  resolveMs: number,
): Promise<void> {
  const resolve = async (id: string) => {
    await new Promise<void>((done) => setup.clock.schedule(done, resolveMs));
    return { key: `key-of-${id}` };
  };
  const setup = setUpPool([{ key: 'configured' }, { accounts: { resolve, maxAccounts, idleMs: 2 * HOUR } }]);
  const { pool, clock } = setup;
  const answer: AcmeAnswer = async ({ key, scope = '', zone = '' }: Asked, n) => {
    const { status, delayMs } = script[n % (script.length || 1)] ?? { status: 200, delayMs: 0 };
    if (delayMs > 0) await new Promise<void>((done) => clock.schedule(done, delayMs));
    return { status, data: JSON.stringify({ token: `${key}|${scope}|${zone}|${n}` }) };
  };
  setup.answer = answer;
  const accountOf = (id: string, params?: TokenParams): Account => {
    if (id !== 'default') return pool.account(id, params);
    // Nobody gets the unnamed account by that name, for it is a customer's id.
    expect(pool.account(id, params).tokens.label.dynamic).toBe(true);
    return pool.account(id, params, true);
  };
  const failures: unknown[] = [];
  let open = 0;
  const follow = (run: () => Promise<{ value: string }>, prefix: string): void => {
    open++;
    void run()
      .then(({ value }) => expect(value.startsWith(prefix), `${value} for ${prefix}`).toBe(true))
      .catch((error: unknown) => {
        if (!isAuthApisError(error) && (error as Error).name !== 'AbortError') failures.push(error);
      })
      .finally(() => open--);
  };
  for (const step of plan) {
    if (step.do === 'advance') await clock.advance(step.ms);
    else if (step.do === 'drop') pool.forget(step.id);
    else if (step.do === 'reject') {
      const { tokens } = accountOf(step.id);
      const sent = tokens.peek();
      if (sent) follow(async () => (await tokens.replacement.after(sent)) ?? sent, boughtWith(step.id));
    } else if (step.do === 'refresh') {
      const { tokens } = accountOf(step.id);
      follow(() => tokens.refresh(), boughtWith(step.id));
    } else {
      const { tokens } = accountOf(step.id, step.params);
      const controller = new AbortController();
      if (step.abortAfterMs !== undefined) clock.schedule(() => controller.abort(), step.abortAfterMs);
      follow(() => tokens.get({ signal: controller.signal }), boughtWith(step.id, step.params));
      if (!step.hold) await clock.advance(0);
    }
    const peeked = pool.account('default', undefined, true).tokens.peek();
    if (peeked) expect(peeked.value.startsWith(boughtWith('default'))).toBe(true);
    const looked = [...pool.accounts()].filter(({ tokens }) => tokens.label.account !== 'default');
    // Each side of the door has its own room; who waits is not sent away.
    const waiting = looked.filter(({ tokens }) => tokens.isBusy).length;
    expect(looked.length).toBeLessThanOrEqual(2 * maxAccounts + waiting + 5);
  }
  await clock.advance(MINUTE);
  pool.close();
  await clock.advance(MINUTE);
  if (failures[0]) throw failures[0];
  expect(open, 'calls that never settled').toBe(0);
  expect(clock.pendingTimers, 'timers left behind').toBe(0);
}

test('no interleaving of calls, refusals, evictions and cancellations hands out another account’s token', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 1, maxLength: 40 }),
      answers,
      fc.constantFrom(1, 2, 100),
      fc.constantFrom(0, 10, 1_000),
      play,
    ),
    { numRuns: 250 },
  );
  expect(unhandled).toEqual([]);
});
