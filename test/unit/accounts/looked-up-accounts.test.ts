import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import type { Account } from '../../../lib/accounts/account.js';
import { LookedUpAccounts } from '../../../lib/accounts/looked-up-accounts.js';
import type { Answer } from '../../support/token-source.js';
import { follow, gives, hangs, HOUR, MINUTE, refuses, setUp, START_AT } from '../../support/token-source.js';

const site = {} as Account['site'];

function setUpAccounts({ maxAccounts = 3, idleMs = HOUR } = {}) {
  const clock = new ManualClock(START_AT);
  const evicted: string[] = [];
  const accounts = new LookedUpAccounts({
    maxAccounts,
    idleMs,
    clock,
    onEvicted: ({ tokens: { label } }, reason) => evicted.push(`${label.account} ${reason}`),
  });
  /** As the pool does: an account is opened at its first use, and settled by its first token. */
  const open = (key: string, answer: Answer = gives(24 * HOUR)): Account => {
    const held = accounts.get(key);
    if (held) return held;
    const { tokens, source } = setUp({ clock, label: { api: 'acme', account: key } });
    source.always(async (...asked) => {
      const issued = await answer(...asked);
      accounts.settle(key, account);
      return issued;
    });
    const account = { site, tokens };
    accounts.add(key, account);
    return account;
  };
  /** Uses an account as a call does. */
  const use = async (key: string, answer?: Answer): Promise<void> => {
    await open(key, answer)
      .tokens.get()
      .catch(() => undefined);
  };
  const held = (): string[] => [...accounts].map(({ tokens }) => tokens.label.account);
  return { accounts, clock, evicted, open, use, held };
}

test('an account is the same at every call', () => {
  const { accounts, open } = setUpAccounts();
  const east = open('east');
  expect(accounts.get('east')).toBe(east);
  expect(accounts.get('west')).toBeUndefined();
});

describe('when there are as many as may be', () => {
  test('the account that was not used for longest makes room', async () => {
    const { evicted, use, held } = setUpAccounts();
    for (const key of ['a', 'b', 'c', 'a', 'd']) await use(key);
    expect(evicted).toEqual(['b capacity']);
    expect(held()).toEqual(['c', 'a', 'd']);
  });

  test('one that was evicted comes back as a new one', async () => {
    const { accounts, evicted, open, use } = setUpAccounts({ maxAccounts: 1 });
    await use('a');
    const before = accounts.get('a');
    await use('b');
    expect(evicted).toEqual(['a capacity']);
    expect(open('a')).not.toBe(before);
  });

  test('an evicted token stays in use with whoever holds it', async () => {
    const { accounts, use } = setUpAccounts({ maxAccounts: 1 });
    await use('a');
    const { tokens } = accounts.get('a')!;
    await use('b');
    expect(tokens.take()?.value).toBe('token-1');
    expect((await tokens.refresh()).value).toBe('token-2');
  });

  test('an account that gets its first token late pushes out what was not used for longest by then', async () => {
    const { accounts, clock, evicted, open, use } = setUpAccounts({ maxAccounts: 3 });
    for (const key of ['a', 'b', 'c']) await use(key);
    let give!: () => void;
    const late = new Promise<void>((resolve) => (give = resolve));
    const call = follow(open('d', async (...asked) => (await late, gives()(...asked))).tokens.get());
    await clock.advance(0);
    accounts.get('a');
    expect(evicted).toEqual([]);
    give();
    await clock.advance(0);
    expect(call.value?.value).toBe('token-1');
    expect(evicted).toEqual(['b capacity']);
  });
});

describe('ids that never had a token', () => {
  test('push out each other, the oldest first, and no account that lives', async () => {
    const { evicted, use, held } = setUpAccounts({ maxAccounts: 2 });
    await use('a');
    await use('b');
    for (const key of ['x', 'y', 'z', 'x']) await use(key, refuses());
    expect(evicted).toEqual(['x capacity', 'y capacity']);
    expect(held()).toEqual(['a', 'b', 'z', 'x']);
  });

  test('stay while somebody waits for them', async () => {
    const { clock, evicted, open, use } = setUpAccounts({ maxAccounts: 2 });
    const call = follow(open('x', hangs()).tokens.get());
    await clock.advance(0);
    await use('y', refuses());
    await use('z', refuses());
    expect(evicted).toEqual(['y capacity']);
    expect(call.settled).toBe(false);
  });

  test('stay beyond their number while somebody waits for each of them, and go when nobody does', async () => {
    const { clock, accounts, open } = setUpAccounts({ maxAccounts: 20 });
    for (let i = 0; i < 40; i++) follow(open(`x${i}`, hangs()).tokens.get());
    await clock.advance(0);
    expect([...accounts]).toHaveLength(40);
    await clock.advance(2 * HOUR);
    expect([...accounts]).toHaveLength(0);
  });

  test('move on once they have a token, and are settled then', async () => {
    const { evicted, use, held, open } = setUpAccounts({ maxAccounts: 1 });
    await use('x', refuses());
    await use('y');
    expect(evicted).toEqual(['x capacity']);
    open('z');
    expect(evicted).toEqual(['x capacity']);
    expect(held()).toEqual(['y', 'z']);
  });
});

describe('an account that nobody uses', () => {
  test('is forgotten, one that somebody uses is not', async () => {
    const { clock, evicted, use, held } = setUpAccounts();
    await use('a');
    await use('b');
    for (let i = 0; i < 4; i++) {
      await clock.advance(HOUR / 2);
      await use('b');
    }
    expect(evicted).toEqual(['a idle']);
    expect(held()).toEqual(['b']);
  });

  test('is kept for as long as it was said', async () => {
    const { clock, evicted, use } = setUpAccounts();
    await use('a');
    await clock.advance(HOUR - 1);
    expect(evicted).toEqual([]);
    await clock.advance(10 * MINUTE);
    expect(evicted).toEqual(['a idle']);
  });

  test('is forgotten after ten minutes when it never had a token', async () => {
    const { clock, evicted, use } = setUpAccounts();
    await use('x', refuses());
    await clock.advance(10 * MINUTE - 1);
    expect(evicted).toEqual([]);
    await clock.advance(MINUTE);
    expect(evicted).toEqual(['x idle']);
  });

  test('is forgotten within eleven minutes when it never had a token, also beside one that has', async () => {
    const { clock, evicted, use } = setUpAccounts({ idleMs: 24 * HOUR });
    await use('a');
    await clock.advance(HOUR);
    await use('x', refuses());
    await clock.advance(11 * MINUTE);
    expect(evicted).toEqual(['x idle']);
  });

  test('with a token is not forgotten as one that has none, also when it was never asked for again', async () => {
    const { clock, evicted, use } = setUpAccounts();
    await use('a');
    await clock.advance(50 * MINUTE);
    expect(evicted).toEqual([]);
  });

  test('takes one timer to notice, however many there are', async () => {
    const { clock, evicted, open, held } = setUpAccounts({ maxAccounts: 1_000 });
    for (let i = 0; i < 500; i++) open(`x${i}`).tokens.take();
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(3 * HOUR);
    expect(evicted).toHaveLength(500);
    expect(held()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('dropping an account', () => {
  test('drops all its tokens, and no other account’s', async () => {
    const { accounts, evicted, use, held } = setUpAccounts({ maxAccounts: 10 });
    for (const key of ['a', 'a\nscope-1', 'ab', 'b']) await use(key);
    await use('a\nscope-2', refuses());
    expect(accounts.drop('a')).toBe(true);
    expect(new Set(evicted)).toEqual(new Set(['a forgotten', 'a\nscope-1 forgotten', 'a\nscope-2 forgotten']));
    expect(held()).toEqual(['ab', 'b']);
  });

  test('that is not there says so', () => {
    const { accounts, evicted } = setUpAccounts();
    expect(accounts.drop('a')).toBe(false);
    expect(evicted).toEqual([]);
  });

  test('whose first token comes afterwards brings nothing back', async () => {
    const { accounts, clock, open, held } = setUpAccounts();
    let give!: () => void;
    const late = new Promise<void>((resolve) => (give = resolve));
    const call = follow(open('a', async (...asked) => (await late, gives()(...asked))).tokens.get());
    await clock.advance(0);
    accounts.drop('a');
    give();
    await clock.advance(0);
    expect(call.value?.value).toBe('token-1');
    expect(held()).toEqual([]);
  });
});

test('the first token of an account that was dropped settles no other one of its key', async () => {
  const { accounts, clock, evicted, open, use, held } = setUpAccounts();
  let give!: () => void;
  const late = new Promise<void>((resolve) => (give = resolve));
  const before = open('a', async (...asked) => (await late, gives()(...asked)));
  const call = follow(before.tokens.get());
  await clock.advance(0);
  accounts.drop('a');
  await use('a', refuses());
  const after = accounts.get('a');
  expect(after).not.toBe(before);
  give();
  await clock.advance(0);
  expect(call.value?.value).toBe('token-1');
  expect(accounts.get('a')).toBe(after);
  expect(held()).toEqual(['a']);
  // It never had a token: as a newcomer it goes sooner than an account that has lived.
  await clock.advance(11 * MINUTE);
  expect(evicted).toEqual(['a forgotten', 'a idle']);
});

test('after the close no timer is left, and none is set', async () => {
  const { accounts, clock, open } = setUpAccounts();
  open('a');
  accounts.close();
  expect(clock.pendingTimers).toBe(0);
  open('b');
  expect(clock.pendingTimers).toBe(0);
});
