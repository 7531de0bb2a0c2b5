import type { FakeRequest } from './request-log.js';

/**
 * What a fake vendor has seen since it started or was `reset()`.
 *
 * @publicApi
 */
export interface FakeCounters {
  /** Requests to the token endpoint, whatever came of them; counted when they arrive. */
  readonly tokenRequests: number;
  /** Tokens handed out for the first time; a repeated one does not count again. */
  readonly tokensIssued: number;
  /** Token requests answered with a 4xx, scripted ones included. */
  readonly tokenRequestsDenied: number;
  /** Calls of an endpoint behind the token, whatever came of them; counted when they arrive. */
  readonly apiRequests: number;
  /** API calls answered with 401, scripted ones included. */
  readonly apiUnauthorized: number;
}

type Counted = Omit<FakeCounters, 'tokensIssued'>;

const NOTHING: Counted = { tokenRequests: 0, tokenRequestsDenied: 0, apiRequests: 0, apiUnauthorized: 0 };

/** Counts what arrives and what is answered. */
export class Tally {
  #counted: { -readonly [Key in keyof Counted]: number } = { ...NOTHING };
  /** Tokens outlive a restart; their count does not. */
  #issuedBefore = 0;

  arrived(kind: FakeRequest['kind']): void {
    if (kind === 'token') this.#counted.tokenRequests += 1;
    if (kind === 'api') this.#counted.apiRequests += 1;
  }

  answered(kind: FakeRequest['kind'], status: number): void {
    if (kind === 'token' && status >= 400 && status < 500) this.#counted.tokenRequestsDenied += 1;
    if (kind === 'api' && status === 401) this.#counted.apiUnauthorized += 1;
  }

  /** @param issued how many tokens there are by now */
  snapshot(issued: number): FakeCounters {
    return Object.freeze({ ...this.#counted, tokensIssued: issued - this.#issuedBefore });
  }

  restart(issued: number): void {
    this.#counted = { ...NOTHING };
    this.#issuedBefore = issued;
  }
}
