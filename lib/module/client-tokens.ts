import type { InjectionToken } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import { SparkflyClient } from '../clients/sparkfly.client.js';
import { VerbitClient } from '../clients/verbit.client.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';

/** The class by which each API's unnamed client is injected. */
const clientClasses = { verbit: VerbitClient, sparkfly: SparkflyClient } as const;

/** A client that somebody may inject: one provider each. */
export interface ClientKey {
  readonly api: string;
  readonly account: string;
}

/**
 * Names that decorators of the app's classes have asked for. Under `forRootAsync` the configured names are known only
 * after Nest has scanned the providers; but by then the decorators of everything imported have run. Shared by all apps of
 * the process and never cleared, as decorators run once: a name that another app asked for is a stand-in nobody injects.
 */
const askedFor = new Map<InjectionToken, ClientKey>();

export function clientToken(api: string, account: string = DEFAULT_ACCOUNT): InjectionToken {
  const clientClass = classOf(api);
  const called = clientClass?.name ?? `AuthClient/${api}`;
  const isByClass = clientClass !== undefined && account === DEFAULT_ACCOUNT;
  const token = isByClass ? clientClass : `nestjs-auth-apis/${called}/${account}`;
  if (!askedFor.has(token)) askedFor.set(token, { api, account });
  return token;
}

/** The class of an API's clients; `undefined` where it has none of its own. */
export function classOf(api: string): typeof VerbitClient | typeof SparkflyClient | undefined {
  return Object.hasOwn(clientClasses, api) ? clientClasses[api as keyof typeof clientClasses] : undefined;
}

/** Every client asked for so far, the unnamed ones included, by injection token. */
export function clientsAskedFor(): ReadonlyMap<InjectionToken, ClientKey> {
  for (const api of Object.keys(clientClasses)) clientToken(api);
  return askedFor;
}

/**
 * The injection token of the client of any API, e.g. for `overrideProvider`.
 *
 * @param api by its name, or as `defineTokenApi` made it
 * @param name the account's name, or its id where the app looks accounts up; without it, the unnamed account
 * @publicApi
 */
export function getAuthClientToken(api: string | { readonly name: string }, name?: string): InjectionToken {
  return clientToken(typeof api === 'string' ? api : api.name, name);
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

/**
 * The injection token of a Verbit client, e.g. for `overrideProvider`.
 *
 * @param name the account's; without it, the unnamed account
 * @publicApi
 */
export function getVerbitClientToken(name?: string): InjectionToken {
  return clientToken('verbit', name);
}

/**
 * The injection token of a Sparkfly client, e.g. for `overrideProvider`.
 *
 * @param name the account's; without it, the unnamed account
 * @publicApi
 */
export function getSparkflyClientToken(name?: string): InjectionToken {
  return clientToken('sparkfly', name);
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
