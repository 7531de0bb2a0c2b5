import { AuthApisOptionsError } from '../common/errors.js';
import type { SparkflyAuthResponse, SparkflyCredentials, SparkflyRequestParams } from '../vendors/sparkfly.wire.js';
import type { AuthenticationApiParts, WithHttpInfo } from './authentication-api.js';
import { headerProblems, requester } from './authentication-api.js';

/** What one `postAuth` request may say. @publicApi */
export type SparkflyAuthParams = SparkflyRequestParams;

/**
 * Sparkfly's authentication API as it is: each call is one request, nothing is remembered. The token stands in the
 * answer for everyone to see; `client.tokens` is what hides it and keeps it fresh.
 *
 * @see Sparkfly Platform SDK, `AuthenticationApi.post_auth`; developers.sparkfly.com, POS API
 * @publicApi
 */
export class SparkflyAuthenticationApi {
  readonly #request: ReturnType<typeof requester<SparkflyCredentials, SparkflyRequestParams, SparkflyAuthResponse>>;
  readonly #defaults: SparkflyAuthParams;

  /** @internal */
  constructor(
    parts: AuthenticationApiParts<SparkflyCredentials, SparkflyRequestParams, SparkflyAuthResponse>,
    defaults: SparkflyAuthParams,
  ) {
    this.#request = requester(parts);
    this.#defaults = defaults;
  }

  /**
   * Buys a token.
   *
   * @example
   * ```ts
   * const { token } = await sparkfly.authentication.postAuth({ authScope: 'offers' });
   * ```
   * @throws CredentialsRejectedError, TokenEndpointError, SecretUnavailableError
   */
  async postAuth(params: SparkflyAuthParams = {}): Promise<SparkflyAuthResponse> {
    return (await this.postAuthWithHttpInfo(params)).data;
  }

  /** The same, with status and headers. */
  async postAuthWithHttpInfo(params: SparkflyAuthParams = {}): Promise<WithHttpInfo<SparkflyAuthResponse>> {
    const { authScope = this.#defaults.authScope, forwardedFor = this.#defaults.forwardedFor } = params;
    const problems = headerProblems({ authScope, forwardedFor });
    if (problems.length) throw new AuthApisOptionsError(problems, 'The parameters of postAuth()');
    return this.#request({ authScope, forwardedFor });
  }
}
