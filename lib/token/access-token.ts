/**
 * A token that can be used but not seen: `value` is read from a private field, so `inspect`, `JSON.stringify` and
 * spreading show only its times.
 *
 * @publicApi
 */
export class AccessToken {
  readonly #value: string;
  /** Start of its life: when the request that brought it was sent, epoch milliseconds. */
  readonly requestedAt: number;
  /** End of its life, epoch milliseconds. */
  readonly expiresAt: number;

  constructor(value: string, requestedAt: number, expiresAt: number) {
    this.#value = value;
    this.requestedAt = requestedAt;
    this.expiresAt = expiresAt;
  }

  /** The token itself. Not enumerable. */
  get value(): string {
    return this.#value;
  }

  /** For `inspect` with `getters`, which would read `value`. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { requestedAt: this.requestedAt, expiresAt: this.expiresAt };
  }

  /** So that a template string does not send `[object Object]`, nor print a secret. */
  toString(): string {
    return '[AccessToken]';
  }
}
