import type { VerbitAuthResponse } from '../vendors/verbit.api.js';
import type { RawRequestParts } from '../accounts/account.js';
import { checkTexts, type RawRequest, requester, type WithHttpInfo } from './authentication-api.js';

/** What one `auth` request may say. @publicApi */
export interface VerbitAuthParams {
  /** Another key than the account's, for this request alone. @default the account's */
  readonly apiKey?: string;
  /** Unique per request, echoed by the server. @default a random UUID */
  readonly tracingId?: string;
  /** Sent as ISO 8601 in UTC. @default absent: the server's time */
  readonly requestTimestamp?: Date;
}

/**
 * Verbit's authentication API as it is: each call is one request, nothing is remembered. The token stands in the
 * answer for everyone to see; `client.tokens` is what hides it and keeps it fresh.
 *
 * @see "Verbit Transcribe (v0.8 tech preview)", `AuthenticationApi#auth`; verbit.readme.io, "Authentication"
 * @publicApi
 */
export class VerbitAuthenticationApi {
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
   * const { data } = await verbit.authentication.auth({ tracingId: 'order-4711' });
   * ```
   * @throws CredentialsRejectedError, TokenEndpointError, SecretUnavailableError, AccountError, TokenRateLimitError,
   *   AuthApisClosedError; AuthApisOptionsError when what is given cannot be sent
   */
  async auth(params: VerbitAuthParams = {}): Promise<VerbitAuthResponse> {
    return (await this.authWithHttpInfo(params)).data;
  }

  /** The same, with status and headers. */
  async authWithHttpInfo({ apiKey, tracingId, requestTimestamp }: VerbitAuthParams = {}): Promise<
    WithHttpInfo<VerbitAuthResponse>
  > {
    const hasBadDate = requestTimestamp !== undefined && !isDate(requestTimestamp);
    const bad = hasBadDate ? ['requestTimestamp must be a valid Date'] : [];
    checkTexts({ apiKey, tracingId }, 'The parameters of auth()', ...bad);
    const given = { apiKey, tracingId, requestTimestamp: requestTimestamp?.toISOString() };
    return (await this.#request(given)) as WithHttpInfo<VerbitAuthResponse>;
  }
}

const isDate = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());
