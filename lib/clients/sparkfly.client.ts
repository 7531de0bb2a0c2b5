import { Inject, type InjectionToken } from '@nestjs/common';
import { AuthClient } from './auth.client.js';
import { requestClient } from './requested-clients.js';
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

/**
 * The injection token of a Sparkfly client, e.g. for `overrideProvider`.
 *
 * @param name the account's; without it, the unnamed account
 * @publicApi
 */
export function getSparkflyClientToken(name?: string): InjectionToken {
  return requestClient('sparkfly', name, SparkflyClient);
}

/**
 * Injects the Sparkfly client of a named account, or of the unnamed one.
 *
 * @example
 * ```ts
 * constructor(@InjectSparkfly('east') private readonly east: SparkflyClient) {}
 * ```
 * @publicApi
 */
export function InjectSparkfly(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getSparkflyClientToken(name));
}
