import type { OutgoingHttpHeaders } from 'node:http';
import { aCount, aDelay, anInteger, checkOptions, httpHeaders, oneOf, type Check } from './option-checks.js';
import type { FakeRequest } from './request-log.js';
import type { CallKind } from './route.js';

/**
 * Something that goes wrong, once or several times, instead of the normal answer.
 *
 * @example
 * ```ts
 * verbit.failNext({ status: 429, headers: { 'Retry-After': '2' } });
 * verbit.failNext({ on: 'api', action: 'reset', times: 2 });
 * ```
 * @publicApi
 */
export interface FakeFault {
  /** Which requests it waits for. @default 'token' */
  readonly on?: CallKind;
  /** @default 500; with `truncate` 200 */
  readonly status?: number;
  /** Joins the headers of the answer; the same name replaces. */
  readonly headers?: OutgoingHttpHeaders;
  /**
   * A string or bytes as they are, anything else as JSON; an empty string is an empty body.
   *
   * @default for a status of 400 and above the vendor's own error body, else none
   */
  readonly body?: unknown;
  /** How many requests it meets; `Infinity` until `reset()`. @default 1 */
  readonly times?: number;
  /** Milliseconds of waiting on top of the latency. @default 0 */
  readonly delayMs?: number;
  /**
   * Instead of answering: `reset` cuts the connection once the request was read, `hang` never answers, `truncate`
   * announces more bytes than it sends and cuts.
   *
   * @default none: the status is answered
   */
  readonly action?: 'reset' | 'hang' | 'truncate';
}

const CHECKS: Readonly<Record<keyof FakeFault, Check>> = {
  on: oneOf('token', 'api'),
  status: anInteger(200, 599),
  headers: httpHeaders,
  body: { accepts: isSendable, remedy: 'a string, bytes, or a value that JSON can carry' },
  times: aCount(1),
  delayMs: aDelay,
  action: oneOf('reset', 'hang', 'truncate'),
};

/** Scripted faults: first in, first out, for token requests and API calls apart. */
export class FaultQueue {
  readonly #faults: { readonly fault: FakeFault; left: number }[] = [];

  add(fault: FakeFault): void {
    checkOptions('failNext()', fault, CHECKS);
    this.#faults.push({ fault: { ...fault }, left: fault.times ?? 1 });
  }

  take(kind: FakeRequest['kind']): FakeFault | undefined {
    const index = this.#faults.findIndex(({ fault }) => (fault.on ?? 'token') === kind);
    const next = this.#faults[index];
    if (!next) return undefined;
    next.left -= 1;
    if (next.left === 0) this.#faults.splice(index, 1);
    return next.fault;
  }

  clear(): void {
    this.#faults.length = 0;
  }
}

function isSendable(body: unknown): boolean {
  try {
    return JSON.stringify(body) !== undefined;
  } catch {
    return false;
  }
}
