const MINUTE_MS = 60_000;
/** After so long without another, a row has ended ... */
const ROW_ENDS_MS = 10 * MINUTE_MS;
/** ... and one that goes on is news again after that. */
const NEWS_AGAIN_MS = 60 * MINUTE_MS;

interface Row {
  readonly pausedUntil: number;
  readonly toldAt: number;
}

/** Rows of brand-new tokens that an API refused too, by account: what repeats itself at every pause is told once. */
export class Disappointments {
  readonly #rows = new Map<string, Row>();

  /** Whether there is a row that has not ended by `now`. */
  has(who: string, now: number): boolean {
    const row = this.#rows.get(who);
    return row !== undefined && now < row.pausedUntil + ROW_ENDS_MS;
  }

  /**
   * Notes one.
   *
   * @param pausedUntil until when no 401 leads to a token request
   * @returns `'known'` when it was noted before: all calls that were retried report it
   */
  note(who: string, now: number, pausedUntil: number): 'news' | 'routine' | 'known' {
    const row = this.has(who, now) ? this.#rows.get(who) : undefined;
    // The same pause may differ by a rounded millisecond.
    if (row && pausedUntil - row.pausedUntil < 1_000) return 'known';
    const isNews = !row || now - row.toldAt >= NEWS_AGAIN_MS;
    this.#rows.set(who, { pausedUntil, toldAt: isNews ? now : row.toldAt });
    return isNews ? 'news' : 'routine';
  }

  forget(who: string): void {
    this.#rows.delete(who);
  }
}
