import { LEARNED_PROBE_EVERY, LEARNED_SHORTEST_MS, LEARNED_TOLERANCE } from '../common/defaults.js';

/**
 * How long an account's tokens really live, learned from those that an API refused before their end: two in a row at
 * about the same age are no accident.
 */
export class LearnedLifetime {
  /** Of the last death that had to do with age. */
  #lastAgeMs: number | undefined;
  /** Of a death that waits for its verdict: whether the next token is taken. */
  #pendingAgeMs: number | undefined;
  #lifetimeMs: number | undefined;
  /** Of the credentials whose tokens these are. */
  #credentials: string | undefined;
  #tokens = 0;

  /** @param credentials a digest of those whose token died first */
  constructor(credentials?: string) {
    this.#credentials = credentials;
  }

  /** What was learned, milliseconds. */
  get lifetimeMs(): number | undefined {
    return this.#lifetimeMs;
  }

  /**
   * A token was refused at this age. Whether that had to do with its age shows only when the next one is taken; where
   * nobody tells, nothing is learned.
   */
  died(ageMs: number): void {
    this.#pendingAgeMs = ageMs;
  }

  /**
   * The token after the refused one was taken.
   *
   * @returns whether something was learned that was not known before
   */
  confirm(): boolean {
    const ageMs = this.#pendingAgeMs;
    const last = this.#lastAgeMs;
    if (ageMs === undefined) return false;
    this.#pendingAgeMs = undefined;
    this.#lastAgeMs = ageMs < LEARNED_SHORTEST_MS ? undefined : ageMs;
    if (this.#lastAgeMs === undefined || last === undefined) return false;
    const [younger, older] = [Math.min(last, ageMs), Math.max(last, ageMs)];
    if (older - younger > older * LEARNED_TOLERANCE) return false;
    const isNews = this.#lifetimeMs === undefined; // told once, however often it is corrected
    this.#lifetimeMs = Math.min(younger, this.#lifetimeMs ?? Infinity);
    this.#tokens = 0;
    return isNews;
  }

  /** The refusal said nothing about its age: the next token was refused too, or nobody tried it. */
  disregard(): void {
    this.#pendingAgeMs = undefined;
  }

  /**
   * A token was used up to this age and never refused.
   *
   * @returns whether what was learned no longer holds
   */
  lived(ageMs: number): boolean {
    const diedAtMs = this.#lifetimeMs ?? this.#lastAgeMs ?? Infinity;
    return ageMs > diedAtMs * (1 + LEARNED_TOLERANCE) && this.#forget();
  }

  /**
   * A new token is there; how long to rely on it. Every now and then one may live its documented life, to see whether
   * it does.
   *
   * @param credentials a digest of those that bought it
   */
  planFor(lifetimeMs: number, credentials: string | undefined): number {
    this.#credentials = credentials;
    if (this.#lifetimeMs === undefined) return lifetimeMs;
    return ++this.#tokens % LEARNED_PROBE_EVERY === 0 ? lifetimeMs : Math.min(lifetimeMs, this.#lifetimeMs);
  }

  /** Forgets what was learned of other credentials. @returns whether something was */
  forgetOfOthers(credentials: string | undefined): boolean {
    const isOther = this.#credentials !== undefined && this.#credentials !== credentials;
    return isOther && this.#forget();
  }

  #forget(): boolean {
    const hadLearned = this.#lifetimeMs !== undefined;
    this.#lifetimeMs = this.#lastAgeMs = this.#pendingAgeMs = undefined;
    return hadLearned;
  }
}
