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
  readonly status?: number;
}

/** An attempt to get a token begins: credentials are read, and a request goes out. @publicApi */
export interface TokenRequestedEvent extends EventBase {
  readonly type: 'requested';
}
/** A new token is there. @publicApi */
export interface TokenRefreshedEvent extends EventBase {
  readonly type: 'refreshed';
  readonly expiresAt: number;
  /** When it will be refreshed, unless something happens before. */
  readonly refreshesAt: number;
  /** Which token of this account it is, from 1. */
  readonly tokens: number;
  /** Whether it was bought here, or taken over from another replica. */
  readonly from: 'vendor' | 'store';
  /** How many attempts failed before this one. */
  readonly afterFailures: number;
  /** When the first of these failed; absent when none did. */
  readonly failingSince?: number;
  readonly durationMs: number;
}
/** A token request failed for now. @publicApi */
export interface TokenFailedEvent extends EventBase {
  readonly type: 'failed';
  readonly error: ErrorSummary;
  /** Which failure this is since the last token, from 1; refusals are counted apart. */
  readonly failures: number;
  /** When the first attempt after the last token failed, or was refused. */
  readonly failingSince: number;
  readonly nextAttemptAt: number;
  /** Set when the vendor asked for the pause itself, with `Retry-After`. */
  readonly askedToWait?: true;
  /** Until when calls can count on the token at hand; absent when there is none. */
  readonly tokenLivesUntil?: number;
}
/** The vendor said no: to the credentials (`error.code` is `CREDENTIALS_REJECTED`), or to the request as such. @publicApi */
export interface CredentialsRefusedEvent extends EventBase {
  readonly type: 'refused';
  readonly error: ErrorSummary;
  /** Which refusal this is since the last token, from 1. */
  readonly refusals: number;
  /** When the first attempt after the last token failed, or was refused. */
  readonly failingSince: number;
  readonly nextAttemptAt: number;
  readonly tokenLivesUntil?: number;
}
/** An API answered 401 to our token, or the app called `invalidate()`: it is thrown away. @publicApi */
export interface TokenRejectedEvent extends EventBase {
  readonly type: 'rejected';
  /** How old it was, counted from the start of the request that brought it. */
  readonly ageMs: number;
  /** How much longer it was to live. */
  readonly remainingMs: number;
}
/** A call was repeated with another token. @publicApi */
export interface CallReplayedEvent extends EventBase {
  readonly type: 'replayed';
  /** Whether the API took the other token. */
  readonly accepted: boolean;
  /** Set when it did not: until then no 401 of this account buys another token. */
  readonly pausedUntil?: number;
}
/** Of a pair of secrets the vendor takes the other one now; it is tried first from here on. @publicApi */
export interface SecretsRotatedEvent extends EventBase {
  readonly type: 'rotated';
  /** Which of the pair works, as the app gave it. */
  readonly secret: 'current' | 'next';
}
/** The account was not used for long, or others needed its place: its token is dropped, its next call asks anew. @publicApi */
export interface AccountEvictedEvent extends EventBase {
  readonly type: 'evicted';
  /** `idle`: not used for `idleMs`; `full`: `maxAccounts` were used later; `dropped`: by the app, with `forget()`. */
  readonly reason: 'idle' | 'full' | 'dropped';
}
/** The store that replicas share tokens through cannot be had: each asks for its own until it is back. @publicApi */
export interface StoreLostEvent extends EventBase {
  readonly type: 'storeLost';
  /** What the store, or its client, said. */
  readonly problem: string;
}
/** The store can be had again. @publicApi */
export interface StoreBackEvent extends EventBase {
  readonly type: 'storeBack';
}
/** The account's cache was closed; no token will be asked for any more. @publicApi */
export interface TokenStoppedEvent extends EventBase {
  readonly type: 'stopped';
}

/** Everything that happens to an account's token. Holds no secret. The union may grow. @publicApi */
export type AuthApisEvent =
  | TokenRequestedEvent
  | TokenRefreshedEvent
  | TokenFailedEvent
  | CredentialsRefusedEvent
  | TokenRejectedEvent
  | CallReplayedEvent
  | SecretsRotatedEvent
  | AccountEvictedEvent
  | StoreLostEvent
  | StoreBackEvent
  | TokenStoppedEvent;

type WithoutBase<T> = T extends EventBase ? Omit<T, keyof EventBase> : never;

/** An event before the account's label and the time are put on it. */
export type BareEvent = WithoutBase<AuthApisEvent>;
