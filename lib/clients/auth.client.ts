import { HttpService } from '@nestjs/axios';
import type { TokenCache } from '../token/token-cache.js';

export interface AuthClientParts<AuthenticationApi> {
  /** An axios instance of the client's own, whose calls are authorized already. */
  readonly instance: HttpService['axiosRef'];
  readonly authentication: AuthenticationApi;
  readonly tokens: TokenCache;
}

/** An `HttpService` of one account: relative URLs are below its base URL, calls to its origins carry its token. */
export abstract class AuthClient<AuthenticationApi> extends HttpService {
  /** The vendor's own authentication API, raw. */
  readonly authentication: AuthenticationApi;
  /** The account's token, kept fresh. */
  readonly tokens: TokenCache;

  constructor({ instance, authentication, tokens }: AuthClientParts<AuthenticationApi>) {
    super(instance);
    this.authentication = authentication;
    this.tokens = tokens;
  }
}
