import TinyQueue from 'tinyqueue';
import type { DueAttempt } from '../token/token-cache.js';
import type { ScheduledToken } from './scheduled-token.js';

/** An attempt that is planned; another plan for the same token makes it void. */
export interface PlannedAttempt {
  readonly token: ScheduledToken;
  readonly due: DueAttempt;
}

/** This many void plans are always tolerated. */
const SPARE = 32;

/** Planned attempts by their time; planning anew and looking at the next cost no more than the logarithm of their number. */
export class AttemptQueue {
  #queue = newQueue();
  #valid = 0;

  /** The next; `undefined` when nothing is planned. */
  next(): PlannedAttempt | undefined {
    for (let next = this.#queue.peek(); next; next = this.#queue.peek()) {
      if (isValid(next)) return next;
      this.#queue.pop();
    }
    return undefined;
  }

  /** Plans an attempt that was not planned. */
  plan(token: ScheduledToken, due: DueAttempt): void {
    const planned = { token, due };
    token.planned = planned;
    this.#queue.push(planned);
    this.#valid++;
  }

  /** Takes back what was planned here. It stays until its time, void, unless there are too many of its kind. */
  cancel(token: ScheduledToken): void {
    token.planned = undefined;
    this.#valid--;
    if (this.#queue.length > 2 * this.#valid + SPARE) this.#queue = newQueue(this.#queue.data.filter(isValid));
  }

  *[Symbol.iterator](): IterableIterator<PlannedAttempt> {
    for (const planned of this.#queue.data) if (isValid(planned)) yield planned;
  }
}

const newQueue = (data: PlannedAttempt[] = []): TinyQueue<PlannedAttempt> =>
  new TinyQueue(data, (a, b) => a.due.at - b.due.at);

const isValid = (planned: PlannedAttempt): boolean => planned.token.planned === planned;
