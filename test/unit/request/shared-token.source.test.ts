import type { AcquireRequest, IssuedToken, HeldLease, SharedToken, TokenStore } from 'nestjs-auth-apis';
import { TokenCache } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { OpenLeases } from '../../../lib/store/open-leases.js';
import { SharedTokenSource } from '../../../lib/request/shared-token.source.js';
import { StoreGuard } from '../../../lib/store/store-guard.js';
import { contextOf } from '../../support/site.js';
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

interface Wishes {
  readonly identity?: () => Promise<string>;
  readonly clock?: ManualClock;
}

/** Moves on without waiting for work that takes real time: here there is none. */
const brisk = (): ManualClock => Object.assign(new ManualClock(), { whileBusy: undefined as never });

function setUp({ identity = async () => 'whose it is', clock = new ManualClock() }: Wishes = {}) {
  const inner = new ScriptedSource(clock);
  const store = new ScriptedStore();
  const told: string[] = [];
  const guard = new StoreGuard(clock, 250, { lost: () => told.push('lost'), back: () => told.push('back') });
  const leases = new OpenLeases();
  const context = contextOf({ clock, random: () => 1, tokenRequestTimeoutMs: 5_000 });
  const label = { api: 'acme', account: 'default' };
  let taken = 0;
  const shareable = Object.assign(inner, { identity, noteToken: () => void taken++ });
  const source = new SharedTokenSource(shareable, label, { context, store, guard, leases });
  const fetch = (signal = new AbortController().signal, minRemainingMs?: number): Promise<IssuedToken> =>
    source.fetch(signal, minRemainingMs);
  return { clock, inner, store, told, guard, leases, source, fetch, taken: () => taken };
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

test('the age of what is taken over counts from when it was asked for, however late the answer is read', async () => {
  const { clock, store, fetch } = setUp({ clock: brisk() });
  store.next(async () => {
    await new Promise<void>((resolve) => clock.schedule(resolve, 200));
    return found(7);
  });
  const call = follow(fetch());
  await clock.advance(200);
  expect(call.value).toMatchObject({ value: 'found-7', ageMs: 60_000 });
  await clock.advance(1_000);
  // Another replica's, which is younger than the first.
  store.next(found(8, { ageMs: 61_100 }));
  expect(await fetch()).toMatchObject({ value: 'found-8' });
});

test('what another replica got while it was waited for is younger than the attempt', async () => {
  const { clock, store, fetch } = setUp();
  store.next(held(), held(), found(7, { ageMs: 10 }));
  const call = follow(fetch());
  await clock.advance(75);
  expect(call.value).toMatchObject({ value: 'found-7', ageMs: 10 - 75 });
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

test('holders that die one after the other are waited for in vain, and still there is time to ask', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.otherwise = async () => held(`holder ${clock.now()}`);
  const call = follow(fetch(), clock);
  await clock.advance(8_499);
  expect(inner.requests).toBe(0);
  await clock.advance(250);
  expect(call.value).toMatchObject({ value: 'token-1' });
});

test('replicas whose two lease holders ask a vendor that hangs are served before their callers give up', async () => {
  const clock = new ManualClock();
  const holders = [held('first'), held('second')];
  const replicas = Array.from({ length: 4 }, () => {
    const { inner, store, source, ...rest } = setUp({ clock });
    store.otherwise = async () => holders[clock.now() < 5_000 ? 0 : 1]!;
    const tokens = new TokenCache(source, { clock, random: () => 0 });
    return { inner, call: follow(tokens.get(), clock), ...rest };
  });
  await clock.advance(10_000);
  for (const { inner, call } of replicas) {
    expect(call.value).toMatchObject({ value: 'token-1' });
    expect(call.at).toBeLessThan(9_000);
    expect(inner.requests).toBe(1);
  }
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
  expect(call.error).toMatchObject({
    retryable: true,
    message: expect.stringContaining('tokenRequestTimeoutMs') as string,
  });
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

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['an object that says nothing', {}],
  ['another word', 'held'],
  ['true', true],
  ['a token without a value', { ...found(7), value: '' }],
  ['a token without a generation', { ...found(7), generation: undefined }],
  ['a token of an age that is no number', found(7, { ageMs: NaN })],
  ['a token that is not born yet', found(7, { ageMs: -1 })],
  ['a token whose life is a text', { ...found(7), lifetimeMs: '3600000' }],
  ['a token that is no newer than the one that is known', found(0)],
  ['a holder without a name', { heldBy: undefined }],
])('a store that gives %s is passed by', async (_, rubbish) => {
  const { inner, store, told, fetch } = setUp();
  store.otherwise = async () => rubbish as Found;
  expect(await fetch()).toMatchObject({ value: 'token-1' });
  expect([inner.requests, store.asked.length, store.saved.length]).toEqual([1, 1, 0]);
  expect(told).toEqual(['lost']);
});

test.each<[string, unknown]>([
  ['null', null],
  ['a text', '1000'],
  ['no number', NaN],
])('a store that gives %s for a generation has failed, and its lease is given back', async (_, rubbish) => {
  const { store, told, fetch } = setUp();
  store.generation = async () => rubbish as number;
  expect(await fetch()).toMatchObject({ value: 'token-1' });
  expect(store.released).toHaveLength(1);
  expect(told).toEqual(['lost']);
  await fetch();
  expect(store.asked[1]!.newerThan).toBe(0);
});

test('a store that gives one useless token after the other is asked in pauses, and not for ever', async () => {
  const { clock, inner, store, fetch } = setUp();
  store.otherwise = async () => found(store.asked.length, { lifetimeMs: 60_000 });
  const call = follow(fetch(), clock);
  await clock.advance(0);
  expect(store.asked.length).toBeLessThan(5);
  await clock.advance(10_000);
  expect(call.value).toMatchObject({ value: 'token-1' });
  expect(inner.requests).toBe(1);
  expect(store.asked.length).toBeLessThan(60);
});

test('a token that died on its way here is no news', async () => {
  const { clock, store, fetch } = setUp({ clock: brisk() });
  store.next(async () => {
    await new Promise<void>((resolve) => clock.schedule(resolve, 200));
    return found(7, { lifetimeMs: 60_100 });
  });
  const call = follow(fetch());
  await clock.advance(200);
  expect(call.value).toMatchObject({ value: 'token-1' });
  expect(store.asked.map(({ newerThan }) => newerThan)).toEqual([0, 7]);
});

test('an app that leaves gives its leases back at once, and its tokens are its own from then on', async () => {
  const { clock, inner, store, leases, guard, fetch } = setUp();
  const held = inner.hold();
  const call = follow(fetch());
  await clock.advance(0);
  leases.close();
  await guard.settled();
  expect(store.released).toEqual([store.asked[0]!.owner]);
  held.give('still wanted');
  await clock.advance(0);
  expect(call.value).toMatchObject({ value: 'still wanted' });
  expect(await fetch()).toMatchObject({ value: 'token-2' });
  expect([store.asked.length, store.saved.length, store.released.length]).toEqual([1, 0, 1]);
});

test('a lease that comes while an app leaves is given back before it has left', async () => {
  const { clock, store, leases, guard, fetch } = setUp({ clock: brisk() });
  let comeThrough!: (found: Found) => void;
  store.next(() => new Promise<Found>((resolve) => (comeThrough = resolve)));
  const call = follow(fetch());
  await clock.advance(0);
  leases.close();
  const left = guard.settled();
  comeThrough('leased');
  await left;
  expect(store.released).toEqual([store.asked[0]!.owner]);
  await clock.advance(0);
  expect(call.value).toMatchObject({ value: 'token-1' });
});

test('who stops waiting for a lease asks for no token with it', async () => {
  const { clock, inner, store, fetch } = setUp({ clock: brisk() });
  const controller = new AbortController();
  let comeThrough!: (found: Found) => void;
  store.next(() => new Promise<Found>((resolve) => (comeThrough = resolve)));
  const call = follow(fetch(controller.signal));
  await clock.advance(0);
  controller.abort(new Error('closed'));
  comeThrough('leased');
  await clock.advance(0);
  expect(call.error).toMatchObject({ message: 'closed' });
  expect(inner.requests).toBe(0);
  expect(store.released).toHaveLength(1);
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

test('it may take as long as the wait for others’ results and a request of its own', () => {
  const { source } = setUp();
  expect(source.timeLimitMs).toBe(8_500 + 5_000);
  expect(source.storeState).toBe('up');
});

test('credentials that can change are asked about at the inner source', async () => {
  const { inner, source } = setUp();
  expect(source.credentialsChanged).toBeUndefined();
  inner.credentialsChanged = async () => true;
  expect(await source.credentialsChanged?.(new AbortController().signal)).toBe(true);
});
