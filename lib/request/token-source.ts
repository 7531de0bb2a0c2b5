/** What one token request yields. @publicApi */
export interface IssuedToken {
  readonly value: string;
  /** How long it lives, counted from the start of the request. */
  readonly lifetimeMs: number;
  /** Which of a pair of secrets bought it; absent when there is no pair. */
  readonly secret?: 'current' | 'next';
  /** How old it was at the start of the request: another replica bought it. @default 0 */
  readonly ageMs?: number;
  /** Where it comes from. @default 'vendor' */
  readonly from?: 'vendor' | 'store';
}

/** Asks for a token, once, without memory. Wrapping one source in another is how behaviour is added. @publicApi */
export interface TokenSource {
  /**
   * One token request.
   *
   * @param minRemainingMs how long the token should live at least, where there is a choice
   * @throws TokenEndpointError, CredentialsRejectedError, SecretUnavailableError, AccountError, TokenRateLimitError
   */
  fetch(signal: AbortSignal, minRemainingMs?: number): Promise<IssuedToken>;
  /** How long `fetch` may take where that is longer than one token request, milliseconds. */
  readonly timeLimitMs?: number;
  /** Where tokens are shared with other replicas: whether the store can be had. */
  readonly storeState?: 'up' | 'down';
  /** Asked while the credentials are refused: reads them anew, and tells whether they are others than those. */
  credentialsChanged?(signal: AbortSignal): Promise<boolean>;
}
