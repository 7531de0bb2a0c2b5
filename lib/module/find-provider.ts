import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { AuthApisOptionsError } from '../common/errors.js';
import { AuthApis } from './auth-apis.js';

const REMEDY = 'import AuthApisModule.forRoot() or forRootAsync() in the root module';

/**
 * The accounts, wherever in the app they stand: `isGlobal: false` need not be known.
 *
 * @param who asks, for the message
 * @throws AuthApisOptionsError when there are none
 */
export function findAuthApis(modules: ModuleRef, who: string): AuthApis {
  return findProvider(modules, AuthApis, who);
}

/**
 * What another module of the app provides, wherever that stands.
 *
 * @param who asks, for the message
 * @param remedy what to import
 * @throws AuthApisOptionsError when nobody provides it
 */
export function findProvider<T>(modules: ModuleRef, provider: Type<T>, who: string, remedy = REMEDY): T {
  try {
    return modules.get(provider, { strict: false });
  } catch {
    throw new AuthApisOptionsError([`${provider.name} is nowhere in this app: ${remedy}`], `The imports beside ${who}`);
  }
}
