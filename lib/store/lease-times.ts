/** Requests under way at the most; those that were never ended, by an owner that forgot, must not fill the memory. */
const MOST = 10_000;

/**
 * When leases were given, by the clock of the Redis. A token is asked for with a lease in hand: however long it is held up
 * on its way to the Redis, and whether or not its lease is still there then, its life began about when the lease did.
 */
export class LeaseTimes {
  readonly #times = new Map<string, string>();

  note(key: string, owner: string, time: string): void {
    const name = nameOf(key, owner);
    this.#times.delete(name);
    this.#times.set(name, time);
    if (this.#times.size > MOST) this.#times.delete(this.#times.keys().next().value!);
  }

  /** For the one time that it is needed. */
  take(key: string, owner: string): string | undefined {
    const name = nameOf(key, owner);
    const time = this.#times.get(name);
    this.#times.delete(name);
    return time;
  }

  get size(): number {
    return this.#times.size;
  }
}

const nameOf = (key: string, owner: string): string => `${key} ${owner}`;
