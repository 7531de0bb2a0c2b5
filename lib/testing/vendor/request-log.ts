import type { Call, Query } from './call.js';
import { LOGGED_REQUESTS_MAX } from './fake-defaults.js';
import type { CallKind } from './route.js';

/**
 * One request that a fake vendor received.
 *
 * @publicApi
 */
export interface FakeRequest {
  /** When its last byte was read, epoch milliseconds of the fake's clock. */
  readonly at: number;
  readonly method: string;
  /** As sent: not decoded, without the query. */
  readonly path: string;
  /** Decoded; a parameter given several times is an array. */
  readonly query: Query;
  readonly httpVersion: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn, exactly as received. */
  readonly rawHeaders: readonly string[];
  /** Read as UTF-8. */
  readonly body: string;
  /** What was answered; `undefined` until then, and for good when the connection was cut or left hanging. */
  readonly status: number | undefined;
  /** `unknown`: there is no such endpoint. */
  readonly kind: CallKind | 'unknown';
}

/** The entry of a request, whose status is filled in when it is answered. */
export type OpenRequest = { -readonly [Key in keyof FakeRequest]: FakeRequest[Key] };

/** The last requests, oldest first. */
export class RequestLog {
  #entries: OpenRequest[] = [];

  get entries(): readonly FakeRequest[] {
    return this.#entries;
  }

  add(call: Call, kind: FakeRequest['kind'], at: number): OpenRequest {
    const entry = { at, ...call, body: call.body.toString('utf8'), status: undefined, kind };
    this.#entries.push(entry);
    if (this.#entries.length > LOGGED_REQUESTS_MAX) this.#entries.shift();
    return entry;
  }

  clear(): void {
    this.#entries = [];
  }
}
