import type { AccountLabel } from '../common/errors.js';
import type { TokenState } from './held-token.js';
import type { ErrorSummary } from '../common/token-events.js';

/** How often what happened, since the start. @publicApi */
export interface TokenCounters {
  /** Attempts to get a token; one asks again where a URL or the first of two secrets is not the right one. */
  readonly requests: number;
  /** Tokens received. */
  readonly refreshes: number;
  /** Token requests that failed, refusals included. */
  readonly failures: number;
  /** Tokens thrown away before their end: an API answered 401, or the app called `invalidate()`. */
  readonly rejections: number;
  /** Calls repeated with another token. */
  readonly replays: number;
}

/** An account's token at a glance. Points in time are epoch milliseconds. Holds no secret. @publicApi */
export interface TokenStatus extends AccountLabel {
  /** `refused`: no living token, and the vendor said no: to the credentials, or to the request as such (a 4xx). */
  readonly state: TokenState | 'refused' | 'closed';
  readonly receivedAt?: number;
  /** By the wall clock as it was when the token came. */
  readonly expiresAt?: number;
  /** Until when calls can count on the token: `expiresAt`, but by the wall clock as it is now where that was set back. */
  readonly livesUntil?: number;
  /** When the living token turns stale and is refreshed. */
  readonly refreshesAt?: number;
  /** When the next attempt after a failure or a refusal is due. */
  readonly nextAttemptAt?: number;
  /** Which of a pair of secrets works; absent when there is no pair, or while all tokens came from other replicas. */
  readonly secret?: 'current' | 'next';
  /** Whether the store that replicas share tokens through can be had; absent without one. */
  readonly store?: 'up' | 'down';
  readonly lastSuccessAt?: number;
  /** Stays after recovery: compare its `at` with `lastSuccessAt`. */
  readonly lastError?: ErrorSummary & { readonly at: number };
  /** While attempts fail or are refused: when the first one did after the last success. */
  readonly failingSince?: number;
  readonly counters: TokenCounters;
}
