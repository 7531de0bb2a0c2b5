import type {
  FactoryProvider,
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common';
import { AuthApisOptionsError } from '../common/errors.js';
import type { AuthApisOptions } from '../config/options.js';
import { type ResolvedOptions, resolveOptions } from '../config/resolve-options.js';

/** What is said of the module itself, beside the accounts. @publicApi */
export interface AuthApisModuleExtras {
  /** Whether every module can inject the clients without importing this one. @default true */
  isGlobal?: boolean;
}

/** A class that makes the options. @publicApi */
export interface AuthApisOptionsFactory {
  createAuthApisOptions(): AuthApisOptions | Promise<AuthApisOptions>;
}

/** Options of `AuthApisModule.forRootAsync`: one of `useFactory`, `useClass`, `useExisting`. @publicApi */
export interface AuthApisAsyncOptions extends AuthApisModuleExtras, Pick<ModuleMetadata, 'imports'> {
  /** Makes the options from what `inject` names. */
  useFactory?: (...args: never[]) => AuthApisOptions | Promise<AuthApisOptions>;
  /** What the factory is called with. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  /** A class to be made for this. */
  useClass?: Type<AuthApisOptionsFactory>;
  /** A provider that the app has. */
  useExisting?: InjectionToken<AuthApisOptionsFactory>;
  /**
   * Names of accounts that only lazily loaded modules inject; all others are known from their decorators.
   *
   * @default none
   */
  names?: { verbit?: string[]; sparkfly?: string[]; [api: string]: string[] | undefined };
}

/** What is spoken of when the options of `forRootAsync` itself are wrong. */
export const ASYNC_OPTIONS = 'The options of AuthApisModule.forRootAsync';

/** Provides the checked options; what the app's factory gave is in no provider, for it holds the secrets in the open. */
export function asyncOptionsProviders(provide: InjectionToken, options: AuthApisAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options;
  if ([useFactory, useClass, useExisting].filter(Boolean).length !== 1) {
    throw new AuthApisOptionsError(['give one of useFactory, useClass, useExisting, and no more'], ASYNC_OPTIONS);
  }
  if (useFactory) {
    const factory = useFactory as (...args: unknown[]) => AuthApisOptions | Promise<AuthApisOptions>;
    return [provider(provide, inject, async (...args) => factory(...args))];
  }
  const token = (useExisting ?? useClass)!;
  const made = provider(provide, [token], async (factory) => optionsFrom(factory, token));
  return useClass ? [{ provide: useClass, useClass }, made] : [made];
}

function optionsFrom(factory: unknown, token: InjectionToken): AuthApisOptions | Promise<AuthApisOptions> {
  const { createAuthApisOptions: make } = (factory ?? {}) as Partial<AuthApisOptionsFactory>;
  if (typeof make === 'function') return make.call(factory);
  const name = typeof token === 'function' ? token.name : String(token);
  throw new AuthApisOptionsError([`${name} must have a method createAuthApisOptions()`], ASYNC_OPTIONS);
}

function provider(
  provide: InjectionToken,
  inject: NonNullable<AuthApisAsyncOptions['inject']>,
  make: (...args: unknown[]) => Promise<AuthApisOptions>,
): FactoryProvider<ResolvedOptions> {
  return { provide, inject, useFactory: async (...args: unknown[]) => resolveOptions(await make(...args)) };
}
