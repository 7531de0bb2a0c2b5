import { AuthClient } from './auth.client.js';
import type { SparkflyAuthenticationApi } from './sparkfly-authentication.api.js';

/**
 * Sparkfly: an `HttpService` whose calls carry `X-Auth-Token: <token>`.
 *
 * @example
 * ```ts
 * constructor(private readonly sparkfly: SparkflyClient) {}
 * offers() {
 *   return this.sparkfly.get<Offer[]>('/offers');
 * }
 * ```
 * @publicApi
 */
export class SparkflyClient extends AuthClient<SparkflyAuthenticationApi, 'authScope' | 'forwardedFor'> {}
