import { backoffMs, type Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { REJECTION_PAUSE_MAX_MS } from '../common/defaults.js';
import type { Abortable } from '../common/light-abort.js';
import { type AccessToken, factsOf } from './access-token.js';
import type { NotBefore } from './not-before.js';
import { rejectionPause } from './refresh-policy.js';

/** What the replacement needs of the token cache. */
export interface ReplaceableToken {
  readonly notBefore: NotBefore;
  peek(): AccessToken | undefined;
  get(options: { readonly signal?: Abortable }): Promise<AccessToken>;
  invalidate(token: AccessToken): boolean;
  noteReplay(accepted: boolean, pausedUntil?: number): void;
}

/**
 * What to do about an API that answers 401: compare and swap, so that a thousand calls with the same expired token obtain
 * one new one; and a pause when new tokens do not help, so that an API that always says 401 costs next to no requests.
 */
export class TokenReplacement {
  readonly #tokens: ReplaceableToken;
  readonly #clock: Clock;
  readonly #random: Random;
  /** The token that was last obtained after a 401. */
  #latest: AccessToken | undefined;
  /** Tokens in a row that were obtained after a 401 and answered 401 as well. */
  #ineffective = 0;

  constructor(tokens: ReplaceableToken, clock: Clock, random: Random) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Another token than the one that was rejected.
   *
   * @returns `undefined` when none should be requested now
   * @throws what `TokenCache.get` throws
   */
  async after(rejected: AccessToken, signal?: Abortable): Promise<AccessToken | undefined> {
    const current = this.#tokens.peek();
    if (current && current.value !== rejected.value) return current;
    if (current && !this.#tokens.notBefore.mayDiscard(factsOf(current), this.#clock.now())) return undefined;
    if (current) this.#tokens.invalidate(rejected);
    const token = await this.#tokens.get({ signal });
    this.#mark(token);
    return token;
  }

  /**
   * The call cannot be repeated: discards the token for the calls to come. At most once a second; a call that can be
   * repeated is not held up by that.
   */
  discard(rejected: AccessToken): void {
    const current = this.#tokens.peek();
    if (current?.value !== rejected.value) return;
    if (this.#tokens.notBefore.discardUnrepeated(factsOf(current), this.#clock.now()))
      this.#tokens.invalidate(rejected);
  }

  /** An API has answered a call with it, be it no retry: the retry may be slow, or never be answered. */
  answered(token: AccessToken): void {
    const facts = factsOf(token);
    if (facts.verification === 'unverified') facts.verification = 'accepted';
  }

  /** What the API said to the retry. A 401 to a token requested for it shows that tokens are not the reason. */
  replayed(replacement: AccessToken, accepted: boolean): void {
    const { notBefore } = this.#tokens;
    const now = this.#clock.now();
    this.answered(replacement);
    if (accepted) {
      this.#ineffective = 0;
      notBefore.ineffectiveUntil(-Infinity);
    } else if (this.#latest?.value === replacement.value && this.#countIneffective(this.#latest)) {
      notBefore.ineffectiveUntil(now + backoffMs(this.#ineffective, rejectionPause, this.#random));
    }
    this.#tokens.noteReplay(accepted, now < notBefore.discard ? notBefore.discard : undefined);
  }

  /** A thousand calls retried with one token count once. */
  #countIneffective(latest: AccessToken): boolean {
    const facts = factsOf(latest);
    if (facts.verification === 'ineffective') return false;
    facts.verification = 'ineffective';
    this.#ineffective++;
    return true;
  }

  /** One of another replica's may be as old as the rejected one: what an API says to it says nothing about new ones. */
  #mark(token: AccessToken): void {
    const facts = factsOf(token);
    if (facts.source === 'store' || token === this.#latest) return;
    // The same value handed out again is no new token to be tried, but counts when it does not help.
    if (token.value === this.#latest?.value)
      facts.verification = factsOf(this.#latest).verification === 'unverified' ? 'unverified' : undefined;
    else {
      facts.verification = 'unverified';
      this.#tokens.notBefore.verifyUntil(this.#clock.now() + REJECTION_PAUSE_MAX_MS);
    }
    this.#latest = token;
  }
}
