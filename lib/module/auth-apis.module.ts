import type { DynamicModule, InjectionToken, ModuleMetadata, Provider } from '@nestjs/common';
import { Module } from '@nestjs/common';
import type { AuthApisOptions } from '../config/options.js';
import { resolveOptions } from '../config/resolve-options.js';
import { asList } from '../config/check-options.js';
import type { AuthApisAsyncOptions, AuthApisModuleExtras } from './async-options.js';
import { asyncOptionsProviders } from './async-options.js';
import type { ApiName } from './client-tokens.js';
import { clientsAskedFor, clientToken } from './client-tokens.js';
import { clientProvider, coreProviders, publicTokens, RESOLVED_OPTIONS } from './providers.js';

/**
 * Clients for APIs behind short-lived tokens.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [AuthApisModule.forRoot({ verbit: { apiKey: process.env.VERBIT_API_KEY } })],
 * })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({})
export class AuthApisModule {
  /**
   * Registers the accounts. Call it once, in the root module. The app does not start with options that cannot work:
   * it fails with an `AuthApisOptionsError` that tells all problems at once.
   */
  static forRoot(options: AuthApisOptions & AuthApisModuleExtras): DynamicModule {
    askForNames('verbit', asList(options?.verbit));
    askForNames('sparkfly', asList(options?.sparkfly));
    // A factory, so that the options, and with them the secrets, stand in no provider and no metadata.
    const provider = { provide: RESOLVED_OPTIONS, useFactory: () => resolveOptions(options) };
    return registration([provider], { isGlobal: options?.isGlobal });
  }

  /**
   * Registers the accounts with options that a factory, a class or an existing provider gives.
   *
   * @example
   * ```ts
   * AuthApisModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ verbit: { apiKey: config.getOrThrow('VERBIT_API_KEY') } }),
   * })
   * ```
   * @throws AuthApisOptionsError unless exactly one of `useFactory`, `useClass`, `useExisting` is given
   */
  static forRootAsync(options: AuthApisAsyncOptions): DynamicModule {
    for (const name of options.names?.verbit ?? []) clientToken('verbit', name);
    for (const name of options.names?.sparkfly ?? []) clientToken('sparkfly', name);
    return registration(asyncOptionsProviders(RESOLVED_OPTIONS, options), options);
  }
}

/** Options are checked at boot; until then they may be anything. */
function askForNames(api: ApiName, accounts: readonly ({ name?: unknown } | null)[]): void {
  for (const account of accounts) {
    if (typeof account?.name === 'string') clientToken(api, account.name);
  }
}

function registration(
  optionsProviders: Provider[],
  { isGlobal = true, imports = [] }: AuthApisModuleExtras & Pick<ModuleMetadata, 'imports'>,
): DynamicModule {
  return {
    module: AuthApisModule,
    global: isGlobal,
    imports,
    // Getters: Nest reads them when it scans, after the decorators of the app's classes have asked for their names.
    get providers(): Provider[] {
      return [...optionsProviders, ...coreProviders, ...[...clientsAskedFor()].map(clientProvider)];
    },
    get exports(): InjectionToken[] {
      return [...publicTokens, ...clientsAskedFor().keys()];
    },
  };
}
