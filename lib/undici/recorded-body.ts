import { REPEATABLE_BODY_BYTES } from '../common/defaults.js';
import { headerIn, type OwnHeaders } from './request-headers.js';

/**
 * A body that can be read but once, kept as it passes: whoever reads it later gets what has passed, and then the rest.
 * `fetch` makes such a one of every body, and tells the length of those it was given in one piece.
 */
export class RecordedBody implements AsyncIterable<unknown> {
  readonly #source: AsyncIterator<unknown>;
  readonly #chunks: unknown[] = [];

  constructor(source: AsyncIterable<unknown>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Two may read at once: an API can refuse a request before it has all of it. */
  async *[Symbol.asyncIterator](): AsyncGenerator {
    for (let i = 0; ; i++) {
      if (i === this.#chunks.length) await this.#readOn();
      if (i === this.#chunks.length) return;
      yield this.#chunks[i];
    }
  }

  async #readOn(): Promise<void> {
    const { done, value } = await this.#source.next();
    // A copy: who gave it may fill it anew.
    if (!done) this.#chunks.push(value instanceof Uint8Array ? Buffer.from(value) : value);
  }
}

/** The body itself, unless it can be sent again only when it is recorded, and is short enough for that. */
export function recorded<T>(body: T, headers: OwnHeaders): T | RecordedBody {
  if (!isAsyncIterable(body) || typeof (body as { pipe?: unknown }).pipe === 'function') return body;
  const length = headerIn(headers, 'content-length');
  return length !== undefined && Number(length) <= REPEATABLE_BODY_BYTES ? new RecordedBody(body) : body;
}

const isAsyncIterable = (body: unknown): body is AsyncIterable<unknown> =>
  typeof (body as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function';
