import { AuthClient } from './auth.client.js';
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
