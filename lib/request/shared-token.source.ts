import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../common/clock.js';
import type { Random } from '../common/backoff.js';
import { LEASE_SPARE_MS, STORE_POLL_MAX_MS, STORE_POLL_MIN_MS } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import { attempt } from './attempt.js';
import type { StoreGuard } from './store-guard.js';
import { attemptTimeoutError } from './token-request.errors.js';
import type { IssuedToken, TokenSource } from './token-source.js';
import type { SharedToken, TokenStore } from './token-store.js';

/** What all shared sources of an app have in common. */
export interface SharedTokenSetting {
  readonly store: TokenStore;
  readonly guard: StoreGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly attemptTimeoutMs: number;
}

/** A source whose tokens may be shared with everybody who would get the same. */
export interface ShareableSource extends TokenSource {
  /**
   * What the token depends on, told apart from all others: where it is asked for, whose it is and what for. May hold what
   * nobody should see; it is kept as a digest.
   */
  identity(signal: AbortSignal): Promise<string>;
}

/**
 * A source that asks the replicas' store before the vendor: a newer token that another replica has got is taken over;
 * else one replica asks, and the others wait for what it gets. A store in trouble is passed by.
 */
export class SharedTokenSource implements TokenSource {
  readonly #inner: ShareableSource;
  readonly #label: AccountLabel;
  readonly #setting: SharedTokenSetting;
  /** Of the newest token in the store that is known here. */
  #generation = 0;
  /** When the newest token known here began its life, monotonic; it may never have come to the store. */
  #startedAt = -Infinity;

  constructor(inner: ShareableSource, label: AccountLabel, setting: SharedTokenSetting) {
    this.#inner = inner;
    this.#label = label;
    this.#setting = setting;
  }

  /** Longer than one request: another replica's is waited for first. */
  get timeLimitMs(): number {
    return this.#setting.attemptTimeoutMs + this.#leaseMs;
  }

  get storeState(): 'up' | 'down' {
    return this.#setting.guard.state;
  }

  get credentialsChanged(): TokenSource['credentialsChanged'] {
    const inner = this.#inner;
    return inner.credentialsChanged && ((signal) => inner.credentialsChanged!(signal));
  }

  async fetch(signal: AbortSignal): Promise<IssuedToken> {
    const key = await this.#key(signal);
    return key === undefined ? this.#ask(signal) : this.#share(key, signal);
  }

  async #share(key: string, signal: AbortSignal): Promise<IssuedToken> {
    const { guard, clock, store } = this.#setting;
    const owner = randomUUID();
    const giveUpAt = clock.now() + this.#leaseMs;
    for (let pauseMs = STORE_POLL_MIN_MS; ; pauseMs = Math.min(STORE_POLL_MAX_MS, pauseMs * 2)) {
      const request = { newerThan: this.#generation, owner, leaseMs: this.#leaseMs };
      const found = await guard.run(() => store.acquire(key, request));
      if (found === 'leased') return this.#askAndShare(key, owner, signal);
      if (found === 'failed') {
        // It may have come through after all, and then nobody would have that lease.
        void guard.run(() => store.release(key, owner));
        return this.#ask(signal);
      }
      if (found === 'busy') {
        if (clock.now() >= giveUpAt) return this.#ask(signal);
        await this.#pause(pauseMs, signal);
      } else {
        this.#generation = found.generation;
        // One that was bought past the store is newer than what the store had then: that is what is to be replaced.
        if (clock.now() - found.ageMs > this.#startedAt) return this.#takeOver(found);
      }
    }
  }

  get #leaseMs(): number {
    return this.#setting.attemptTimeoutMs + LEASE_SPARE_MS;
  }

  /** @returns `undefined` when it cannot be told whose token it would be; asking the vendor then tells why */
  async #key(signal: AbortSignal): Promise<string | undefined> {
    try {
      return createHash('sha256')
        .update(await this.#inner.identity(signal))
        .digest('base64url');
    } catch {
      return undefined;
    }
  }

  #takeOver({ value, lifetimeMs, ageMs }: SharedToken): IssuedToken {
    this.#startedAt = this.#setting.clock.now() - ageMs;
    return { value, lifetimeMs, ageMs, from: 'store' };
  }

  async #askAndShare(key: string, owner: string, signal: AbortSignal): Promise<IssuedToken> {
    const { guard, clock, store } = this.#setting;
    const startedAt = clock.now();
    try {
      const issued = await this.#ask(signal);
      const ageMs = Math.ceil(clock.now() - startedAt);
      const token = { value: issued.value, lifetimeMs: Math.floor(issued.lifetimeMs), ageMs };
      const generation = await guard.run(() => store.save(key, token, owner));
      if (typeof generation === 'number') this.#generation = generation;
      return issued;
    } catch (error) {
      await guard.run(() => store.release(key, owner));
      throw error;
    }
  }

  /** One request to the vendor, under its own time limit. */
  async #ask(signal: AbortSignal): Promise<IssuedToken> {
    const { clock, attemptTimeoutMs } = this.#setting;
    const startedAt = clock.now();
    const timeoutError = (): Error => attemptTimeoutError(this.#label, attemptTimeoutMs);
    const limit = { clock, timeoutMs: attemptTimeoutMs, timeoutError, background: true };
    const asking = attempt((ownSignal) => this.#inner.fetch(ownSignal), limit);
    const abort = (): void => asking.abort(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    try {
      const issued = await asking.outcome;
      this.#startedAt = startedAt;
      return issued;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Not all at the same moment: replicas that wait would ask in step. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#setting;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        reject(signal.reason as Error);
      };
      const cancel = clock.schedule(
        () => {
          signal.removeEventListener('abort', stop);
          resolve();
        },
        ms * (0.5 + random() / 2),
      );
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}
