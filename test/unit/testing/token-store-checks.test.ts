import type { AcquireRequest, HeldLease, SharedToken, TokenStore } from 'nestjs-auth-apis';
import { tokenStoreChecks } from 'nestjs-auth-apis/testing';
import { AssertionError } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { timed } from '../../support/outcome.js';

/** The clock of the process, which no replica's wall clock moves. */
const now = (): number => performance.timeOrigin + performance.now();

type Saved = Pick<SharedToken, 'value' | 'lifetimeMs' | 'ageMs'>;

interface Kept {
  readonly value: string;
  readonly lifetimeMs: number;
  readonly startedAt: number;
  readonly generation: number;
}

/** A store in memory, in steps that can each go wrong. */
class MemoryTokenStore implements TokenStore {
  readonly kept = new Map<string, Kept>();
  readonly leases = new Map<string, { owner: string; until: number }>();
  /** When owners were given their leases, which may have ended since. */
  readonly leasedAt = new Map<string, number>();

  async acquire(key: string, request: AcquireRequest): Promise<SharedToken | 'leased' | HeldLease> {
    const kept = this.kept.get(this.place(key));
    if (kept && this.isNewer(kept, request.newerThan) && this.isLiving(kept)) return this.given(kept);
    const leased = this.lease(key, request);
    if (leased === 'leased') this.leasedAt.set(this.nameOf(key, request.owner), this.now());
    return leased;
  }

  async save(key: string, token: Saved, owner: string): Promise<number | undefined> {
    const kept = this.kept.get(this.place(key));
    const startedAt = Math.min(this.startOf(token), this.latestStart(key, owner));
    if (this.isLate(kept, startedAt) || token.ageMs >= token.lifetimeMs) {
      this.afterLate(key, owner);
      return undefined;
    }
    const generation = this.nextGeneration(kept);
    this.kept.set(this.place(key), { ...token, startedAt, generation });
    this.afterSave(key, owner);
    return generation;
  }

  async release(key: string, owner: string): Promise<void> {
    this.leasedAt.delete(this.nameOf(key, owner));
    if (this.leases.get(this.place(key))?.owner === owner) this.leases.delete(this.place(key));
  }

  now(): number {
    return now();
  }

  nameOf(key: string, owner: string): string {
    return `${this.place(key)} ${owner}`;
  }

  latestStart(key: string, owner: string): number {
    return this.leasedAt.get(this.nameOf(key, owner)) ?? Infinity;
  }

  place(key: string): string {
    return key;
  }

  isNewer({ generation }: Kept, known: number): boolean {
    return generation > known;
  }

  isLiving({ startedAt, lifetimeMs }: Kept): boolean {
    return this.now() < startedAt + lifetimeMs;
  }

  given({ value, generation, lifetimeMs, startedAt }: Kept): SharedToken {
    return { value, generation, lifetimeMs, ageMs: this.now() - startedAt };
  }

  lease(key: string, { owner, leaseMs }: AcquireRequest): 'leased' | HeldLease {
    const lease = this.leases.get(this.place(key));
    if (lease && this.now() < lease.until) return { heldBy: lease.owner };
    this.leases.set(this.place(key), { owner, until: this.now() + leaseMs });
    return 'leased';
  }

  startOf({ ageMs }: Saved): number {
    return this.now() - ageMs;
  }

  isLate(kept: Kept | undefined, startedAt: number): boolean {
    return kept !== undefined && kept.startedAt > startedAt;
  }

  nextGeneration(kept: Kept | undefined): number {
    return Math.max((kept?.generation ?? 0) + 1, this.now());
  }

  afterSave(key: string, owner: string): void {
    void this.release(key, owner);
  }

  afterLate(key: string, owner: string): void {
    void this.release(key, owner);
  }
}

type Wrong = readonly [broken: string, store: new () => TokenStore];

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Remembers leases while they last, and no longer. */
class ForgetfulTokenStore extends MemoryTokenStore {
  override latestStart(key: string, owner: string): number {
    const lease = this.leases.get(this.place(key));
    return lease?.owner === owner && lease.until > this.now() ? super.latestStart(key, owner) : Infinity;
  }
}

/** Stores that are wrong in one way each, and what tells. */
const wrong: Record<string, Wrong | readonly Wrong[]> = {
  'the lease is one replica’s at a time': [
    'gives everybody the lease',
    class extends MemoryTokenStore {
      override lease = () => 'leased' as const;
    },
  ],
  'of fifty replicas that ask at once one gets the lease': [
    'looks, and writes later',
    class extends MemoryTokenStore {
      override async acquire(key: string, request: AcquireRequest) {
        const lease = this.leases.get(key);
        await new Promise((resolve) => setImmediate(resolve));
        if (lease) return { heldBy: lease.owner };
        this.leases.set(key, { owner: request.owner, until: Infinity });
        return 'leased' as const;
      }
    },
  ],
  'a lease lasts for its time and no longer': [
    'keeps leases for ever',
    class extends MemoryTokenStore {
      override lease(key: string, request: AcquireRequest) {
        return super.lease(key, { ...request, leaseMs: Infinity });
      }
    },
  ],
  'a lease is given back by its owner alone': [
    'lets anybody release',
    class extends MemoryTokenStore {
      override async release(key: string) {
        this.leases.delete(key);
      }
    },
  ],
  'a release that comes after the lease has ended leaves the next owner’s alone': [
    'knows only that there was an owner',
    class extends MemoryTokenStore {
      readonly owners = new Set<string>();
      override lease(key: string, request: AcquireRequest) {
        const found = super.lease(key, request);
        if (found === 'leased') this.owners.add(request.owner);
        return found;
      }
      override async release(key: string, owner: string) {
        if (this.owners.has(owner)) this.leases.delete(key);
      }
    },
  ],
  'releasing a lease that nobody has is no mistake': [
    'throws where there is no lease',
    class extends MemoryTokenStore {
      override async release(key: string, owner: string) {
        if (!this.leases.delete(key)) throw new Error(`${owner} has no lease`);
      }
    },
  ],
  'a release takes no lease from somebody who got it meanwhile': [
    'looks whose lease it is, and deletes it later',
    class extends MemoryTokenStore {
      override async release(key: string, owner: string) {
        const isOwn = this.leases.get(key)?.owner === owner;
        await turn();
        if (isOwn) this.leases.delete(key);
      }
    },
  ],
  'saving gives the owner’s lease back, and nobody else’s': [
    'keeps the lease of who saves',
    class extends MemoryTokenStore {
      override afterSave = () => {};
    },
  ],
  'a token that is too late to be kept gives the lease back all the same': [
    'returns too early',
    class extends MemoryTokenStore {
      override afterLate = () => {};
    },
  ],
  'a token comes back as it was saved': [
    'has a column that is too short',
    class extends MemoryTokenStore {
      override given(kept: Kept) {
        const found = super.given(kept);
        return { ...found, value: found.value.slice(0, 4_000) };
      }
    },
  ],
  'a token is given to those who know an older one or none': [
    'gives the token to those who know none alone',
    class extends MemoryTokenStore {
      override isNewer = (_: Kept, known: number) => known === 0;
    },
  ],
  'those who know the newest token get the lease, and not that token again': [
    'gives everybody the token',
    class extends MemoryTokenStore {
      override isNewer = () => true;
    },
  ],
  'a token is given while somebody else has the lease, and takes none': [
    'looks for the lease first',
    class extends MemoryTokenStore {
      override async acquire(key: string, request: AcquireRequest) {
        const lease = this.leases.get(key);
        return lease && lease.until > now() ? { heldBy: lease.owner } : super.acquire(key, request);
      }
    },
  ],
  'while a token is saved everybody is told of its buyer’s lease, or given it': [
    [
      'looks for a token, and takes the lease later',
      class extends MemoryTokenStore {
        override async acquire(key: string, request: AcquireRequest) {
          const kept = this.kept.get(key);
          await turn();
          return kept ? super.given(kept) : super.lease(key, request);
        }
      },
    ],
    [
      'gives the lease back before it writes',
      class extends MemoryTokenStore {
        override async save(key: string, token: Saved, owner: string) {
          await super.release(key, owner);
          await turn();
          return super.save(key, token, owner);
        }
      },
    ],
  ],
  'a dead token is not given': [
    'gives dead tokens',
    class extends MemoryTokenStore {
      override isLiving = () => true;
    },
  ],
  'a token that was not young when it was saved dies that much earlier': [
    'lets each token live its whole life from now on',
    class extends MemoryTokenStore {
      override isLiving({ startedAt, lifetimeMs }: Kept) {
        return now() < startedAt + 2 * lifetimeMs;
      }
    },
  ],
  'a token’s age grows by the store’s clock': [
    'remembers the age and not the time',
    class extends MemoryTokenStore {
      override given(kept: Kept) {
        return { ...super.given(kept), ageMs: 5_000 };
      }
    },
  ],
  'a token is no younger than its owner’s lease': [
    'believes what the owner says',
    class extends MemoryTokenStore {
      override latestStart = () => Infinity;
    },
  ],
  'a token is no younger than its owner’s lease also when that has ended by then': [
    'forgets a lease when it ends',
    ForgetfulTokenStore,
  ],
  'a token that is saved when its lease has ended replaces none that the next owner has saved': [
    'forgets a lease when it ends',
    ForgetfulTokenStore,
  ],
  'ages, leases and generations go by the store’s clock, whatever those of replicas say': [
    [
      'goes by the replica’s clock',
      class extends MemoryTokenStore {
        override now = () => Date.now();
      },
    ],
    [
      'goes by the replica’s clock, and knows of no negative ages',
      class extends MemoryTokenStore {
        override now = () => Date.now();
        override isLiving = () => true;
        override given(kept: Kept) {
          const found = super.given(kept);
          return { ...found, ageMs: Math.max(0, found.ageMs) };
        }
      },
    ],
    [
      'has its own clock for all but generations',
      class extends MemoryTokenStore {
        override nextGeneration = (kept: Kept | undefined) => Math.max((kept?.generation ?? 0) + 1, Date.now());
      },
    ],
    [
      'has its own clock for all but leases',
      class extends MemoryTokenStore {
        override lease(key: string, { owner, leaseMs }: AcquireRequest) {
          const lease = this.leases.get(key);
          if (lease && Date.now() < lease.until) return { heldBy: lease.owner };
          this.leases.set(key, { owner, until: Date.now() + leaseMs });
          return 'leased' as const;
        }
      },
    ],
  ],
  'generations grow, also within a millisecond': [
    'takes the time for the generation',
    class extends MemoryTokenStore {
      override nextGeneration = () => Math.floor(now() / 1_000) * 1_000;
    },
  ],
  'generations are no less than the store’s clock, so that they grow also when the store was emptied': [
    'counts from one',
    class extends MemoryTokenStore {
      override nextGeneration = (kept: Kept | undefined) => (kept?.generation ?? 0) + 1;
    },
  ],
  'a token never overwrites one that began its life later': [
    'keeps what comes last',
    class extends MemoryTokenStore {
      override isLate = () => false;
    },
  ],
  'of tokens saved at once the youngest stays, under the last generation': [
    'looks, and writes later',
    class extends MemoryTokenStore {
      override async save(key: string, token: Saved, owner: string) {
        const before = this.kept.get(key);
        await new Promise((resolve) => setImmediate(resolve));
        const generation = super.nextGeneration(before);
        this.kept.set(key, { ...token, startedAt: super.startOf(token), generation });
        super.afterSave(key, owner);
        return generation;
      }
    },
  ],
  'keys do not touch each other': [
    'has one place for all',
    class extends MemoryTokenStore {
      override place = () => 'the one';
    },
  ],
};

describe('a store in memory', () => {
  test.each(tokenStoreChecks)('$name', async ({ run }) => {
    expect(await timed(() => run(() => new MemoryTokenStore()))).toBeLessThan(1_500);
  });
});

test('every check has a store that it tells to be wrong', () => {
  expect(Object.keys(wrong).sort()).toEqual(tokenStoreChecks.map(({ name }) => name).sort());
});

describe('what is wrong is told', () => {
  const isOne = (found: Wrong | readonly Wrong[]): found is Wrong => typeof found[0] === 'string';
  const cases = tokenStoreChecks.flatMap(({ name, run }) => {
    const found = wrong[name]!;
    return (isOne(found) ? [found] : found).map(([broken, Store]) => ({ name, run, broken, Store }));
  });
  test.each(cases)('of a store that $broken, unless $name', async ({ run, broken, Store }) => {
    const error: unknown = await run(async () => new Store()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    if (!/throws/.test(broken)) expect(error).toBeInstanceOf(AssertionError);
  });
});

test('the clock of the process is left as it was, also when stores are checked at the same time', async () => {
  const { now: before } = Date;
  const check = tokenStoreChecks.find(({ name }) => name.includes('whatever those of replicas say'))!;
  const [, Wrong] = (wrong[check.name] as readonly Wrong[])[0]!;
  const outcomes = await Promise.allSettled([
    check.run(() => new MemoryTokenStore()),
    check.run(() => new Wrong()),
    check.run(() => new MemoryTokenStore()),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(Date.now).toBe(before);
});

test('a store that is given a promise of is waited for', async () => {
  const store = new MemoryTokenStore();
  await tokenStoreChecks[0]!.run(async () => store);
  expect(store.leases.size).toBe(1);
});
