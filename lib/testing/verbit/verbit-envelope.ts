import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { json, type Answer } from '../vendor/answer.js';
import type { Call } from '../vendor/call.js';

/** Why Verbit refuses a request. */
export class VerbitProblem extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

const GENERAL_PROBLEMS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  401: ['unauthorized', 'The API key is not valid.'],
  404: ['not_found', 'There is nothing here.'],
  405: ['method_not_allowed', 'The method is not allowed here.'],
  429: ['too_many_requests', 'Too many requests.'],
  500: ['internal', 'Something went wrong. Please contact support.'],
};

/** How Verbit wraps what it says: who asked, when, and the errors if there are any. */
export class VerbitEnvelope {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer with the caller's tracing id and timestamp, or with own ones where it sent none. */
  wrap(call: Call, status: number, content: Readonly<Record<string, unknown>>): Answer {
    const tracing_id = call.headers['x-tracing-id'] || randomUUID();
    const request_timestamp = call.headers['x-request-timestamp'] || new Date(this.#clock.wallNow()).toISOString();
    return json(status, { tracing_id, request_timestamp, ...content }, { 'X-Tracing-ID': tracing_id });
  }

  problem(call: Call, { status, type, message }: VerbitProblem): Answer {
    return this.wrap(call, status, { errors: [{ code: String(status), type, message }] });
  }

  failure(call: Call, status: number): Answer {
    const fallback = status >= 500 ? 500 : 0;
    const [type, message] = GENERAL_PROBLEMS[status] ?? GENERAL_PROBLEMS[fallback] ?? ['error', `Error ${status}.`];
    return this.problem(call, new VerbitProblem(status, type, message));
  }
}
