import type { SparkflyAuthResponse } from '../vendors/sparkfly.api.js';
import type { RawRequestParts } from '../accounts/account.js';
import { checkTexts, type RawRequest, requester, type WithHttpInfo } from './authentication-api.js';

/** What one `postAuth` request may say. @publicApi */
export interface SparkflyAuthParams {
  /** "API scope availability for an auth token"; another scope is another token. @default the account's */
  readonly authScope?: string;
  /** "Available IP address for an auth token". @default the account's */
  readonly forwardedFor?: string;
}

/**
 * Sparkfly's authentication API as it is: each call is one request, nothing is remembered. The token stands in the
 * answer for everyone to see; `client.tokens` is what hides it and keeps it fresh.
 *
 * @see Sparkfly Platform SDK, `AuthenticationApi.post_auth`; developers.sparkfly.com, POS API
 * @publicApi
 */
export class SparkflyAuthenticationApi {
  readonly #request: RawRequest;

  /** @internal */
  constructor(parts: RawRequestParts) {
    this.#request = requester(parts);
  }

  /**
   * Buys a token.
   *
   * @example
   * ```ts
   * const { token } = await sparkfly.authentication.postAuth({ authScope: 'offers' });
   * ```
   * @throws CredentialsRejectedError, TokenEndpointError, SecretUnavailableError, AccountError, TokenRateLimitError,
   *   AuthApisClosedError; AuthApisOptionsError when what is given cannot be sent
   */
  async postAuth(params: SparkflyAuthParams = {}): Promise<SparkflyAuthResponse> {
    return (await this.postAuthWithHttpInfo(params)).data;
  }

  /** The same, with status and headers. */
  async postAuthWithHttpInfo({ authScope, forwardedFor }: SparkflyAuthParams = {}): Promise<
    WithHttpInfo<SparkflyAuthResponse>
  > {
    checkTexts({ authScope, forwardedFor }, 'The parameters of postAuth()');
    return (await this.#request({ authScope, forwardedFor })) as WithHttpInfo<SparkflyAuthResponse>;
  }
}
