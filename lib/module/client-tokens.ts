import type { InjectionToken } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import { SparkflyClient } from '../clients/sparkfly.client.js';
import { VerbitClient } from '../clients/verbit.client.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ClientsByApi } from './auth-apis.js';

/** The class by which each API's unnamed client is injected. */
export const clientClasses = { verbit: VerbitClient, sparkfly: SparkflyClient } as const;

export type ApiName = keyof ClientsByApi;

/** A client that somebody may inject: one provider each. */
export interface ClientKey {
  readonly api: ApiName;
  readonly account: string;
}

/**
 * Names that decorators of the app's classes have asked for. Under `forRootAsync` the configured names are known only
 * after Nest has scanned the providers; but by then the decorators of everything imported have run. Shared by all apps of
 * the process and never cleared, as decorators run once: a name that another app asked for is a stand-in nobody injects.
 */
const askedFor = new Map<InjectionToken, ClientKey>();

export function clientToken(api: ApiName, account: string = DEFAULT_ACCOUNT): InjectionToken {
  const token =
    account === DEFAULT_ACCOUNT ? clientClasses[api] : `nestjs-auth-apis/${clientClasses[api].name}/${account}`;
  if (!askedFor.has(token)) askedFor.set(token, { api, account });
  return token;
}

/** Every client asked for so far, the unnamed ones included, by injection token. */
export function clientsAskedFor(): ReadonlyMap<InjectionToken, ClientKey> {
  for (const api of Object.keys(clientClasses) as ApiName[]) clientToken(api);
  return askedFor;
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
