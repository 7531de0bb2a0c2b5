import type { Random } from '../common/backoff.js';
import { backoffMs } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { DISCARD_PAUSE_MS, REJECTION_PAUSE_MAX_MS } from '../common/defaults.js';
import type { Abortable } from '../common/light-abort.js';
import type { AccessToken } from './access-token.js';
import { rejectionPause } from './refresh-policy.js';

/** What the replacement needs of the token cache. */
export interface ReplaceableToken {
  peek(): AccessToken | undefined;
  get(options: { readonly signal?: Abortable }): Promise<AccessToken>;
  invalidate(token: AccessToken): boolean;
  isFromStore(token: AccessToken): boolean;
  noteReplay(accepted: boolean, pausedUntil?: number): void;
}

/**
 * What to do about an API that answers 401: compare and swap, so that a thousand calls with the same dead token buy
 * one new one; and a pause when new tokens do not help, so that an API that always says 401 buys next to none.
 */
export class TokenReplacement {
  readonly #tokens: ReplaceableToken;
  readonly #clock: Clock;
  readonly #random: Random;
  #pausedUntil = -Infinity;
  #noDiscardUntil = -Infinity;
  /** The token that was last bought because of a 401. */
  #bought: string | undefined;
  /** Until an API has said what it thinks of it, no 401 to it buys another; nobody waits for that longer than this. */
  #trialUntil = -Infinity;
  /** That same one, when it did not help. */
  #disappointing: string | undefined;
  /** Bought tokens in a row that did not help. */
  #disappointments = 0;

  constructor(tokens: ReplaceableToken, clock: Clock, random: Random) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Another token than the one that was refused.
   *
   * @returns `undefined` when none should be asked for now
   * @throws what `TokenCache.get` throws
   */
  async after(refused: AccessToken, signal?: Abortable): Promise<AccessToken | undefined> {
    const current = this.#tokens.peek();
    if (current && current.value !== refused.value) return current;
    if (current && (this.#isPaused() || this.isOnTrial(current))) return undefined;
    if (current) {
      this.#disappointing = undefined;
      this.#tokens.invalidate(refused);
    }
    const token = await this.#tokens.get({ signal });
    // One of another replica's may be as old as the refused one: what an API says to it says nothing about new ones.
    if (!this.#tokens.isFromStore(token) && token.value !== this.#bought) {
      this.#trialUntil = this.#clock.now() + REJECTION_PAUSE_MAX_MS;
      this.#bought = token.value;
    }
    return token;
  }

  /**
   * The call cannot be repeated: throws the token away for the calls to come. At most once a second, for nobody proves
   * that the next one helps; a call that can be repeated is not held up by that.
   */
  discard(refused: AccessToken): void {
    const now = this.#clock.now();
    const current = this.#tokens.peek();
    if (current?.value !== refused.value || now < this.#noDiscardUntil) return;
    if (this.#isPaused() || this.isOnTrial(current)) return;
    this.#noDiscardUntil = now + DISCARD_PAUSE_MS;
    this.#tokens.invalidate(refused);
  }

  /** Whether it was bought because of a 401, and no API has said yet what it thinks of it. */
  isOnTrial(token: AccessToken): boolean {
    return token.value === this.#bought && this.#clock.now() < this.#trialUntil;
  }

  /** An API has said what it thinks of it, be it to a call that is no retry: the retry may be slow, or never be answered. */
  endTrial(token: AccessToken): void {
    if (this.#bought === token.value) this.#trialUntil = -Infinity;
  }

  /** What the API said to the retry. A 401 to a token requested for it shows that tokens are not the reason. */
  replayed(replacement: AccessToken, accepted: boolean): void {
    this.endTrial(replacement);
    if (accepted) {
      this.#disappointments = 0;
      this.#pausedUntil = -Infinity;
      this.#disappointing = undefined;
    } else if (this.#bought === replacement.value && this.#disappointing !== this.#bought) {
      // A thousand calls retried with one token are one disappointment.
      this.#disappointing = this.#bought;
      this.#disappointments++;
      this.#pausedUntil = this.#clock.now() + backoffMs(this.#disappointments, rejectionPause, this.#random);
    }
    this.#tokens.noteReplay(accepted, this.#isPaused() ? this.#pausedUntil : undefined);
  }

  #isPaused(): boolean {
    return this.#clock.now() < this.#pausedUntil;
  }
}
