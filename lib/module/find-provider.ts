import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { AuthApisOptionsError } from '../common/errors.js';

/**
 * What another module of the app provides, wherever that stands.
 *
 * @param who asks, for the message
 * @param remedy what to import
 * @throws AuthApisOptionsError when nobody provides it
 */
export function findProvider<T>(modules: ModuleRef, provider: Type<T>, who: string, remedy: string): T {
  try {
    return modules.get(provider, { strict: false });
  } catch {
    throw new AuthApisOptionsError([`${provider.name} is nowhere in this app: ${remedy}`], `The imports beside ${who}`);
  }
}
