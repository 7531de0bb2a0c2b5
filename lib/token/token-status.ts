import type { AccountLabel } from '../common/errors.js';
import type { TokenState } from './held-token.js';
import type { ErrorSummary } from '../common/token-events.js';

/** How often what happened, since the start. @publicApi */
export interface TokenCounters {
  /** Attempts to get a token; one asks again where a URL or the first of two secrets is not the right one. */
  readonly tokenRequests: number;
  /** Tokens received. */
  readonly tokensObtained: number;
  /** Token requests that failed, denials included. */
  readonly tokenRequestFailures: number;
  /** Tokens thrown away before their end: an API answered 401, or the app called `invalidate()`. */
  readonly tokensRejected: number;
  /** Calls repeated with another token. */
  readonly callsRetried: number;
}

/** An account's token at a glance. Points in time are epoch milliseconds. Holds no secret. @publicApi */
export interface TokenStatus extends AccountLabel {
  /** `denied`: no valid token, and the vendor denied the request: the credentials, or the request as such (a 4xx). */
  readonly state: TokenState | 'denied' | 'closed';
  readonly requestedAt?: number;
  /** By the wall clock as it was when the token came. */
  readonly expiresAt?: number;
  /** Until when calls can count on the token: `expiresAt`, but by the wall clock as it is now where that was set back. */
  readonly usableUntil?: number;
  /** When the living token turns stale and is refreshed. */
  readonly refreshesAt?: number;
  /** When the next attempt after a failure or a denial is due. */
  readonly nextAttemptAt?: number;
  /** Which of a pair of secrets works; absent when there is no pair, or while all tokens came from other replicas. */
  readonly secret?: 'current' | 'next';
  /** Whether the store that replicas share tokens through can be had; absent without one. */
  readonly store?: 'up' | 'down';
  readonly lastSuccessAt?: number;
  /** Stays after recovery: compare its `at` with `lastSuccessAt`. */
  readonly lastError?: ErrorSummary & { readonly at: number };
  /** While attempts fail or are denied: when the first one did after the last success. */
  readonly failingSince?: number;
  readonly counters: TokenCounters;
}
