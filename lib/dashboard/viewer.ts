import { Readable } from 'node:stream';

/**
 * One open page. It is told everything first and changes after it; one that reads too slowly is told nothing for a
 * while, and everything again: what waits for it does not grow.
 */
export class Viewer extends Readable {
  readonly openedAt: number;
  readonly #everything: () => string;
  readonly #onLeft: () => void;
  #isFull = false;
  #isBehind = true;

  /**
   * @param openedAt monotonic milliseconds
   * @param everything the whole state as text
   * @param onLeft called once, when nobody looks any more
   */
  constructor(openedAt: number, everything: () => string, onLeft: () => void) {
    super({ highWaterMark: 64 * 1024 });
    this.openedAt = openedAt;
    this.#everything = everything;
    this.#onLeft = onLeft;
  }

  send(text: string): void {
    if (this.#isFull || this.#isBehind) this.#isBehind = true;
    else this.#give(text);
  }

  /** Ends the stream when what waits has been read. */
  end(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }

  override _read(): void {
    this.#isFull = false;
    if (!this.#isBehind) return;
    const text = this.#everything(); // told to all others meanwhile: this one is still behind
    this.#isBehind = false;
    this.#give(text);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#onLeft();
    callback(error);
  }

  #give(text: string): void {
    this.#isFull = !this.push(text);
  }
}
