import type { AccountLabel, AuthApisErrorCode } from '../common/errors.js';

interface EventBase extends AccountLabel {
  /** When, epoch milliseconds. */
  readonly at: number;
}

/** What an event or a status keeps of an error. @publicApi */
export interface ErrorSummary {
  readonly code: AuthApisErrorCode;
  readonly message: string;
  /** HTTP status of the token endpoint, when it answered. */
  readonly status?: number;
}

/** A token request goes out. @publicApi */
export interface TokenRequestedEvent extends EventBase {
  readonly type: 'requested';
}
/** A new token is there. @publicApi */
export interface TokenRefreshedEvent extends EventBase {
  readonly type: 'refreshed';
  readonly expiresAt: number;
  /** When it will be refreshed, unless something happens before. */
  readonly refreshesAt: number;
  /** How many attempts failed before this one. */
  readonly afterFailures: number;
  readonly durationMs: number;
}
/** A token request failed for now. @publicApi */
export interface TokenFailedEvent extends EventBase {
  readonly type: 'failed';
  readonly error: ErrorSummary;
  /** Which failure in a row this is, from 1. */
  readonly failures: number;
  readonly nextAttemptAt: number;
  /** Until when the token at hand still serves; absent when there is none. */
  readonly tokenLivesUntil?: number;
}
/** The vendor said no: to the credentials (`error.code` is `CREDENTIALS_REJECTED`), or to the request as such. @publicApi */
export interface CredentialsRefusedEvent extends EventBase {
  readonly type: 'refused';
  readonly error: ErrorSummary;
  /** Which refusal in a row this is, from 1. */
  readonly refusals: number;
  readonly nextAttemptAt: number;
  readonly tokenLivesUntil?: number;
}
/** The API answered 401 to our token, which is thrown away. @publicApi */
export interface TokenRejectedEvent extends EventBase {
  readonly type: 'rejected';
}
/** A call was repeated with another token. @publicApi */
export interface CallReplayedEvent extends EventBase {
  readonly type: 'replayed';
  /** Whether the API took the other token. */
  readonly accepted: boolean;
  /** Set when it did not: until then no 401 of this account buys another token. */
  readonly pausedUntil?: number;
}
/** The account's cache was closed; no token will be asked for any more. @publicApi */
export interface TokenStoppedEvent extends EventBase {
  readonly type: 'stopped';
}

/** Everything that happens to an account's token. Holds no secret. @publicApi */
export type AuthApisEvent =
  | TokenRequestedEvent
  | TokenRefreshedEvent
  | TokenFailedEvent
  | CredentialsRefusedEvent
  | TokenRejectedEvent
  | CallReplayedEvent
  | TokenStoppedEvent;

type WithoutBase<T> = T extends EventBase ? Omit<T, keyof EventBase> : never;

/** An event before the account's label and the time are put on it. */
export type BareEvent = WithoutBase<AuthApisEvent>;
