import type { BuiltInName } from '../vendors/built-in.js';
import { SparkflyAuthenticationApi } from './sparkfly-authentication.api.js';
import { SparkflyClient } from './sparkfly.client.js';
import { VerbitAuthenticationApi } from './verbit-authentication.api.js';
import { VerbitClient } from './verbit.client.js';

/** What is injected for the built-in APIs, and their own authentication APIs. */
export const BUILT_IN_CLIENTS = {
  verbit: { Client: VerbitClient, Authentication: VerbitAuthenticationApi },
  sparkfly: { Client: SparkflyClient, Authentication: SparkflyAuthenticationApi },
} as const satisfies Record<BuiltInName, unknown>;

/** The clients of the built-in APIs, by name. */
export type BuiltInClients = {
  readonly [Name in BuiltInName]: InstanceType<(typeof BUILT_IN_CLIENTS)[Name]['Client']>;
};

/** `undefined` for an API that the app defines. */
export function builtInOf(api: string): (typeof BUILT_IN_CLIENTS)[BuiltInName] | undefined {
  return Object.hasOwn(BUILT_IN_CLIENTS, api) ? BUILT_IN_CLIENTS[api as BuiltInName] : undefined;
}
