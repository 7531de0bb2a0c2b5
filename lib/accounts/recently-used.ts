/** A map that knows in which order its entries were last used. */
export class RecentlyUsed<T> {
  readonly #entries = new Map<string, T>();

  get size(): number {
    return this.#entries.size;
  }

  /** Counts as a use. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.set(key, entry);
    return entry;
  }

  set(key: string, entry: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  /** Does not count as a use. */
  peek(key: string): T | undefined {
    return this.#entries.get(key);
  }

  /** @returns what was there; does not count as a use */
  delete(key: string): T | undefined {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    return entry;
  }

  /** From the one not used for longest to the one just used. */
  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#entries[Symbol.iterator]();
  }
}
