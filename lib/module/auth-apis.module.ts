import { randomUUID } from 'node:crypto';
import { type DynamicModule, type InjectionToken, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { AuthApisOptions } from '../config/options.js';
import { type ResolvedOptions, resolveOptions } from '../config/resolve-options.js';
import { ApiAccounts } from '../config/accounts-for.js';
import { compact } from '../vendors/wire.js';
import { BUILT_IN_NAMES } from '../vendors/built-in.js';
import {
  ASYNC_OPTIONS,
  asyncOptionsProviders,
  type AuthApisAsyncOptions,
  type AuthApisModuleExtras,
} from './async-options.js';
import { allRequestedClients, clientToken } from '../clients/client-tokens.js';
import { clientProvider, coreProviders, publicTokens, RESOLVED_OPTIONS } from './providers.js';
import { AuthApisStoreModule } from './store.module.js';

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
   * Without parameters: what needs nothing Nest makes before it misses anything, the clients that a consumer wants.
   *
   * @throws AuthApisOptionsError when accounts are registered nowhere
   * @internal
   */
  constructor() {
    if (!isRegistered) throw new AuthApisOptionsError([NOT_REGISTERED]);
  }

  /**
   * Registers the accounts. Call it once, in the root module. The app does not start with options that cannot work:
   * it fails with an `AuthApisOptionsError` that tells all problems at once.
   */
  static forRoot(options: AuthApisOptions & AuthApisModuleExtras): DynamicModule {
    // A factory, so that the options, and with them the secrets, stand in no provider and no metadata.
    const useFactory = (): ResolvedOptions => resolveOptions(isObject(options) ? withoutExtras(options) : options);
    askForNames(options);
    return registration([{ provide: RESOLVED_OPTIONS, useFactory }], isObject(options) ? extrasOf(options) : {});
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
    const given: unknown = options;
    if (!isObject(given)) throw new AuthApisOptionsError(['they must be an object'], ASYNC_OPTIONS);
    for (const [api, names] of Object.entries(namesOf(given))) for (const name of names) clientToken(api, name);
    return registration(asyncOptionsProviders(RESOLVED_OPTIONS, options), options);
  }
}

/** By whatever app of the process: a module may import the class as it is where another registers the accounts. */
let isRegistered = false;

const NOT_REGISTERED =
  'none are given, AuthApisModule stands among the imports as it is: call AuthApisModule.forRoot(...) or forRootAsync(...) there';

/** @throws AuthApisOptionsError */
function namesOf({ names = {} }: Record<string, unknown>): Record<string, string[]> {
  const isList = (each: unknown): boolean => each === undefined || Array.isArray(each);
  if (!isObject(names) || !Object.values(names).every(isList))
    throw new AuthApisOptionsError(["names must be an object of arrays, e.g. { sparkfly: ['east'] }"], ASYNC_OPTIONS);
  return compact(names) as Record<string, string[]>;
}

/** The only option that is needed before Nest scans. */
function extrasOf(options: AuthApisModuleExtras): AuthApisModuleExtras {
  try {
    return Object.hasOwn(options, 'isGlobal') ? { isGlobal: options.isGlobal } : {};
  } catch {
    throw new AuthApisOptionsError(['isGlobal cannot be read: its getter throws']);
  }
}

/** Keeps getters as they are: they are read where an error of theirs is told. */
function withoutExtras(options: AuthApisOptions & AuthApisModuleExtras): AuthApisOptions {
  const { isGlobal: _, ...descriptors } = Object.getOwnPropertyDescriptors(options);
  return Object.defineProperties({}, descriptors);
}

/** Options are checked at boot; until then they may be anything, and a property may throw. */
function askForNames(options: AuthApisOptions): void {
  const ask = (api: string, read: () => unknown): void => {
    try {
      for (const { name } of [read() ?? []].flat() as { name?: unknown }[])
        clientToken(api, typeof name === 'string' ? name : undefined);
    } catch {
      // The check at boot tells what is wrong.
    }
  };
  for (const name of BUILT_IN_NAMES) ask(name, () => options[name]);
  for (const each of apisOf(options)) ask(each.name, () => each.read());
}

function apisOf(options: AuthApisOptions): ApiAccounts[] {
  try {
    return options.apis!.filter((each) => each instanceof ApiAccounts);
  } catch {
    return [];
  }
}

function registration(
  optionsProviders: Provider[],
  { isGlobal = true, imports = [] }: AuthApisModuleExtras & Pick<ModuleMetadata, 'imports'>,
): DynamicModule {
  isRegistered = true;
  // Nest can tell modules apart by their content (`deep-hash`): two registrations must not be taken for one.
  const registrationId = { provide: 'nestjs-auth-apis/registration', useValue: randomUUID() };
  return {
    module: AuthApisModule,
    global: isGlobal,
    imports: [...imports, AuthApisStoreModule],
    // Getters: Nest reads them when it scans, after the decorators of the app's classes have asked for their names.
    get providers(): Provider[] {
      return [registrationId, ...optionsProviders, ...coreProviders, ...[...allRequestedClients()].map(clientProvider)];
    },
    get exports(): InjectionToken[] {
      return [...publicTokens, ...allRequestedClients().keys()];
    },
  };
}
