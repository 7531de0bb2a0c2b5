import type { ModuleRef } from '@nestjs/core';
import { AuthApis } from '../module/auth-apis.js';
import { findProvider } from '../module/find-provider.js';

/** Wherever in the app it stands: `isGlobal: false` need not be known here. @throws AuthApisOptionsError */
export function findAuthApis(modules: ModuleRef): AuthApis {
  const remedy = 'import AuthApisModule.forRoot() or forRootAsync() in the root module';
  return findProvider(modules, AuthApis, 'AuthApisDashboardModule', remedy);
}
