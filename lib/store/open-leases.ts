/** The leases that this process has. When it shuts down they are given back while there still is a store to give them to. */
export class OpenLeases {
  readonly #open = new Set<() => void>();
  #isClosed = false;

  /** Whether no lease is wanted any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @returns a function to be called when the lease is given back, or over */
  add(giveBack: () => void): () => void {
    if (this.#isClosed) giveBack();
    else this.#open.add(giveBack);
    return () => void this.#open.delete(giveBack);
  }

  close(): void {
    this.#isClosed = true;
    for (const giveBack of this.#open) giveBack();
    this.#open.clear();
  }
}
