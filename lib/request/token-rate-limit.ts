import type { Clock } from '../common/clock.js';
import { TokenRateLimitError } from '../common/errors.js';
import { timeText } from '../common/messages.js';
import type { TokenTransport } from './token-transport.js';

const MINUTE_MS = 60_000;

/** How many token requests one API gets within any minute, whichever account they are for. */
export class TokenRateLimit {
  readonly #clock: Clock;
  /** When the last requests were sent, as a ring. */
  readonly #sentAt: Float64Array;
  #oldest = 0;
  /** Denied since the last request: each gets a later time than the one before, or all would come back at once. */
  #denied = 0;

  constructor(perMinute: number, clock: Clock) {
    this.#clock = clock;
    this.#sentAt = new Float64Array(perMinute).fill(-Infinity);
  }

  get perMinute(): number {
    return this.#sentAt.length;
  }

  /**
   * Counts one request.
   *
   * @returns how long to wait for the next, milliseconds; 0 when this one may be sent
   */
  spend(): number {
    const now = this.#clock.now();
    const size = this.#sentAt.length;
    if (this.#sentAt[this.#oldest]! + MINUTE_MS <= now) {
      this.#sentAt[this.#oldest] = now;
      this.#oldest = (this.#oldest + 1) % size;
      this.#denied = 0;
      return 0;
    }
    const place = (this.#oldest + this.#denied++) % size;
    return this.#sentAt[place]! + MINUTE_MS - now;
  }
}

/** A transport that sends no more than the limit allows. */
export function rateLimited(
  transport: TokenTransport,
  api: string,
  limit: TokenRateLimit,
  clock: Clock,
): TokenTransport {
  const send: TokenTransport = async (request, signal) => {
    const waitMs = limit.spend();
    if (waitMs === 0) return transport(request, signal);
    const retryAt = Math.ceil(clock.wallNow() + waitMs);
    throw new TokenRateLimitError(
      `${api}: ${limit.perMinute} token requests a minute are spent (maxTokenRequestsPerMinute); ` +
        `the next is possible at ${timeText(retryAt)}`,
      { api, retryAt },
    );
  };
  return Object.assign(send, { headers: transport.headers });
}
