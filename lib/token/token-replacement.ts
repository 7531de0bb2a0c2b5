import type { Random } from '../common/backoff.js';
import { backoffMs } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import type { AccessToken } from './access-token.js';
import { rejectionPause } from './refresh-policy.js';
import type { TokenCache } from './token-cache.js';

/**
 * What to do about an API that answers 401: compare and swap, so that a thousand calls with the same dead token buy
 * one new one; and a pause when new tokens do not help, so that an API that always says 401 buys next to none.
 */
export class TokenReplacement {
  readonly #tokens: TokenCache;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Brand-new tokens in a row that did not help. */
  #disappointments = 0;
  #pausedUntil = -Infinity;
  #disappointing: string | undefined;

  constructor(tokens: TokenCache, clock: Clock, random: Random) {
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
  async after(refused: AccessToken, signal?: AbortSignal): Promise<AccessToken | undefined> {
    const isCurrent = this.#tokens.peek()?.value === refused.value;
    if (isCurrent && this.#isPaused()) return undefined;
    if (isCurrent) this.#tokens.invalidate(refused);
    return this.#tokens.get({ signal });
  }

  /** The call cannot be repeated: throws the token away for the calls to come, at most once a pause. */
  discard(refused: AccessToken): void {
    if (this.#tokens.peek()?.value !== refused.value || this.#isPaused()) return;
    this.#tokens.invalidate(refused);
    this.#pausedUntil = this.#clock.now() + backoffMs(1, rejectionPause, this.#random);
  }

  /** What the API said to the replay. A refusal of a brand-new token shows that tokens are not the reason. */
  replayed(replacement: AccessToken, accepted: boolean): void {
    if (accepted) {
      this.#disappointments = 0;
      this.#pausedUntil = -Infinity;
      this.#disappointing = undefined;
    } else if (this.#disappointing !== replacement.value) {
      // A thousand calls replayed with one token are one disappointment.
      this.#disappointing = replacement.value;
      this.#disappointments++;
      this.#pausedUntil = this.#clock.now() + backoffMs(this.#disappointments, rejectionPause, this.#random);
    }
    this.#tokens.noteReplay(accepted, accepted ? undefined : this.#pausedUntil);
  }

  #isPaused(): boolean {
    return this.#clock.now() < this.#pausedUntil;
  }
}
