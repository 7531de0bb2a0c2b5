import { UNWANTED_ANSWER_BYTES, UNWANTED_ANSWER_MS } from '../common/defaults.js';

/** What comes of a request. */
interface Answer {
  resume(): void;
  abort(reason: Error): void;
}

/**
 * What still comes of an answer that nobody waits for any more. It is read all the same while it is short: its connection
 * serves again, and who watches requests hears of no error where there is none.
 */
export class UnwantedRest {
  readonly #answer: Answer;
  readonly #timer = setTimeout(() => this.#cut(), UNWANTED_ANSWER_MS).unref();
  #bytes = 0;

  constructor(answer: Answer) {
    this.#answer = answer;
    answer.resume();
  }

  take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > UNWANTED_ANSWER_BYTES) this.#cut();
  }

  /** It has come to its end, one way or the other. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #cut(): void {
    this.end();
    this.#answer.abort(new Error('The rest of the answer is not read'));
  }
}
