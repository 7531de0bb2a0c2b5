import { LONGEST_MESSAGE } from './defaults.js';
import { oneLine } from './one-line.js';

/**
 * What went wrong, for `switch` and for alerts.
 *
 * | code | meaning |
 * |---|---|
 * | `INVALID_OPTIONS` | options of `forRoot` or an account are wrong; all problems are in `problems` |
 * | `NOT_CONFIGURED` | a client was injected for an account that the options do not have |
 * | `UNKNOWN_ACCOUNT` | no account of that name or id |
 * | `AMBIGUOUS_ACCOUNT` | several accounts fit a call, and none is named |
 * | `ORIGIN_NOT_ALLOWED` | a call names an account whose token may not go to its target |
 * | `CREDENTIALS_REJECTED` | the vendor said the credentials are wrong |
 * | `TOKEN_REQUEST_FAILED` | one token request failed: network, status, or an answer without a usable token |
 * | `TOKEN_RATE_LIMITED` | the app's own `maxTokenRequestsPerMinute` is spent; `retryAt` tells when the next is possible |
 * | `SECRET_UNAVAILABLE` | the app's secret function threw, hung, or gave something that cannot be sent |
 * | `TOKEN_UNAVAILABLE` | no token can be had in time; `retryAt` tells when it is tried again |
 * | `PROTOTYPE_POLLUTED` | `Object.prototype` has an option of connections, `proxy` for one: nothing with a token or a key is sent |
 * | `CLOSED` | the app is shutting down |
 *
 * @publicApi
 */
export type AuthApisErrorCode =
  | 'INVALID_OPTIONS'
  | 'NOT_CONFIGURED'
  | 'UNKNOWN_ACCOUNT'
  | 'AMBIGUOUS_ACCOUNT'
  | 'ORIGIN_NOT_ALLOWED'
  | 'CREDENTIALS_REJECTED'
  | 'TOKEN_REQUEST_FAILED'
  | 'TOKEN_RATE_LIMITED'
  | 'SECRET_UNAVAILABLE'
  | 'TOKEN_UNAVAILABLE'
  | 'PROTOTYPE_POLLUTED'
  | 'CLOSED';

/** Whose token an error, an event or a status speaks of. The unnamed account is called `default`. @publicApi */
export interface AccountLabel {
  readonly api: string;
  readonly account: string;
  /** Tells tokens of one account apart that were asked for with parameters: their names, and a digest of their values. */
  readonly tokenParams?: string;
  /** Set when `account` is an id that `accounts.resolve` is asked for: a fixed account may have the same name. */
  readonly dynamic?: true;
}

/** `Symbol.for`, so that an error of another copy of this package is recognized too. */
const BRAND = Symbol.for('nestjs-auth-apis.error');

export interface AuthApisErrorOptions extends Partial<AccountLabel> {
  retryable?: boolean;
  retryAt?: number;
  cause?: unknown;
}

/**
 * Base of every error of this package. No error carries a key, a token or an axios object.
 *
 * @publicApi
 */
export class AuthApisError extends Error {
  /** What went wrong; stable across versions. */
  readonly code: AuthApisErrorCode;
  /** The token API, e.g. `'verbit'`. */
  declare readonly api?: string;
  /** The account's name; `'default'` for the unnamed one. */
  declare readonly account?: string;
  /** Set when the token was asked for with parameters; see `AccountLabel`. */
  declare readonly tokenParams?: string;
  /** Set when `account` is the id of a dynamic account; see `AccountLabel`. */
  declare readonly dynamic?: true;
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** When a retry makes sense at the earliest, epoch milliseconds. */
  declare readonly retryAt?: number;

  constructor(code: AuthApisErrorCode, message: string, options: AuthApisErrorOptions = {}) {
    // It may quote outside text: an id, an origin, a vendor. A list of problems has lines, cleaned one by one.
    const text = code === 'INVALID_OPTIONS' ? message : oneLine(message, LONGEST_MESSAGE);
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    if (options.api !== undefined) this.api = options.api;
    if (options.account !== undefined) this.account = options.account;
    if (options.tokenParams !== undefined) this.tokenParams = options.tokenParams;
    if (options.dynamic) this.dynamic = true;
    if (options.retryAt !== undefined) this.retryAt = options.retryAt;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** One entry of Verbit's `errors[]`. @publicApi */
export interface VendorErrorItem {
  readonly code?: string;
  readonly type?: string;
  readonly message?: string;
}

/** What a vendor's error answer said, in the vendor's own words, secrets removed. @publicApi */
export interface VendorErrorDetails {
  /** Verbit: `errors[]`. */
  readonly errors?: readonly VendorErrorItem[];
  /** Sparkfly: `error`. */
  readonly error?: string;
  /** Verbit: the id of the request, for a talk with their support. */
  readonly tracingId?: string;
}

export interface TokenEndpointErrorOptions extends AuthApisErrorOptions, VendorErrorDetails {
  vendorStatus?: number;
  retryAfterMs?: number;
}

/**
 * One token request failed. `retryable` tells whether the vendor may answer otherwise next time: true for network
 * errors, timeouts, 3xx, 408, 425, 429, 5xx and a 2xx without a usable token; false for other 4xx.
 *
 * @publicApi
 */
export class TokenEndpointError extends AuthApisError {
  /** HTTP status of the answer; absent when there was none. */
  declare readonly vendorStatus?: number;
  declare readonly errors?: readonly VendorErrorItem[];
  declare readonly error?: string;
  declare readonly tracingId?: string;
  /** What `Retry-After` asked for, at most an hour. */
  declare readonly retryAfterMs?: number;

  constructor(
    message: string,
    options: TokenEndpointErrorOptions = {},
    code: AuthApisErrorCode = 'TOKEN_REQUEST_FAILED',
  ) {
    super(code, message, options);
    const { vendorStatus, errors, error, tracingId, retryAfterMs } = options;
    if (vendorStatus !== undefined) this.vendorStatus = vendorStatus;
    if (errors !== undefined) this.errors = errors;
    if (error !== undefined) this.error = error;
    if (tracingId !== undefined) this.tracingId = tracingId;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  /** The same said to another caller: libraries write into the errors they pass on, axios for one into the stack. */
  again(retryAt: number): TokenEndpointError {
    const Same = this.constructor as new (message: string, given: TokenEndpointErrorOptions) => TokenEndpointError;
    return new Same(this.message, Object.assign({}, this, { cause: this.cause, retryAt }));
  }
}

/** The vendor answered 400, 401 or 403: the credentials are wrong. @publicApi */
export class CredentialsRejectedError extends TokenEndpointError {
  constructor(message: string, options: TokenEndpointErrorOptions = {}) {
    super(message, options, 'CREDENTIALS_REJECTED');
  }
}

/** The app's own budget of token requests, `maxTokenRequestsPerMinute`, is spent. @publicApi */
export class TokenRateLimitError extends AuthApisError {
  constructor(message: string, options: AuthApisErrorOptions = {}) {
    super('TOKEN_RATE_LIMITED', message, { retryable: true, ...options });
  }
}

/** A secret given as a function could not be read. @publicApi */
export class SecretUnavailableError extends AuthApisError {
  constructor(message: string, options: AuthApisErrorOptions = {}) {
    super('SECRET_UNAVAILABLE', message, { retryable: true, ...options });
  }
}

/** No token, and none to be had in time. `cause` is what the last attempt met. @publicApi */
export class TokenUnavailableError extends AuthApisError {
  constructor(message: string, options: AuthApisErrorOptions = {}) {
    super('TOKEN_UNAVAILABLE', message, { retryable: true, ...options });
  }
}

/** The app is shutting down: what still waited for a token gets this. @publicApi */
export class AuthApisClosedError extends AuthApisError {
  constructor(message: string, options: AuthApisErrorOptions = {}) {
    super('CLOSED', message, options);
  }
}

/** The options are wrong. `problems` has one line for each, naming the option and the remedy, never a value. @publicApi */
export class AuthApisOptionsError extends AuthApisError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], subject = 'The options of AuthApisModule') {
    const lines = problems.map((problem) => oneLine(problem, LONGEST_MESSAGE));
    super('INVALID_OPTIONS', `${subject} are not valid:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = lines;
  }
}

/** No such account, several that fit, or one that must not be used for a call. @publicApi */
export class AccountError extends AuthApisError {
  constructor(
    code: 'NOT_CONFIGURED' | 'UNKNOWN_ACCOUNT' | 'AMBIGUOUS_ACCOUNT' | 'ORIGIN_NOT_ALLOWED',
    message: string,
    options: AuthApisErrorOptions = {},
  ) {
    super(code, message, options);
  }

  /** The same said to another caller. */
  again(retryAt: number): AccountError {
    const { api, account, tokenParams, dynamic } = this;
    const options = { api, account, tokenParams, dynamic, retryAt };
    return new AccountError(this.code as 'UNKNOWN_ACCOUNT', this.message, options);
  }
}

/** Whether something caught comes from this package, any copy of it. @publicApi */
export function isAuthApisError(error: unknown): error is AuthApisError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** Whether the vendor refused the credentials. @publicApi */
export function isCredentialsRejectedError(error: unknown): error is CredentialsRejectedError {
  return isAuthApisError(error) && error.code === 'CREDENTIALS_REJECTED';
}

/** Whether a token request failed, refused credentials included. @publicApi */
export function isTokenEndpointError(error: unknown): error is TokenEndpointError {
  return isAuthApisError(error) && (error.code === 'TOKEN_REQUEST_FAILED' || error.code === 'CREDENTIALS_REJECTED');
}

/** Whether no token could be had in time. @publicApi */
export function isTokenUnavailableError(error: unknown): error is TokenUnavailableError {
  return isAuthApisError(error) && error.code === 'TOKEN_UNAVAILABLE';
}

/** Whether the app's own budget of token requests was spent. @publicApi */
export function isTokenRateLimitError(error: unknown): error is TokenRateLimitError {
  return isAuthApisError(error) && error.code === 'TOKEN_RATE_LIMITED';
}

/** Whether the app was shutting down. @publicApi */
export function isAuthApisClosedError(error: unknown): error is AuthApisClosedError {
  return isAuthApisError(error) && error.code === 'CLOSED';
}

/** Whether a secret function of the app's threw, hung, or gave what cannot be sent. @publicApi */
export function isSecretUnavailableError(error: unknown): error is SecretUnavailableError {
  return isAuthApisError(error) && error.code === 'SECRET_UNAVAILABLE';
}

/** Whether options or parameters are wrong. @publicApi */
export function isAuthApisOptionsError(error: unknown): error is AuthApisOptionsError {
  return isAuthApisError(error) && error.code === 'INVALID_OPTIONS';
}

/** Whether there is no account of that name or id: in an app with an account for each customer, no such customer. @publicApi */
export function isUnknownAccountError(error: unknown): error is AccountError {
  return isAuthApisError(error) && error.code === 'UNKNOWN_ACCOUNT';
}

const ACCOUNT_CODES: readonly AuthApisErrorCode[] = [
  'NOT_CONFIGURED',
  'UNKNOWN_ACCOUNT',
  'AMBIGUOUS_ACCOUNT',
  'ORIGIN_NOT_ALLOWED',
];

/** Whether there is no such account, or none that fits. @publicApi */
export function isAccountError(error: unknown): error is AccountError {
  return isAuthApisError(error) && ACCOUNT_CODES.includes(error.code);
}
