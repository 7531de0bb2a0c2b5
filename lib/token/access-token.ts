/** What is known of a token beside its value and its times. */
export interface TokenFacts {
  /** Whether it was requested here, or taken over from another replica. */
  readonly source: 'vendor' | 'store';
  /** Of a token that was obtained after a 401: what an API has said to it. */
  verification?: 'unverified' | 'accepted' | 'ineffective';
}

/** What is known of a token; it is on the token itself, where nobody else sees it. */
export let factsOf: (token: AccessToken) => TokenFacts;

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
  readonly #facts: TokenFacts;

  static {
    factsOf = (token) => token.#facts;
  }

  constructor(value: string, requestedAt: number, expiresAt: number);
  /** @internal */
  constructor(value: string, requestedAt: number, expiresAt: number, facts: TokenFacts);
  constructor(value: string, requestedAt: number, expiresAt: number, facts: TokenFacts = { source: 'vendor' }) {
    this.#value = value;
    this.requestedAt = requestedAt;
    this.expiresAt = expiresAt;
    this.#facts = facts;
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
