import { Inject, type InjectionToken } from '@nestjs/common';
import { builtInOf } from './built-in.js';
import { type ClientKey, requestClient, requestedClients } from './requested-clients.js';
import { apiNameOf } from '../vendors/api-name.js';
import { BUILT_IN_NAMES } from '../vendors/built-in.js';

export function clientToken(api: string, account?: string): InjectionToken {
  return requestClient(api, account, builtInOf(api)?.Client);
}

/** Every client requested so far, and the unnamed ones of the built-in APIs, by injection token. */
export function allRequestedClients(): ReadonlyMap<InjectionToken, ClientKey> {
  for (const api of BUILT_IN_NAMES) clientToken(api);
  return requestedClients();
}

/**
 * The injection token of the client of any API, e.g. for `overrideProvider`.
 *
 * @param api by its name, or as `defineTokenApi` made it
 * @param name the name of a fixed account, or else an id that the app resolves; without it, the unnamed account. It stands in
 *   code: for an id that comes from a request there is `client.for(id)`
 * @throws AuthApisOptionsError when one of them can be none
 * @publicApi
 */
export function getAuthClientToken(api: string | { readonly name: string }, name?: string): InjectionToken {
  return clientToken(apiNameOf(api), name);
}

/**
 * Injects the client of any API, by its name or as `defineTokenApi` made it.
 *
 * @example
 * ```ts
 * constructor(@InjectAuthClient(acme) private readonly client: AuthClientOf<typeof acme>) {}
 * ```
 * @publicApi
 */
export function InjectAuthClient(
  api: string | { readonly name: string },
  name?: string,
): PropertyDecorator & ParameterDecorator {
  return Inject(getAuthClientToken(api, name));
}
