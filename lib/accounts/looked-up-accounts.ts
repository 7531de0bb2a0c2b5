import type { Clock } from '../common/clock.js';
import { MAX_NEWCOMERS, NEWCOMER_IDLE_MS } from '../common/defaults.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import type { Account } from './account.js';
import { RecentlyUsed } from './recently-used.js';

export interface LookedUpAccountsOptions {
  readonly maxAccounts: number;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly onEvicted: (account: Account, reason: AccountEvictedEvent['reason']) => void;
}

/** Of those not used for longest, how many are looked at to make room for one. */
const LOOKED_AT = 8;
/** The least time between two looks for idle ones, as a part of the time after which they are. */
const SWEEP_EVERY = 0.05;

/**
 * Accounts that come and go: the one not used for longest makes room, and one that is idle is forgotten. Those that
 * never had a token are kept apart, so that ids somebody makes up push out no account that lives.
 */
export class LookedUpAccounts {
  readonly #options: LookedUpAccountsOptions;
  readonly #settled = new RecentlyUsed<Account>();
  readonly #newcomers = new RecentlyUsed<Account>();
  #sweep: { readonly at: number; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor(options: LookedUpAccountsOptions) {
    this.#options = options;
  }

  /** Counts as a use. */
  get(key: string): Account | undefined {
    return this.#settled.get(key) ?? this.#newcomers.get(key);
  }

  /** Opens an account that has no token yet. */
  add(key: string, account: Account): void {
    if (this.#newcomers.size >= Math.min(MAX_NEWCOMERS, this.#options.maxAccounts)) this.#makeRoomForNewcomers();
    this.#newcomers.set(key, account);
    this.#planSweep(this.#newcomerIdleMs);
  }

  /** It has its first token. */
  settle(key: string, account: Account): void {
    if (this.#newcomers.peek(key) !== account) return; // it was dropped meanwhile, and may have been opened anew
    this.#newcomers.delete(key);
    if (this.#settled.size >= this.#options.maxAccounts) this.#evictOldest();
    this.#settled.set(key, account);
    this.#planSweep(this.#options.idleMs);
  }

  /** Drops every token of an account. @returns whether there was one */
  drop(id: string): boolean {
    const isOfAccount = (key: string): boolean => key === id || key.startsWith(`${id}\n`);
    const keys = [...this.#all()].map(([key]) => key).filter(isOfAccount);
    for (const key of keys) this.#evict(key, 'forgotten');
    return keys.length > 0;
  }

  *[Symbol.iterator](): IterableIterator<Account> {
    for (const [, account] of this.#all()) yield account;
  }

  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
  }

  *#all(): IterableIterator<[string, Account]> {
    yield* this.#settled;
    yield* this.#newcomers;
  }

  get #newcomerIdleMs(): number {
    return Math.min(NEWCOMER_IDLE_MS, this.#options.idleMs);
  }

  /** One that somebody waits for stays. */
  #makeRoomForNewcomers(): void {
    let looked = 0;
    for (const [key, { tokens }] of this.#newcomers) {
      if (!tokens.isBusy) return this.#evict(key, 'capacity');
      if (++looked === LOOKED_AT) return;
    }
  }

  #evictOldest(): void {
    for (const [key] of this.#settled) return this.#evict(key, 'capacity');
  }

  #evict(key: string, reason: AccountEvictedEvent['reason']): void {
    const account = this.#settled.delete(key) ?? this.#newcomers.delete(key);
    if (!account) return;
    this.#options.onEvicted(account, reason);
  }

  /** One timer: when the next may be idle. */
  #planSweep(delayMs: number): void {
    const { clock } = this.#options;
    const at = clock.now() + delayMs;
    if (this.#closed || (this.#sweep && this.#sweep.at <= at)) return;
    this.#sweep?.cancel();
    const run = (): void => {
      this.#sweep = undefined;
      this.#evictIdle(this.#newcomers, this.#newcomerIdleMs);
      this.#evictIdle(this.#settled, this.#options.idleMs);
    };
    this.#sweep = { at, cancel: clock.schedule(run, delayMs, { background: true }) };
  }

  #evictIdle(accounts: RecentlyUsed<Account>, idleMs: number): void {
    const now = this.#options.clock.now();
    let nextInMs = Infinity;
    for (const [key, { tokens }] of accounts) {
      const idleInMs = tokens.lastUsedAt + idleMs - now;
      if (idleInMs <= 0 && !tokens.isBusy) this.#evict(key, 'idle');
      else nextInMs = Math.min(nextInMs, idleInMs);
    }
    // Not for each of them on its own: they all are looked at.
    if (nextInMs !== Infinity) this.#planSweep(Math.max(nextInMs, idleMs * SWEEP_EVERY));
  }
}
