import type { VendorErrorDetails } from '../common/errors.js';

/** A token request as it goes on the wire. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A vendor's answer, read whole. */
export interface TokenResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where a token goes on API calls: `X-Auth-Token: <token>`, or `Authorization: <scheme> <token>`. */
export interface TokenPlacement {
  readonly header: string;
  readonly scheme?: string;
  /** Headers of the vendor's that must not cross to another origin, the one above included. */
  readonly confidential: readonly string[];
}

/**
 * What a token API is: pure functions between an account's credentials and bytes. No I/O, no time, no memory.
 *
 * @typeParam Credentials the account's secrets and what goes with them, already read
 * @typeParam Params what one request may add
 * @typeParam Answer the vendor's successful answer, typed
 */
export interface TokenApiDefinition<Credentials, Params, Answer> {
  /** The lifetime the vendor documents, milliseconds; used when the token does not tell its own. */
  readonly lifetimeMs: number;
  readonly placement: TokenPlacement;
  /** How to ask. */
  request(url: string, credentials: Credentials, params: Params): TokenRequest;
  /** How to read a 2xx; `undefined` when it is not the documented answer. */
  answer(response: TokenResponse): Answer | undefined;
  /** The token in the answer. */
  token(answer: Answer): string;
  /** How to read anything else. */
  error(response: TokenResponse): VendorErrorDetails;
}

/** Where an account's calls and token requests go, and where its token may. */
export interface Endpoints {
  readonly baseURL: string;
  /** Where to ask for a token; the further ones are tried when one before answers 404 or 405. */
  readonly authURLs: readonly string[];
  /** Origins beside that of the base URL that the vendor documents for the same token. */
  readonly furtherOrigins: readonly string[];
}
