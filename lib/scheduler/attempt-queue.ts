import TinyQueue from 'tinyqueue';
import type { DueAttempt } from '../token/token-cache.js';

/** A planned attempt; another plan for the same token makes it void. */
export interface PlannedAttempt<Token = unknown> {
  readonly token: Token;
  readonly due: DueAttempt;
}

/** A token with at most one valid plan. */
interface Plannable {
  planned: PlannedAttempt | undefined;
}

/** This many void plans are always tolerated. */
const SPARE = 32;

/** Planned attempts by their time; planning anew and looking at the next cost no more than the logarithm of their number. */
export class AttemptQueue<Token extends Plannable> {
  #queue = newQueue<Token>();
  #valid = 0;

  /** The next; `undefined` when nothing is planned. */
  next(): PlannedAttempt<Token> | undefined {
    for (let next = this.#queue.peek(); next; next = this.#queue.peek()) {
      if (isValid(next)) return next;
      this.#queue.pop();
    }
    return undefined;
  }

  /** Plans an attempt that was not planned. */
  plan(token: Token, due: DueAttempt): void {
    const planned = { token, due };
    token.planned = planned;
    this.#queue.push(planned);
    this.#valid++;
  }

  /** Takes back what was planned here. It stays until its time, void, unless there are too many of its kind. */
  cancel(token: Token): void {
    token.planned = undefined;
    this.#valid--;
    if (this.#queue.length > 2 * this.#valid + SPARE) this.#queue = newQueue(this.#queue.data.filter(isValid));
  }

  *[Symbol.iterator](): IterableIterator<PlannedAttempt<Token>> {
    for (const planned of this.#queue.data) if (isValid(planned)) yield planned;
  }
}

const newQueue = <Token>(data: PlannedAttempt<Token>[] = []): TinyQueue<PlannedAttempt<Token>> =>
  new TinyQueue(data, (a, b) => a.due.at - b.due.at);

const isValid = (planned: PlannedAttempt<Plannable>): boolean => planned.token.planned === planned;
