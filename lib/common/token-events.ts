import type { AccountLabel, AuthApisErrorCode } from './errors.js';

interface EventBase extends AccountLabel {
  /** When, epoch milliseconds. */
  readonly at: number;
}

/** What an event or a status keeps of an error. @publicApi */
export interface ErrorSummary {
  readonly code: AuthApisErrorCode;
  readonly message: string;
  /** HTTP status of the token endpoint, when it answered. */
  readonly vendorStatus?: number;
}

/** An attempt to get a token begins: credentials are read, and a request goes out. @publicApi */
export interface TokenRequestedEvent extends EventBase {
  readonly type: 'tokenRequested';
}
/** A new token is there. @publicApi */
export interface TokenObtainedEvent extends EventBase {
  readonly type: 'tokenObtained';
  readonly expiresAt: number;
  /** When it will be refreshed, unless something happens before. */
  readonly refreshesAt: number;
  /** Which token of this account it is, from 1. */
  readonly sequence: number;
  /** `vendor`: requested by this process; `store`: taken over from another replica. */
  readonly source: 'vendor' | 'store';
  /** How many attempts failed before this one. */
  readonly afterFailures: number;
  /** When the first of these failed; absent when none did. */
  readonly failingSince?: number;
  readonly durationMs: number;
}
/** A token request failed for now. @publicApi */
export interface TokenRequestFailedEvent extends EventBase {
  readonly type: 'tokenRequestFailed';
  readonly error: ErrorSummary;
  /** Which failure this is since the last token, from 1; denials are counted apart. */
  readonly failures: number;
  /** When the first attempt after the last token failed or was denied. */
  readonly failingSince: number;
  readonly nextAttemptAt: number;
  /** The pause that the vendor asked for with `Retry-After`, milliseconds; absent when it did not. */
  readonly retryAfterMs?: number;
  /** Until when calls can use the current token; absent when there is none. */
  readonly tokenUsableUntil?: number;
}
/** The vendor denied the token request; `error.code` says why: `CREDENTIALS_REJECTED`, or another 4xx. @publicApi */
export interface TokenRequestDeniedEvent extends EventBase {
  readonly type: 'tokenRequestDenied';
  readonly error: ErrorSummary;
  /** Which denial this is since the last token, from 1. */
  readonly denials: number;
  /** When the first attempt after the last token failed or was denied. */
  readonly failingSince: number;
  readonly nextAttemptAt: number;
  readonly tokenUsableUntil?: number;
}
/** An API answered 401 to our token, or the app called `invalidate()`: it is thrown away. @publicApi */
export interface TokenRejectedEvent extends EventBase {
  readonly type: 'tokenRejected';
  /** How old it was, counted from the start of the request that brought it. */
  readonly ageMs: number;
  /** How much longer it was to live. */
  readonly remainingMs: number;
}
/** A call was repeated with another token. @publicApi */
export interface CallRetriedEvent extends EventBase {
  readonly type: 'callRetried';
  /** Whether the API took the other token. */
  readonly accepted: boolean;
  /** Set when it did not: until then no 401 of this account leads to a token request. */
  readonly pausedUntil?: number;
}
/** Of a pair of secrets the vendor takes the other one now; it is tried first from here on. @publicApi */
export interface SecretRotatedEvent extends EventBase {
  readonly type: 'secretRotated';
  /** Which of the pair works, as the app gave it. */
  readonly secret: 'current' | 'next';
}
/** The account was not used for long, or others needed its place: its token is dropped, its next call asks anew. @publicApi */
export interface AccountEvictedEvent extends EventBase {
  readonly type: 'accountEvicted';
  /** `idle`: not used for `idleMs`; `capacity`: `maxAccounts` were used later; `forgotten`: by the app, with `forget()`. */
  readonly reason: 'idle' | 'capacity' | 'forgotten';
}
/** The store that replicas share tokens through cannot be had: each asks for its own until it is back. @publicApi */
export interface StoreUnavailableEvent extends EventBase {
  readonly type: 'storeUnavailable';
  /** What the store, or its client, said. */
  readonly problem: string;
}
/** The store can be had again. @publicApi */
export interface StoreAvailableEvent extends EventBase {
  readonly type: 'storeAvailable';
}
/** The account's cache was closed; no token will be asked for any more. @publicApi */
export interface TokenCacheClosedEvent extends EventBase {
  readonly type: 'tokenCacheClosed';
}

/** Everything that happens to an account's token. Holds no secret. The union may grow. @publicApi */
export type AuthApisEvent =
  | TokenRequestedEvent
  | TokenObtainedEvent
  | TokenRequestFailedEvent
  | TokenRequestDeniedEvent
  | TokenRejectedEvent
  | CallRetriedEvent
  | SecretRotatedEvent
  | AccountEvictedEvent
  | StoreUnavailableEvent
  | StoreAvailableEvent
  | TokenCacheClosedEvent;

type WithoutBase<T> = T extends EventBase ? Omit<T, keyof EventBase> : never;

/** An event before the account's label and the time are put on it. */
export type BareEvent = WithoutBase<AuthApisEvent>;
