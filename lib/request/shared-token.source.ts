import { createHash, randomUUID } from 'node:crypto';
import { LEASE_SPARE_MS, LONGEST_LIFETIME_MS, STORE_POLL_MAX_MS, STORE_POLL_MIN_MS } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import { raceAbort } from '../common/race-abort.js';
import { attempt } from './attempt.js';
import type { Sharing } from '../store/sharing.js';
import { acquired, isCredible, saved } from '../store/store-answers.js';
import { attemptTimeoutError } from './token-request.errors.js';
import type { IssuedToken, TokenSource } from './token-source.js';
import type { SharedToken } from '../store/token-store.js';

/** A source whose tokens may be shared with everybody who would get the same. */
export interface ShareableSource extends TokenSource {
  /**
   * What the token depends on, told apart from all others: where it is asked for, whose it is and what for. May hold what
   * nobody should see; it is kept as a digest.
   */
  identity(signal: AbortSignal): Promise<string>;
  /** Told that a token came another way. */
  noteToken(): void;
}

/**
 * A source that asks the replicas' store before the vendor: a newer token that another replica bought is taken over;
 * else one replica asks, and the others wait for what it gets. A store in trouble is passed by.
 */
export class SharedTokenSource implements TokenSource {
  readonly #inner: ShareableSource;
  readonly #label: AccountLabel;
  readonly #sharing: Sharing;
  /** Under which key the rest is known: other credentials have another. */
  #key: string | undefined;
  /** Of the newest token in the store that is known here. */
  #generation = 0;
  /** The newest token known here and when it began and ends its life, monotonic; it may never have come to the store. */
  #newest: { readonly value: string; readonly startedAt: number; readonly endsAt: number } | undefined;

  constructor(inner: ShareableSource, label: AccountLabel, sharing: Sharing) {
    this.#inner = inner;
    this.#label = label;
    this.#sharing = sharing;
  }

  /** Longer than one request: others' are waited for first. */
  get timeLimitMs(): number {
    return this.#longestWaitMs + this.#sharing.context.tokenRequestTimeoutMs;
  }

  get storeState(): 'up' | 'down' {
    return this.#sharing.guard.state;
  }

  get credentialsChanged(): TokenSource['credentialsChanged'] {
    const inner = this.#inner;
    return inner.credentialsChanged && ((signal) => inner.credentialsChanged!(signal));
  }

  async fetch(signal: AbortSignal, minRemainingMs = 0): Promise<IssuedToken> {
    const startedAt = this.#sharing.context.clock.now();
    const key = await this.#keyOf(signal);
    if (key !== this.#key) {
      this.#key = key;
      this.#generation = 0;
      this.#newest = undefined;
    }
    return this.#share(key, startedAt, minRemainingMs, signal);
  }

  async #share(key: string, startedAt: number, minRemainingMs: number, signal: AbortSignal): Promise<IssuedToken> {
    const { guard, leases, store } = this.#sharing;
    const { clock } = this.#sharing.context;
    const owner = randomUUID();
    const longestUntil = startedAt + this.#longestWaitMs;
    let newerThan = this.#generation;
    let waitUntil = longestUntil;
    let holder: string | undefined;
    let skipped = 0;
    let pauseMs = STORE_POLL_MIN_MS;
    while (!leases.isClosed) {
      const askedAt = clock.now();
      const request = { newerThan, owner, leaseMs: this.#leaseMs };
      const asking = (async () => store.acquire(key, request))();
      const found = await guard.run('acquire', key, async () => acquired(await asking, request.newerThan));
      if (found === 'leased') return this.#askAndShare(key, owner, signal);
      if (found === 'failed') {
        this.#releaseLate(asking, key, owner);
        break;
      }
      if ('heldBy' in found) {
        // When its holder died, somebody else has the lease next, and gets the same patience, if not for ever.
        if (found.heldBy !== holder) waitUntil = Math.min(clock.now() + this.#leaseMs, longestUntil);
        holder = found.heldBy;
      } else {
        newerThan = found.generation;
        if (!this.#isNews(found, askedAt)) this.#generation = newerThan;
        else if (meets(found, minRemainingMs)) return this.#takeOver(found, startedAt, askedAt);
        // Once without a pause: asked for a newer one, the store may give the lease at once.
        if (skipped++ === 0) continue;
      }
      if (clock.now() >= waitUntil) break;
      await this.#pause(pauseMs, signal);
      pauseMs = Math.min(STORE_POLL_MAX_MS, pauseMs * 2);
    }
    return this.#ask(signal);
  }

  get #leaseMs(): number {
    return this.#sharing.context.tokenRequestTimeoutMs + LEASE_SPARE_MS;
  }

  /** Of all holders together: who has waited in vain still has time to ask, before callers give up. */
  get #longestWaitMs(): number {
    return this.#leaseMs + this.#sharing.context.tokenRequestTimeoutMs / 2;
  }

  async #keyOf(signal: AbortSignal): Promise<string> {
    const identity = await this.#limited((own) => this.#inner.identity(own), signal);
    return createHash('sha256').update(identity).digest('base64url');
  }

  /**
   * Not the one that is known here, though its way into the store was never confirmed; nor an older one: what was bought
   * past the store is newer than what the store had then, and that is what is to be replaced. Nor one that has died on its
   * way here, or that no vendor can have given.
   */
  #isNews(found: SharedToken, askedAt: number): boolean {
    const { value, lifetimeMs, ageMs } = found;
    const startedAt = askedAt - ageMs;
    const newest = this.#newest;
    const isNewer = !newest || (value !== newest.value && startedAt > newest.startedAt);
    return isCredible(found) && isNewer && startedAt + lifetimeMs > this.#sharing.context.clock.now();
  }

  /** It was so old at some time after it was asked for; how long ago that is, a busy process cannot tell. */
  #takeOver({ value, generation, lifetimeMs, ageMs }: SharedToken, startedAt: number, askedAt: number): IssuedToken {
    this.#generation = generation;
    this.#newest = { value, startedAt: askedAt - ageMs, endsAt: askedAt - ageMs + lifetimeMs };
    this.#inner.noteToken();
    // As old as it was when the attempt began; younger than that, if another replica bought it meanwhile.
    return { value, lifetimeMs, ageMs: ageMs - (askedAt - startedAt), from: 'store' };
  }

  async #askAndShare(key: string, owner: string, signal: AbortSignal): Promise<IssuedToken> {
    const { guard, leases, store } = this.#sharing;
    const { clock } = this.#sharing.context;
    const startedAt = clock.now();
    const noteEnd = leases.add(() => this.#release(key, owner));
    try {
      const issued = await this.#ask(signal);
      if (leases.isClosed) return issued;
      const lifetimeMs = Math.floor(Math.min(this.#newest!.endsAt - startedAt, LONGEST_LIFETIME_MS));
      const token = { value: issued.value, lifetimeMs, ageMs: Math.ceil(clock.now() - startedAt) };
      const generation = await guard.run('save', key, async () => saved(await store.save(key, token, owner)));
      if (typeof generation === 'number') this.#generation = generation;
      if (generation === 'failed') this.#release(key, owner);
      return issued;
    } catch (error) {
      this.#release(key, owner);
      throw error;
    } finally {
      noteEnd();
    }
  }

  /** Nobody waits for it, and it says nothing about the store that the next step does not. */
  #release(key: string, owner: string): void {
    this.#sharing.guard.aside(async () => this.#sharing.store.release(key, owner));
  }

  /** It may come through after all, when the store is back: then nobody would have that lease. */
  #releaseLate(asking: Promise<unknown>, key: string, owner: string): void {
    asking.then(
      (late) => late === 'leased' && this.#release(key, owner),
      () => {},
    );
  }

  /** The same token again has not begun a new life. */
  #noteIssued({ value, lifetimeMs }: IssuedToken, startedAt: number): void {
    const newest = this.#newest;
    const endsAt = startedAt + lifetimeMs;
    this.#newest = newest?.value === value && newest.endsAt < endsAt ? newest : { value, startedAt, endsAt };
  }

  /** One request to the vendor, under its own time limit. */
  async #ask(signal: AbortSignal): Promise<IssuedToken> {
    const startedAt = this.#sharing.context.clock.now();
    const issued = await this.#limited((own) => this.#inner.fetch(own), signal);
    this.#noteIssued(issued, startedAt);
    return issued;
  }

  /** No longer than one attempt, nor than `signal` allows. */
  async #limited<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const { clock, tokenRequestTimeoutMs } = this.#sharing.context;
    const timeoutError = (): Error => attemptTimeoutError(this.#label, tokenRequestTimeoutMs);
    const running = attempt(work, { clock, timeoutMs: tokenRequestTimeoutMs, timeoutError, background: true });
    const abort = (): void => running.abort(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await running.outcome;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Not all at the same moment: replicas that wait would ask in step. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#sharing.context;
    let cancel = (): void => {};
    const over = new Promise<void>((resolve) => (cancel = clock.schedule(resolve, ms * (0.5 + random() / 2))));
    return raceAbort(over, signal).finally(cancel);
  }
}

/** What no new token could meet is not worth buying one. */
function meets({ lifetimeMs, ageMs }: SharedToken, minRemainingMs: number): boolean {
  return lifetimeMs - ageMs >= minRemainingMs || minRemainingMs > lifetimeMs;
}
