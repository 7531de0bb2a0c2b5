import type { Dispatcher } from 'undici';

/** More than this is not read for nobody; bytes and milliseconds. */
const MOST_BYTES = 64 * 1024;
const LONGEST_MS = 1_000;

/**
 * What still comes of an answer that nobody waits for any more. It is read all the same while it is short: its connection
 * serves again, and who watches requests hears of no error where there is none.
 */
export class UnwantedRest {
  readonly #controller: Dispatcher.DispatchController;
  readonly #timer = setTimeout(() => this.#cut(), LONGEST_MS).unref();
  #bytes = 0;

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
    controller.resume();
  }

  take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) this.#cut();
  }

  /** It has come to its end, one way or the other. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #cut(): void {
    this.end();
    this.#controller.abort(new Error('The rest of the answer is not read'));
  }
}
