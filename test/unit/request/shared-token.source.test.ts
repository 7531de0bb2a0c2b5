import type { AcquireRequest, IssuedToken, HeldLease, SharedToken, TokenStore } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { SharedTokenSource } from '../../../lib/request/shared-token.source.js';
import { StoreGuard } from '../../../lib/request/store-guard.js';
import type { Answer } from '../../support/token-source.js';
import { errorOf, fails, follow, hangs, HOUR, ScriptedSource } from '../../support/token-source.js';

type Found = SharedToken | 'leased' | HeldLease;

const held = (heldBy = 'another'): HeldLease => ({ heldBy });
type Saved = Pick<SharedToken, 'value' | 'lifetimeMs' | 'ageMs'>;

/** A store that answers as told, and keeps what it was asked. */
class ScriptedStore implements TokenStore {
  readonly asked: (AcquireRequest & { key: string })[] = [];
  readonly saved: (Saved & { key: string; owner: string })[] = [];
  readonly released: string[] = [];
  readonly #script: (() => Promise<Found>)[] = [];
  otherwise: () => Promise<Found> = async () => 'leased';
  generation: () => Promise<number | undefined> = async () => 1_000 + this.saved.length;

  next(...found: (Found | (() => Promise<Found>))[]): this {
    this.#script.push(...found.map((each) => (typeof each === 'function' ? each : async () => each)));
    return this;
  }

  async acquire(key: string, request: AcquireRequest): Promise<Found> {
    this.asked.push({ key, ...request });
    return (this.#script.shift() ?? this.otherwise)();
  }

  async save(key: string, token: Saved, owner: string): Promise<number | undefined> {
    this.saved.push({ key, owner, ...token });
    return this.generation();
  }

  async release(_: string, owner: string): Promise<void> {
    this.released.push(owner);
  }
}

const broken = async (): Promise<never> => {
  throw new Error('no Redis');
};
const hung = (): Promise<never> => new Promise(() => {});

function setUp({ identity = async () => 'whose it is' }: { identity?: () => Promise<string> } = {}) {
  const clock = new ManualClock();
  const inner = new ScriptedSource(clock);
  const store = new ScriptedStore();
  const told: string[] = [];
  const guard = new StoreGuard(clock, 250, { lost: () => told.push('lost'), back: () => told.push('back') });
  const setting = { store, guard, clock, random: () => 1, attemptTimeoutMs: 5_000 };
  const label = { api: 'acme', account: 'default' };
  let taken = 0;
  const shareable = Object.assign(inner, { identity, noteToken: () => void taken++ });
  const source = new SharedTokenSource(shareable, label, setting);
  const fetch = (signal = new AbortController().signal, minRemainingMs?: number): Promise<IssuedToken> =>
    source.fetch(signal, minRemainingMs);
  return { clock, inner, store, told, guard, source, fetch, taken: () => taken };
}

const found = (generation: number, more: Partial<SharedToken> = {}): SharedToken => ({
  value: `found-${generation}`,
  generation,
  lifetimeMs: HOUR,
  ageMs: 60_000,
  ...more,
});

test('what another replica has got is taken over, with its age, and the vendor is not asked', async () => {
  const { inner, store, fetch, taken } = setUp();
  store.next(found(7));
  expect(await fetch()).toEqual({ value: 'found-7', lifetimeMs: HOUR, ageMs: 60_000, from: 'store' });
  expect(inner.requests).toBe(0);
  expect(taken()).toBe(1);
  expect(store.asked).toMatchObject([{ newerThan: 0, leaseMs: 6_000 }]);
  expect(store.asked[0]!.key).toBe(createHash('sha256').update('whose it is').digest('base64url'));
});

test('who gets the lease asks the vendor and shares what comes', async () => {
  const { inner, store, fetch } = setUp();
  expect(await fetch()).toMatchObject({ value: 'token-1' });
  expect(inner.requests).toBe(1);
  expect(store.saved).toMatchObject([{ value: 'token-1', lifetimeMs: HOUR, ageMs: 0, owner: store.asked[0]!.owner }]);
  expect(store.released).toEqual([]);
});

test('a token is saved with the age that its request took', async () => {
  const { clock, inner, store, fetch } = setUp();
  const held = inner.hold();
  const call = follow(fetch());
  await clock.advance(1_200);
  held.give('slow');
  await clock.advance(0);
  expect(call.value).toMatchObject({ value: 'slow' });
  expect(store.saved).toMatchObject([{ ageMs: 1_200 }]);
});

test('each attempt has an owner of its own, and asks for what is newer than the newest it knows', async () => {
  const { clock, store, fetch } = setUp();
  store.next(found(7));
  await fetch();
  await clock.advance(1_000);
  await fetch();
  await clock.advance(1_000);
  await fetch();
  expect(store.asked.map(({ newerThan }) => newerThan)).toEqual([0, 7, 1_001]);
  expect(new Set(store.asked.map(({ owner }) => owner)).size).toBe(3);
});

test('who does not get the lease waits for the result, looking again at growing intervals', async () => {
  const { clock, inner, store, fetch } = setUp();
  const at: number[] = [];
  store.otherwise = async () => {
    at.push(clock.now());
    return at.length < 7 ? held() : found(9, { ageMs: 10 });
  };
  const call = follow(fetch(), clock);
  await clock.advance(2_000);
  expect(at).toEqual([0, 25, 75, 175, 375, 575, 775]);
  expect(call.value).toMatchObject({ value: 'found-9' });
  expect(inner.requests).toBe(0);
});

test('nobody waits longer for a holder than for a lease', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.otherwise = async () => held();
  const call = follow(fetch(), clock);
  await clock.advance(5_999);
  expect(inner.requests).toBe(0);
  await clock.advance(250);
  expect(call.value).toMatchObject({ value: 'token-1' });
  expect(store.saved).toEqual([]);
});

test('who has the lease after a holder that died is waited for too', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.otherwise = async () => (clock.now() < 7_000 ? held(clock.now() < 5_900 ? 'dead' : 'next') : found(9));
  const call = follow(fetch(), clock);
  await clock.advance(8_000);
  expect(call.value).toMatchObject({ value: 'found-9' });
  expect(inner.requests).toBe(0);
});

test('holders that die one after the other are waited for as long as two leases last', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.otherwise = async () => held(`holder ${clock.now()}`);
  const call = follow(fetch(), clock);
  await clock.advance(11_999);
  expect(inner.requests).toBe(0);
  await clock.advance(250);
  expect(call.value).toMatchObject({ value: 'token-1' });
});

test('a token that does not live as long as it must is no news, unless no token lives that long', async () => {
  const { clock, inner, store, fetch } = setUp();
  const { signal } = new AbortController();
  store.next(found(7, { ageMs: HOUR / 2 }));
  expect(await fetch(signal, 0.6 * HOUR)).toMatchObject({ value: 'token-1' });
  expect(store.asked.map(({ newerThan }) => newerThan)).toEqual([0, 7]);
  await clock.advance(60_000);
  store.next(found(1e9, { ageMs: 1_000 }));
  expect(await fetch(signal, 2 * HOUR)).toMatchObject({ value: 'found-1000000000' });
  expect(inner.requests).toBe(1);
});

test('a token that was too short of life is there for the next attempt, when the vendor gave none', async () => {
  const { inner, store, fetch } = setUp();
  store.next(found(7, { ageMs: HOUR / 2 }), 'leased', found(7, { ageMs: HOUR / 2 }));
  inner.next(fails(() => new Error('503')));
  expect(await errorOf(fetch(new AbortController().signal, 0.6 * HOUR))).toMatchObject({ message: '503' });
  expect(await fetch()).toMatchObject({ value: 'found-7' });
  expect(store.asked.map(({ newerThan }) => newerThan)).toEqual([0, 7, 0]);
});

test('who waits takes the lease over when its holder has died', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.next(held(), held());
  const call = follow(fetch());
  await clock.advance(100);
  expect(call.value).toMatchObject({ value: 'token-1' });
  expect(inner.requests).toBe(1);
  expect(store.saved).toHaveLength(1);
});

test('a vendor that gives no token gives the lease back', async () => {
  const { inner, store, fetch } = setUp();
  inner.next(fails(() => new Error('503')));
  expect(await errorOf(fetch())).toMatchObject({ message: '503' });
  expect(store.released).toEqual([store.asked[0]!.owner]);
  expect(store.saved).toEqual([]);
});

test('a vendor that hangs is left behind after its time, and the lease is given back', async () => {
  const { clock, inner, store, fetch } = setUp();
  inner.next(hangs());
  const call = follow(fetch(), clock);
  await clock.advance(5_000);
  expect(call.error).toMatchObject({ retryable: true, message: expect.stringContaining('attemptTimeoutMs') as string });
  expect(call.at).toBe(5_000);
  expect(store.released).toHaveLength(1);
});

test.each<[string, () => Promise<Found>]>([
  ['throws', broken],
  ['hangs', hung],
])('a store that %s is passed by, and asked again the next time', async (_, trouble) => {
  const { clock, inner, store, told, fetch } = setUp();
  store.next(trouble);
  const call = follow(fetch(), clock);
  await clock.advance(300);
  expect(call.value).toMatchObject({ value: 'token-1' });
  expect(call.at).toBeLessThanOrEqual(250);
  expect(store.saved).toEqual([]);
  await clock.advance(1_000);
  store.next(found(5, { ageMs: 0 }));
  expect(await fetch()).toMatchObject({ value: 'found-5' });
  expect(inner.requests).toBe(1);
  expect(told[0]).toBe('lost');
});

test('a lease that comes after all, when nobody waits for it any more, is given back', async () => {
  const { clock, store, fetch } = setUp();
  let comeThrough!: (found: Found) => void;
  store.next(() => new Promise<Found>((resolve) => (comeThrough = resolve)));
  const call = follow(fetch());
  await clock.advance(300);
  expect(call.settled).toBe(true);
  expect(store.released).toEqual([]);
  comeThrough('leased');
  await clock.advance(0);
  expect(store.released).toEqual([store.asked[0]!.owner]);
});

test.each<[string, () => Promise<number | undefined>]>([
  ['fails', broken],
  ['hangs', hung],
  ['comes too late', async () => undefined],
])('a token whose saving %s is given out all the same', async (_, generation) => {
  const { clock, store, fetch } = setUp();
  store.generation = generation;
  const call = follow(fetch(), clock);
  await clock.advance(300);
  expect(call.value).toMatchObject({ value: 'token-1' });
  expect(call.at).toBeLessThanOrEqual(250);
});

test('what the store had before is no replacement for a token that was bought past it', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.next(broken);
  await fetch();
  await clock.advance(60_000);
  store.next(found(7, { ageMs: 120_000 }));
  expect(await fetch()).toMatchObject({ value: 'token-2' });
  expect(inner.requests).toBe(2);
  expect(store.asked.map(({ newerThan }) => newerThan)).toEqual([0, 0, 7]);
});

test('what another replica has bought since then is', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.next(broken);
  await fetch();
  await clock.advance(60_000);
  store.next(found(7, { ageMs: 30_000 }));
  expect(await fetch()).toMatchObject({ value: 'found-7' });
  expect(inner.requests).toBe(1);
});

test('an attempt that is given up ends its wait, or its request, and gives the lease back', async () => {
  const { clock, inner, store, fetch } = setUp();
  const reason = new Error('closed');
  for (const first of [held(), 'leased' as const]) {
    const controller = new AbortController();
    store.next(first);
    const heeding: Answer = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    inner.next(heeding);
    const call = follow(fetch(controller.signal));
    await clock.advance(1);
    controller.abort(reason);
    await clock.advance(1);
    expect(call.error).toBe(reason);
  }
  expect(store.released).toEqual([store.asked.at(-1)!.owner]);
  expect(clock.pendingTimers).toBe(0);
});

test('who cannot tell whose token it would be gets no other’s, and is told why', async () => {
  const { inner, store, fetch } = setUp({ identity: broken });
  expect(await errorOf(fetch())).toMatchObject({ message: 'no Redis' });
  expect(inner.requests).toBe(0);
  expect(store.asked).toEqual([]);
});

test('telling whose token it would be takes no longer than an attempt', async () => {
  const { clock, store, fetch } = setUp({ identity: hung });
  const call = follow(fetch(), clock);
  await clock.advance(5_100);
  expect(call.settled).toBe(true);
  expect(store.asked).toEqual([]);
});

test('it may take as long as the wait for two others’ results and a request of its own', () => {
  const { source } = setUp();
  expect(source.timeLimitMs).toBe(2 * 6_000 + 5_000);
  expect(source.storeState).toBe('up');
});

test('credentials that can change are asked about at the inner source', async () => {
  const { inner, source } = setUp();
  expect(source.credentialsChanged).toBeUndefined();
  inner.credentialsChanged = async () => true;
  expect(await source.credentialsChanged?.(new AbortController().signal)).toBe(true);
});
