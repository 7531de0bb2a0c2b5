/** What one token request yields. @publicApi */
export interface IssuedToken {
  readonly value: string;
  /** How long it lives, counted from the start of the request. */
  readonly lifetimeMs: number;
}

/** Asks for a token, once, without memory. Wrapping one source in another is how behaviour is added. @publicApi */
export interface TokenSource {
  /**
   * One token request.
   *
   * @throws TokenEndpointError, CredentialsRejectedError, SecretUnavailableError
   */
  fetch(signal: AbortSignal): Promise<IssuedToken>;
  /** Reads the credentials anew and tells whether they differ from those of the last request. */
  credentialsChanged?(signal: AbortSignal): Promise<boolean>;
}
