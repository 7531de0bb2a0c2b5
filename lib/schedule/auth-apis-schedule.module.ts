import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { findAuthApis, findProvider } from '../module/find-provider.js';
import { TokenRefreshScheduler } from '../scheduler/token-refresh.scheduler.js';
import { AttemptTimeouts } from './attempt-timeouts.js';

/**
 * Shows the next token request of each account in the app's own `SchedulerRegistry`: a timeout `auth-apis:<api>:<account>`
 * while one is planned, none while one is under way. Import it in the root module, beside `ScheduleModule.forRoot()` and
 * `AuthApisModule`; it imports neither, for a second `ScheduleModule.forRoot()` would run the app's jobs twice.
 *
 * The timeouts are a view. Deleting one hides it until the next plan, and delays or prevents no request;
 * `getTimeout(name).attempt` says when and what for. Accounts that the app looks up are not shown: there may be a hundred
 * thousand.
 *
 * @throws AuthApisOptionsError at boot where the app has no `SchedulerRegistry`, or no `AuthApisModule`
 * @publicApi
 */
@Module({})
export class AuthApisScheduleModule implements OnModuleInit {
  readonly #modules: ModuleRef;

  /** @internal */
  constructor(@Inject(ModuleRef) modules: ModuleRef) {
    this.#modules = modules;
  }

  /** Before the scheduler starts, which is at `onApplicationBootstrap`. */
  onModuleInit(): void {
    const who = AuthApisScheduleModule.name;
    const theirs = 'import ScheduleModule.forRoot() of @nestjs/schedule in the root module';
    const apis = findAuthApis(this.#modules, who);
    const scheduler = findProvider(this.#modules, TokenRefreshScheduler, who);
    const registry = findProvider(this.#modules, SchedulerRegistry, who, theirs);
    const accounts = apis.configured.map(({ tokens }) => tokens);
    scheduler.observe(new AttemptTimeouts(registry, apis.clock, accounts).show);
  }
}
