import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SharedToken, TokenStore } from '../store/token-store.js';

/** One thing that is true of every token store. @publicApi */
export interface TokenStoreCheck {
  /** What is true, as a sentence. */
  readonly name: string;
  /**
   * Shows it of one store, in less than 1.5 s. Its keys are new ones: the store need not be empty.
   *
   * @throws AssertionError when it is not true
   */
  readonly run: (createStore: () => TokenStore | Promise<TokenStore>) => Promise<void>;
}

type Check = (store: TokenStore, key: string) => Promise<void>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far a replica's clock is off in a check, and what is still the same time. */
const OFF_MS = 5 * 60_000;
/** Races are lost in some of so many rounds, at so many keys at once; a store that is slow needs fewer. */
const ROUNDS = 6;
const ENOUGH_MS = 500;
const KEYS = 10;
const STEPS = 8;
const MOST_STEPS = 100;
/** A lease whose end a check waits for, and how much longer it waits: nobody's clock or network is exact. */
const SHORT_MS = 300;
const SPARE_MS = 100;
const A_WHILE_MS = 250;

const newKey = (): string => randomBytes(32).toString('base64url');

const acquire = (store: TokenStore, key: string, owner: string, newerThan = 0, leaseMs = HOUR) =>
  store.acquire(key, { newerThan, owner, leaseMs });

function assertHeld(found: Awaited<ReturnType<TokenStore['acquire']>>, by: string): void {
  assert(
    typeof found === 'object' && 'heldBy' in found && found.heldBy === by,
    `acquire() is to say that ${by} has the lease, not ${JSON.stringify(found)}`,
  );
}

async function acquires(store: TokenStore, key: string, owner: string, newerThan = 0): Promise<SharedToken> {
  const found = await acquire(store, key, owner, newerThan);
  assert(
    typeof found === 'object' && 'value' in found,
    `a token that lives and is newer than ${newerThan} is to be given, not ${JSON.stringify(found)}`,
  );
  return found;
}

async function saves(
  store: TokenStore,
  key: string,
  value: string,
  { lifetimeMs = HOUR, ageMs = 0, owner = 'nobody' } = {},
) {
  const generation = await store.save(key, { value, lifetimeMs, ageMs }, owner);
  assert(typeof generation === 'number', `save() is to give the generation of ${value}, not ${String(generation)}`);
  return generation;
}

/** So that what is done in several steps is met between two of them. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The same at several keys at a time, again and again. */
async function inRounds(race: (key: string) => Promise<void>): Promise<void> {
  const enoughAt = performance.now() + ENOUGH_MS;
  for (let round = 0; round < ROUNDS && performance.now() < enoughAt; round++) {
    await Promise.all(Array.from({ length: KEYS }, async () => race(newKey())));
  }
}

/** Takes a step at every turn, and a few more at the most, until something is done. */
async function meanwhile(work: Promise<unknown>, step: () => void): Promise<void> {
  const over = new AbortController();
  const done = work.finally(() => over.abort());
  for (let i = 0; i < 2 * STEPS || (!over.signal.aborted && i < MOST_STEPS); i++) {
    await turn();
    step();
  }
  await done;
}

let lastWithClockOff: Promise<unknown> = Promise.resolve();

/** Runs a check in which `Date.now` can be set off; one at a time, for there is only one in a process. */
async function withClock(check: (setOff: (byMs: number) => void) => Promise<void>): Promise<void> {
  const before = lastWithClockOff;
  const mine = (async () => {
    await before.catch(() => {});
    const { now } = Date;
    try {
      await check((byMs) => void (Date.now = () => now.call(Date) + byMs));
    } finally {
      Date.now = now;
    }
  })();
  lastWithClockOff = mine;
  return mine;
}

const checks: Record<string, Check> = {
  'the lease is one replica’s at a time': async (store, key) => {
    assert.equal(await acquire(store, key, 'a'), 'leased');
    assertHeld(await acquire(store, key, 'b'), 'a');
    assertHeld(await acquire(store, key, 'c'), 'a');
  },

  'of fifty replicas that ask at once one gets the lease': async (store, key) => {
    const found = await Promise.all(Array.from({ length: 50 }, (_, i) => acquire(store, key, `owner-${i}`)));
    const winner = found.indexOf('leased');
    for (const [i, each] of found.entries()) if (i !== winner) assertHeld(each, `owner-${winner}`);
  },

  'a lease lasts for its time and no longer': async (store, key) => {
    const startedAt = performance.now();
    assert.equal(await acquire(store, key, 'a', 0, SHORT_MS), 'leased');
    await sleep(SHORT_MS / 2);
    const inTime = await acquire(store, key, 'b', 0, SHORT_MS);
    if (performance.now() - startedAt < SHORT_MS) assertHeld(inTime, 'a');
    await sleep(SHORT_MS / 2 + SPARE_MS);
    assert.equal(await acquire(store, key, 'b'), 'leased');
    assertHeld(await acquire(store, key, 'c'), 'b');
  },

  'a lease is given back by its owner alone': async (store, key) => {
    await acquire(store, key, 'a');
    await store.release(key, 'b');
    assertHeld(await acquire(store, key, 'b'), 'a');
    await store.release(key, 'a');
    assert.equal(await acquire(store, key, 'b'), 'leased');
  },

  'a release that comes after the lease has ended leaves the next owner’s alone': async (store, key) => {
    await acquire(store, key, 'a', 0, SHORT_MS);
    await sleep(SHORT_MS + SPARE_MS);
    assert.equal(await acquire(store, key, 'b'), 'leased');
    await store.release(key, 'a');
    assertHeld(await acquire(store, key, 'c'), 'b');
  },

  'releasing a lease that nobody has is no mistake': async (store, key) => {
    await store.release(key, 'a');
    assert.equal(await acquire(store, key, 'b'), 'leased');
  },

  'a release takes no lease from somebody who got it meanwhile': (store) =>
    inRounds(async (key) => {
      await acquire(store, key, 'a');
      const found: ReturnType<TokenStore['acquire']>[] = [];
      const ask = (): void => void found.push(acquire(store, key, `next-${found.length}`));
      const releasing = (async () => {
        const released: Promise<void>[] = [];
        for (let i = 0; i < STEPS; i++) {
          released.push(store.release(key, 'a'));
          const asked = turn().then(ask);
          released.push(store.release(key, 'a'));
          await asked;
        }
        await Promise.all(released);
      })();
      await meanwhile(releasing, ask);
      const next = (await Promise.all(found)).flatMap((each, i) => (each === 'leased' ? [`next-${i}`] : []));
      assert(next.length <= 1, `the lease was ${next.join('’s and ')}’s at a time`);
      if (next[0]) assertHeld(await acquire(store, key, 'c'), next[0]);
    }),

  'saving gives the owner’s lease back, and nobody else’s': async (store, key) => {
    await acquire(store, key, 'a');
    const foreign = await saves(store, key, 'token-1', { ageMs: 60_000, owner: 'b' });
    assertHeld(await acquire(store, key, 'c', foreign), 'a');
    const own = await saves(store, key, 'token-2', { owner: 'a' });
    assert.equal(await acquire(store, key, 'c', own), 'leased');
  },

  'a token that is too late to be kept gives the lease back all the same': async (store, key) => {
    const generation = await saves(store, key, 'newer');
    await acquire(store, key, 'a', generation);
    await store.save(key, { value: 'older', lifetimeMs: HOUR, ageMs: 60_000 }, 'a');
    assert.equal(await acquire(store, key, 'b', generation), 'leased');
  },

  'a token comes back as it was saved': async (store, key) => {
    for (const value of ['t', `a.${'b'.repeat(8_192)}.c`, `"'\\ {}:;,%+/=~$1`]) {
      const generation = await saves(store, key, value, { lifetimeMs: 12_345_678 });
      const { ageMs, ...found } = await acquires(store, key, 'a');
      assert.deepEqual(found, { value, generation, lifetimeMs: 12_345_678 });
      assert(ageMs >= 0, `ageMs is ${ageMs}`);
    }
  },

  'a token is given to those who know an older one or none': async (store, key) => {
    const first = await saves(store, key, 'token-1', { ageMs: 1_000 });
    const second = await saves(store, key, 'token-2');
    for (const known of [0, first, second - 1]) {
      assert.equal((await acquires(store, key, 'a', known)).value, 'token-2');
    }
  },

  'those who know the newest token get the lease, and not that token again': async (store, key) => {
    const generation = await saves(store, key, 'token');
    assert.equal(await acquire(store, key, 'a', generation), 'leased');
    assertHeld(await acquire(store, key, 'b', generation), 'a');
    assertHeld(await acquire(store, key, 'b', generation + HOUR), 'a');
  },

  'a token is given while somebody else has the lease, and takes none': async (store, key) => {
    const generation = await saves(store, key, 'token');
    await acquires(store, key, 'newcomer');
    assert.equal(await acquire(store, key, 'a', generation), 'leased');
    assert.equal((await acquires(store, key, 'newcomer')).value, 'token');
  },

  'while a token is saved everybody is told of its buyer’s lease, or given it': (store) =>
    inRounds(async (key) => {
      await acquire(store, key, 'buyer');
      const found = [acquire(store, key, 'early')];
      const saving = saves(store, key, 'token', { owner: 'buyer' });
      await meanwhile(saving, () => found.push(acquire(store, key, `asker-${found.length}`)));
      for (const each of await Promise.all(found)) {
        assert.notEqual(each, 'leased', 'somebody got the lease though there is a newer token');
        if (typeof each === 'object' && 'heldBy' in each) assertHeld(each, 'buyer');
      }
    }),

  'a dead token is not given': async (store, key) => {
    await saves(store, key, 'dies soon', { lifetimeMs: SHORT_MS });
    await sleep(SHORT_MS + SPARE_MS);
    assert.equal(await acquire(store, key, 'a'), 'leased');
  },

  'a token that was not young when it was saved dies that much earlier': async (store, key) => {
    await saves(store, key, 'old', { lifetimeMs: HOUR, ageMs: HOUR - SHORT_MS });
    await sleep(SHORT_MS + SPARE_MS);
    assert.equal(await acquire(store, key, 'a'), 'leased');
    const other = newKey();
    await store.save(other, { value: 'dead', lifetimeMs: 1_000, ageMs: 1_000 }, 'nobody');
    assert.equal(await acquire(store, other, 'a'), 'leased');
  },

  'a token’s age grows by the store’s clock': async (store, key) => {
    await saves(store, key, 'token', { ageMs: 5_000 });
    const first = await acquires(store, key, 'a');
    assert(first.ageMs >= 5_000 && first.ageMs < 6_500, `saved at an age of 5000 ms, and now ${first.ageMs}`);
    await sleep(A_WHILE_MS);
    const grown = (await acquires(store, key, 'a')).ageMs - first.ageMs;
    assert(grown >= A_WHILE_MS - 20 && grown < 1_250, `${A_WHILE_MS} ms later it is ${grown} ms older`);
  },

  'a token is no younger than its owner’s lease': async (store, key) => {
    await acquire(store, key, 'a');
    await sleep(SHORT_MS);
    await saves(store, key, 'held up', { owner: 'a' });
    const { ageMs } = await acquires(store, key, 'b');
    assert(ageMs >= SHORT_MS - 20, `its lease was given ${SHORT_MS} ms ago, and it is ${ageMs} ms old`);
  },

  'a token is no younger than its owner’s lease also when that has ended by then': async (store, key) => {
    await acquire(store, key, 'a', 0, SHORT_MS / 2);
    await sleep(SHORT_MS);
    await store.save(key, { value: 'held up', lifetimeMs: HOUR, ageMs: 0 }, 'a');
    const found = await acquire(store, key, 'b');
    if (found === 'leased') return; // not kept at all
    const { ageMs } = await acquires(store, key, 'b');
    assert(ageMs >= SHORT_MS - 20, `its lease was given ${SHORT_MS} ms ago, and it is ${ageMs} ms old`);
  },

  'a token that is saved when its lease has ended replaces none that the next owner has saved': async (store, key) => {
    await acquire(store, key, 'a', 0, SHORT_MS);
    await sleep(SHORT_MS + SPARE_MS);
    assert.equal(await acquire(store, key, 'b'), 'leased');
    const generation = await saves(store, key, 'newer', { owner: 'b' });
    assert.equal(await store.save(key, { value: 'held up', lifetimeMs: HOUR, ageMs: 0 }, 'a'), undefined);
    const found = await acquires(store, key, 'c');
    assert.deepEqual([found.value, found.generation], ['newer', generation]);
  },

  'ages, leases and generations go by the store’s clock, whatever those of replicas say': (store, key) =>
    withClock(async (setOff) => {
      const [other, third] = [newKey(), newKey()];
      setOff(-OFF_MS);
      await saves(store, key, 'token');
      await acquire(store, other, 'a', 0, OFF_MS);
      setOff(OFF_MS);
      const { ageMs } = await acquires(store, key, 'b');
      assert(ageMs < OFF_MS, `it has just been saved, and is ${ageMs} ms old`);
      assertHeld(await acquire(store, other, 'b'), 'a');
      const ahead = await saves(store, third, 'token');
      await sleep(A_WHILE_MS);
      setOff(-OFF_MS);
      const aged = await acquires(store, third, 'b');
      assert(aged.ageMs >= A_WHILE_MS - 20, `it was saved ${A_WHILE_MS} ms ago, and is ${aged.ageMs} ms old`);
      const behind = await saves(store, newKey(), 'token');
      assert(behind >= ahead, `${behind} came after ${ahead}`);
    }),

  'generations grow, also within a millisecond': async (store, key) => {
    let last = 0;
    for (let i = 0; i < 20; i++) {
      const generation = await saves(store, key, `token-${i}`);
      assert(generation > last, `${generation} came after ${last}`);
      last = generation;
    }
    assert.equal((await acquires(store, key, 'a')).generation, last);
  },

  'generations are no less than the store’s clock, so that they grow also when the store was emptied': async (
    store,
    key,
  ) => {
    const generation = await saves(store, key, 'token', { lifetimeMs: SHORT_MS });
    assert(Math.abs(generation - Date.now()) < DAY, `${generation} is not the time in epoch ms`);
    await sleep(SHORT_MS + SPARE_MS);
    const next = await saves(store, key, 'token');
    assert(next > generation, `${next} came after ${generation}, whose token has died`);
    // Nothing is left behind under a new key, as after a loss of all keys.
    assert((await saves(store, newKey(), 'token')) >= next);
  },

  'a token never overwrites one that began its life later': async (store, key) => {
    const generation = await saves(store, key, 'newer', { ageMs: 1_000 });
    const older = { value: 'older', lifetimeMs: 2 * HOUR, ageMs: 60_000 };
    assert.equal(await store.save(key, older, 'nobody'), undefined);
    const found = await acquires(store, key, 'a');
    assert.deepEqual([found.value, found.generation], ['newer', generation]);
  },

  'of tokens saved at once the youngest stays, under the last generation': async (store, key) => {
    const ages = Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) * 10_000);
    const generations = await Promise.all(
      ages.map((ageMs) => store.save(key, { value: `aged ${ageMs}`, lifetimeMs: HOUR, ageMs }, 'nobody')),
    );
    const given = generations.filter((each) => each !== undefined);
    assert.equal(new Set(given).size, given.length, 'two tokens have one generation');
    const { value, generation } = await acquires(store, key, 'a');
    assert.deepEqual([value, generation], ['aged 0', Math.max(...given)]);
  },

  'keys do not touch each other': async (store, key) => {
    const other = newKey();
    assert.equal(await acquire(store, key, 'a'), 'leased');
    assert.equal(await acquire(store, other, 'a'), 'leased');
    await store.release(other, 'a');
    assertHeld(await acquire(store, key, 'b'), 'a');
    await saves(store, other, 'other token', { owner: 'a' });
    assertHeld(await acquire(store, key, 'b'), 'a');
    await saves(store, key, 'token', { ageMs: 60_000, owner: 'a' });
    assert.equal((await acquires(store, other, 'b')).value, 'other token');
    assert.equal((await acquires(store, key, 'b')).value, 'token');
  },
};

/**
 * What must be true of a `TokenStore`: run them all against one of your own. They use `node:assert` and real time, and
 * any test runner will do; one of them sets `Date.now` off by minutes for a moment.
 *
 * @example
 * ```ts
 * import { tokenStoreChecks } from 'nestjs-auth-apis/testing';
 *
 * describe('PostgresTokenStore', () => {
 *   for (const { name, run } of tokenStoreChecks) {
 *     test(name, () => run(() => new PostgresTokenStore(pool)));
 *   }
 * });
 * ```
 * @publicApi
 */
export const tokenStoreChecks: readonly TokenStoreCheck[] = Object.entries(checks).map(([name, check]) => ({
  name,
  run: async (createStore) => check(await createStore(), newKey()),
}));
