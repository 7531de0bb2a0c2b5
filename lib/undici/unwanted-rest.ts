import type { Dispatcher } from 'undici';
import { UNWANTED_ANSWER_BYTES, UNWANTED_ANSWER_MS } from '../common/defaults.js';

/**
 * What still comes of an answer that nobody waits for any more. It is read all the same while it is short: its connection
 * serves again, and who watches requests hears of no error where there is none.
 */
export class UnwantedRest {
  readonly #controller: Dispatcher.DispatchController;
  readonly #timer = setTimeout(() => this.#cut(), UNWANTED_ANSWER_MS).unref();
  #bytes = 0;

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
    controller.resume();
  }

  take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > UNWANTED_ANSWER_BYTES) this.#cut();
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
