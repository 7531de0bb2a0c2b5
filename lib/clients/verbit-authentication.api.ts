import { AuthApisOptionsError } from '../common/errors.js';
import type { VerbitAuthResponse, VerbitCredentials, VerbitRequestParams } from '../vendors/verbit.wire.js';
import type { AuthenticationApiParts, WithHttpInfo } from './authentication-api.js';
import { headerProblems, requester } from './authentication-api.js';

/** What one `auth` request may say. @publicApi */
export interface VerbitAuthParams extends VerbitRequestParams {
  /** Another key than the account's, for this request alone. @default the account's */
  readonly apiKey?: string;
}

/**
 * Verbit's authentication API as it is: each call is one request, nothing is remembered. The token stands in the
 * answer for everyone to see; `client.tokens` is what hides it and keeps it fresh.
 *
 * @see "Verbit Transcribe (v0.8 tech preview)", `AuthenticationApi#auth`; verbit.readme.io, "Authentication"
 * @publicApi
 */
export class VerbitAuthenticationApi {
  readonly #request: ReturnType<typeof requester<VerbitCredentials, VerbitRequestParams, VerbitAuthResponse>>;

  /** @internal */
  constructor(parts: AuthenticationApiParts<VerbitCredentials, VerbitRequestParams, VerbitAuthResponse>) {
    this.#request = requester(parts);
  }

  /**
   * Buys a token.
   *
   * @example
   * ```ts
   * const { data } = await verbit.authentication.auth({ tracingId: 'order-4711' });
   * ```
   * @throws CredentialsRejectedError, TokenEndpointError, SecretUnavailableError
   */
  async auth(params: VerbitAuthParams = {}): Promise<VerbitAuthResponse> {
    return (await this.authWithHttpInfo(params)).data;
  }

  /** The same, with status and headers. */
  async authWithHttpInfo({ apiKey, ...params }: VerbitAuthParams = {}): Promise<WithHttpInfo<VerbitAuthResponse>> {
    checkParams({ apiKey, ...params });
    return this.#request(params, apiKey === undefined ? {} : { apiKey });
  }
}

function checkParams({ apiKey, tracingId, requestTimestamp }: VerbitAuthParams): void {
  const hasBadDate = requestTimestamp !== undefined && !isDate(requestTimestamp);
  const problems = [
    ...headerProblems({ apiKey, tracingId }),
    ...(hasBadDate ? ['requestTimestamp must be a valid Date'] : []),
  ];
  if (problems.length) throw new AuthApisOptionsError(problems, 'The parameters of auth()');
}

const isDate = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());
