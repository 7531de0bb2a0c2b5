import { AsyncLocalStorage } from 'node:async_hooks';
import type { AccountLabel } from 'nestjs-auth-apis';
import { TokenCache } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { TOKEN_REQUEST_TIMEOUT_MS } from '../../../lib/common/defaults.js';
import type { TokenObserver } from '../../../lib/common/token-observer.js';
import { contextOf, siteOf } from '../../support/site.js';
import { errorOf, gives, hangs, refuses, ScriptedSource, START_AT } from '../../support/token-source.js';

const label = { api: 'sparkfly', account: 'east' };

/** A cache, and an observer that writes down what it stood around, and in whose context. */
function setUp() {
  const clock = new ManualClock(START_AT);
  const source = new ScriptedSource(clock);
  const context = contextOf({ clock });
  const tokens = new TokenCache(source, { context, policy: siteOf().refresh }, label);
  const caller = new AsyncLocalStorage<string>();
  const seen: string[] = [];
  const around =
    (what: string) =>
    async <T>({ account }: AccountLabel, run: () => Promise<T>): Promise<T> => {
      const where = `${what} of ${account}, in the context of ${caller.getStore() ?? 'nobody'}`;
      seen.push(where);
      const outcome = run();
      const ended = (how: string) => (): void => void seen.push(`${where}: ${how}`);
      outcome.then(ended('done'), ended('failed'));
      return outcome;
    };
  const observer: TokenObserver = { attempt: around('attempt'), wait: around('wait'), storeOperation: () => {} };
  context.observer = observer;
  return { clock, source, tokens, context, caller, seen };
}

test('an observer stands around the attempt, which is nobody’s, and around each wait in the context of who waits', async () => {
  const { tokens, caller, seen } = setUp();
  await Promise.all([caller.run('a', () => tokens.get()), caller.run('b', () => tokens.get())]);
  expect(seen.toSorted()).toEqual([
    'attempt of east, in the context of nobody',
    'attempt of east, in the context of nobody: done',
    'wait of east, in the context of a',
    'wait of east, in the context of a: done',
    'wait of east, in the context of b',
    'wait of east, in the context of b: done',
  ]);
});

test('a call whose token is there is nobody’s business', async () => {
  const { tokens, seen } = setUp();
  await tokens.get();
  seen.length = 0;
  await tokens.get();
  tokens.take();
  expect(seen).toEqual([]);
});

test('a request by hand is a wait like any other, and failures pass through', async () => {
  const { source, tokens, seen } = setUp();
  source.next(refuses());
  expect(await errorOf(tokens.refresh())).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  expect(seen.filter((each) => each.endsWith('failed'))).toHaveLength(2);
});

test('an attempt ends for its observer as for all others: at its time limit, and with an error when its token is dead', async () => {
  const { clock, source, tokens, seen } = setUp();
  source.next(hangs());
  const hanging = errorOf(tokens.refresh());
  await clock.advance(TOKEN_REQUEST_TIMEOUT_MS);
  expect(await hanging).toMatchObject({ code: 'TOKEN_REQUEST_FAILED' });
  source.next(gives(0));
  await errorOf(tokens.refresh());
  expect(seen.filter((each) => /^attempt.*(done|failed)$/.test(each))).toEqual([
    'attempt of east, in the context of nobody: failed',
    'attempt of east, in the context of nobody: failed',
  ]);
});

test('it is told which request is waited for, and where the token came from', async () => {
  const { source, tokens, context } = setUp();
  const told: unknown[] = [];
  context.observer = {
    attempt: async (label, run) => {
      const held = await run();
      told.push([label, held.source]);
      return held;
    },
    wait: (label, run) => (told.push([label]), run()),
    storeOperation: () => {},
  };
  source.next(async () => ({ value: 'shared', lifetimeMs: 60_000, from: 'store' }));
  await tokens.refresh();
  await tokens.refresh();
  expect(told).toEqual([[label], [label, 'store'], [label], [label, 'vendor']]);
  expect(new Set(told.map((each) => (each as unknown[])[0])).size).toBe(1);
});

test('without an observer nothing is different', async () => {
  const { tokens, context, seen } = setUp();
  context.observer = undefined;
  expect((await tokens.get()).value).toBe('token-1');
  expect(seen).toEqual([]);
});
