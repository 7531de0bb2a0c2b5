import { DISCARD_PAUSE_MS, SAME_TOKEN_PAUSE_MS, SECRET_REREAD_MS } from '../common/defaults.js';
import type { TokenFacts } from './access-token.js';

/**
 * What one token waits for, beside the pause after a failed attempt: the times before which something is not done again,
 * monotonic milliseconds. Three questions: may an attempt start, may the current token be discarded, may the credentials be
 * reloaded.
 */
export class NotBefore {
  #retryAfter = -Infinity;
  #sameToken = -Infinity;
  #longLife = -Infinity;
  #ineffective = -Infinity;
  #verified = -Infinity;
  #unrepeatable = -Infinity;
  #reload = -Infinity;

  /** When the next attempt may start: the vendor asked for a pause, or handed out the same token again. */
  get attempt(): number {
    return Math.max(this.#retryAfter, this.#sameToken);
  }

  /** When an attempt by hand may start: `Retry-After` alone holds it up. */
  get attemptByHand(): number {
    return this.#retryAfter;
  }

  /** Until when no 401 discards a token, because new ones did not help. */
  get discard(): number {
    return this.#ineffective;
  }

  /** Whether a 401 may discard the current token: not while new ones do not help, nor before this one has been tried. */
  mayDiscard(current: TokenFacts, now: number): boolean {
    return now >= this.#ineffective && !this.isUnverified(current, now);
  }

  /** Whether a token was obtained after a 401, and no API has said anything to it. */
  isUnverified({ verification }: TokenFacts, now: number): boolean {
    return verification === 'unverified' && now < this.#verified;
  }

  mayReloadCredentials(now: number): boolean {
    return now >= this.#reload;
  }

  retryAfter(until: number): void {
    this.#retryAfter = until;
  }

  sameTokenCame(now: number): void {
    this.#sameToken = now + SAME_TOKEN_PAUSE_MS;
  }

  /** Asks for a token that lives longer than any does: not for every such call. @returns whether it may be asked for */
  requestLongLife(now: number, isAttempting: boolean): boolean {
    if (now < this.#longLife && !isAttempting) return false;
    this.#longLife = now + SAME_TOKEN_PAUSE_MS;
    return true;
  }

  /** A token came after a 401: no 401 discards it before an API has said something to it, or `until`. */
  verifyUntil(until: number): void {
    this.#verified = until;
  }

  /** New tokens do not help; -Infinity: they do again. */
  ineffectiveUntil(until: number): void {
    this.#ineffective = until;
  }

  /** A call that cannot be repeated discards a token: nobody proves that the next one helps. @returns whether it may */
  discardUnrepeated(current: TokenFacts, now: number): boolean {
    if (now < this.#unrepeatable || !this.mayDiscard(current, now)) return false;
    this.#unrepeatable = now + DISCARD_PAUSE_MS;
    return true;
  }

  credentialsReloaded(now: number): void {
    this.#reload = now + SECRET_REREAD_MS;
  }
}
