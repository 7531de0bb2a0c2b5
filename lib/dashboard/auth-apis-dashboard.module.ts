import { type DynamicModule, type FactoryProvider, Module, type Type } from '@nestjs/common';
import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import {
  type AuthApisDashboardOptions,
  DASHBOARD_OPTIONS,
  dashboardProblems,
  DEFAULT_PATH,
} from './dashboard-options.js';
import { DashboardFeed } from './dashboard-feed.js';
import { mounted } from './mounted.js';
import { AuthApisDashboardController } from './page.controller.js';
import { PageFiles } from './page-files.js';
import { PageReply } from './page-reply.js';
import { RefreshDesk } from './refresh-desk.js';
import { AuthApisRefreshController } from './refresh.controller.js';
import { SilentConnections } from './silent-connections.js';

/**
 * A page that shows how the tokens are, as it happens. It shows names of accounts, the vendors' hosts and what they said
 * of a failure; never a key or a token.
 *
 * @example
 * ```ts
 * @Module({ imports: [AuthApisModule.forRoot({ ... }), AuthApisDashboardModule.register({ guards: [AdminGuard] })] })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({
  // Without `register` nothing takes its place.
  providers: [refusing(['they are missing: import AuthApisDashboardModule.register({ guards: [AdminGuard] })'])],
})
export class AuthApisDashboardModule {
  /**
   * Mounts the page. The app does not start when nobody guards it and nobody said that this is meant, or when there is no
   * `AuthApisModule`: it fails with an `AuthApisOptionsError`.
   */
  static register(options: AuthApisDashboardOptions): DynamicModule {
    const given: unknown = options;
    const problems = isObject(given) ? dashboardProblems(options) : ['they must be an object'];
    if (problems.length) return { module: AuthApisDashboardModule, providers: [refusing(problems)] };
    const { path = DEFAULT_PATH, guards = [], allowRefresh = false, imports = [] } = options;
    const refreshGuards = Array.isArray(allowRefresh) ? allowRefresh : [];
    const controllers: Type[] = [mounted(AuthApisDashboardController, path, guards)];
    if (allowRefresh) controllers.push(mounted(AuthApisRefreshController, path, [...guards, ...refreshGuards]));
    const setting = { provide: DASHBOARD_OPTIONS, useValue: { ...options, path } };
    return {
      module: AuthApisDashboardModule,
      imports: [...imports],
      controllers,
      providers: [setting, DashboardFeed, PageFiles, PageReply, RefreshDesk, SilentConnections],
    };
  }
}

/** In the place of the options: told at boot, with what else is wrong in the app, and not while its files are loaded. */
function refusing(problems: readonly string[]): FactoryProvider {
  const useFactory = (): never => {
    throw new AuthApisOptionsError(problems, 'The options of AuthApisDashboardModule');
  };
  return { provide: DASHBOARD_OPTIONS, useFactory };
}
