import type { Clock } from '../common/clock.js';
import { MAX_NEWCOMERS, MAX_TOKENS_PER_ACCOUNT, NEWCOMER_IDLE_MS } from '../common/defaults.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import type { Account } from './account.js';
import { RecentlyUsed } from './recently-used.js';
import { ownerOf } from './token-key.js';

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
 * never had a token are kept apart, so that ids somebody makes up push out no account that lives. A token with parameters
 * pushes out another of its own account first, so that parameters somebody makes up cost no other account its token.
 */
export class LookedUpAccounts {
  readonly #options: LookedUpAccountsOptions;
  readonly #settled = new RecentlyUsed<Account>();
  readonly #newcomers = new RecentlyUsed<Account>();
  /** Of the accounts that have tokens with parameters: the keys of these. */
  readonly #further = new Map<string, Set<string>>();
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
    const siblings = this.#siblingsOf(key);
    if (siblings && siblings.size >= MAX_TOKENS_PER_ACCOUNT) this.#evictLeastUsed(siblings);
    const most = Math.min(MAX_NEWCOMERS, this.#options.maxAccounts);
    if (this.#newcomers.size >= most && !this.#evictLeastUsed(siblings, this.#newcomers)) this.#makeRoomForNewcomers();
    this.#newcomers.set(key, account);
    this.#noteFurther(key);
    this.#planSweep(this.#newcomerIdleMs);
  }

  /** It has its first token. */
  settle(key: string, account: Account): void {
    if (this.#newcomers.peek(key) !== account) return; // it was dropped meanwhile, and may have been opened anew
    this.#newcomers.delete(key);
    const siblings = this.#siblingsOf(key);
    const isFull = this.#settled.size >= this.#options.maxAccounts;
    if (isFull && !this.#evictLeastUsed(siblings, this.#settled)) this.#evictOldest();
    this.#settled.set(key, account);
    // More may have been waited for at once.
    if (siblings && siblings.size > MAX_TOKENS_PER_ACCOUNT) this.#evictLeastUsed(siblings, this.#settled, key);
    this.#planSweep(this.#options.idleMs);
  }

  /** Drops every token of an account. @returns whether there was one */
  drop(owner: string): boolean {
    const dropped = [owner, ...(this.#further.get(owner) ?? [])].filter((key) => this.#evict(key, 'forgotten'));
    return dropped.length > 0;
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
      if (!tokens.isBusy) return void this.#evict(key, 'capacity');
      if (++looked === LOOKED_AT) return;
    }
  }

  /** Of the same account's tokens with parameters, all there are; `undefined` for one without. */
  #siblingsOf(key: string): ReadonlySet<string> | undefined {
    const owner = ownerOf(key);
    return owner === undefined ? undefined : this.#further.get(owner);
  }

  #noteFurther(key: string): void {
    const owner = ownerOf(key);
    if (owner === undefined) return;
    const keys = this.#further.get(owner) ?? new Set();
    this.#further.set(owner, keys.add(key));
  }

  #forgetFurther(key: string): void {
    const owner = ownerOf(key);
    const keys = owner === undefined ? undefined : this.#further.get(owner);
    if (keys?.delete(key) && keys.size === 0) this.#further.delete(owner!);
  }

  /** One that somebody waits for stays. @param among those looked at; by default all @returns whether there was one */
  #evictLeastUsed(keys: Iterable<string> = [], among?: RecentlyUsed<Account>, except?: string): boolean {
    let least: string | undefined;
    let leastUsedAt = Infinity;
    for (const key of keys) {
      const tokens = (among ? among.peek(key) : this.#peek(key))?.tokens;
      if (!tokens || key === except || tokens.isBusy || tokens.lastUsedAt >= leastUsedAt) continue;
      [least, leastUsedAt] = [key, tokens.lastUsedAt];
    }
    return least !== undefined && this.#evict(least, 'capacity');
  }

  #peek(key: string): Account | undefined {
    return this.#settled.peek(key) ?? this.#newcomers.peek(key);
  }

  #evictOldest(): void {
    for (const [key] of this.#settled) return void this.#evict(key, 'capacity');
  }

  /** @returns whether it was there */
  #evict(key: string, reason: AccountEvictedEvent['reason']): boolean {
    const account = this.#settled.delete(key) ?? this.#newcomers.delete(key);
    if (!account) return false;
    this.#forgetFurther(key);
    this.#options.onEvicted(account, reason);
    return true;
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
