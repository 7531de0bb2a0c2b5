import { Inject, type InjectionToken } from '@nestjs/common';
import { AuthClient } from './auth.client.js';
import { requestClient } from './requested-clients.js';
import type { VerbitAuthenticationApi } from './verbit-authentication.api.js';

/**
 * Verbit: an `HttpService` whose calls carry `Authorization: Bearer <token>`.
 *
 * @example
 * ```ts
 * constructor(private readonly verbit: VerbitClient) {}
 * order(id: string) {
 *   return this.verbit.get<Order>(`/orders/${id}`);
 * }
 * ```
 * @publicApi
 */
export class VerbitClient extends AuthClient<VerbitAuthenticationApi, never> {}

/**
 * The injection token of a Verbit client, e.g. for `overrideProvider`.
 *
 * @param name the account's; without it, the unnamed account
 * @publicApi
 */
export function getVerbitClientToken(name?: string): InjectionToken {
  return requestClient('verbit', name, VerbitClient);
}

/**
 * Injects the Verbit client of a named account, or of the unnamed one.
 *
 * @example
 * ```ts
 * constructor(@InjectVerbit('captions') private readonly verbit: VerbitClient) {}
 * ```
 * @publicApi
 */
export function InjectVerbit(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getVerbitClientToken(name));
}
