import type {
  BeforeApplicationShutdown,
  InjectionToken,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import type { HttpService } from '@nestjs/axios';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import { AccountError, AuthApisOptionsError, isTokenEndpointError } from '../common/errors.js';
import type { AttachTarget } from '../config/options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { isProcessWide } from '../interceptor/axios-build.js';
import {
  type OutboundAuthorizationInterceptor,
  PROCESS_WIDE,
} from '../interceptor/outbound-authorization.interceptor.js';
import type { TokenRefreshScheduler } from '../scheduler/token-refresh.scheduler.js';
import type { AuthApis } from './auth-apis.js';
import { consumersOf } from './client-consumers.js';
import { allRequestedClients } from '../clients/client-tokens.js';
import { clientText, isUnconfiguredClient, notConfiguredText } from './unconfigured-client.js';

export interface LifecycleParts {
  readonly options: ResolvedOptions;
  readonly apis: AuthApis;
  readonly scheduler: TokenRefreshScheduler;
  readonly interceptor: OutboundAuthorizationInterceptor;
  readonly modules: ModulesContainer;
  readonly moduleRef: ModuleRef;
}

/** What happens when in the life of the app. */
export class AuthApisLifecycle
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #parts: LifecycleParts;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#checkRegisteredOnce(); // here, for a lazily loaded module is not told of its start
  }

  onModuleInit(): void {
    this.#checkConsumers();
    const { options, modules, interceptor } = this.#parts;
    for (const http of options.attachTo.flatMap((target) => findHttpServices(modules, target)))
      interceptor.attach(http);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { options, apis, scheduler } = this.#parts;
    scheduler.start();
    if (options.prefetch !== 'await') return;
    const waits = apis.configured.map(({ tokens }) => tokens.get());
    for (const outcome of await Promise.allSettled(waits)) {
      // Trouble may pass, and the log has it; wrong credentials or a wrong URL stay wrong.
      if (outcome.status === 'rejected' && isTokenEndpointError(outcome.reason)) throw outcome.reason;
    }
  }

  /** Nothing is planned any more while the server drains; requests under way still get their tokens. */
  beforeApplicationShutdown(): void {
    this.#parts.scheduler.stop();
  }

  onApplicationShutdown(): void {
    this.#parts.interceptor.detachAll();
    this.#parts.apis.close();
  }

  #checkRegisteredOnce(): void {
    const registrations = [...this.#parts.modules.values()].filter((module) => module.providers.has(AuthApisLifecycle));
    if (registrations.length < 2) return;
    throw new AuthApisOptionsError([
      'AuthApisModule.forRoot() or forRootAsync() is called twice in this app: call it once, in the root module, with all accounts',
    ]);
  }

  #checkConsumers(): void {
    const { apis, modules, moduleRef } = this.#parts;
    const missing = [...allRequestedClients()].filter(([token]) => isUnconfiguredClient(moduleRef.get(token)));
    const problems = missing.flatMap(([token, key]) => {
      const names = consumersOf(token, modules);
      const who = `${names.join(', ')} ${names.length > 1 ? 'inject' : 'injects'} ${clientText(key)}`;
      return names.length ? [{ key, text: notConfiguredText(key, apis.namesOf(key.api), who) }] : [];
    });
    if (!problems[0]) return;
    throw new AccountError('NOT_CONFIGURED', problems.map(({ text }) => text).join('\n'), problems[0].key);
  }
}

/** Every provider of the token: `HttpModule` imported in two places is two `HttpService`s. */
function findHttpServices(modules: ModulesContainer, target: AttachTarget): Pick<HttpService, 'axiosRef'>[] {
  const name = typeof target === 'function' ? target.name : String(target);
  const wrappers = [...modules.values()].flatMap(({ providers }) => providers.get(target as InjectionToken) ?? []);
  if (wrappers.length === 0) throw new AuthApisOptionsError([`attachTo: no provider ${name} in this app`]);
  return wrappers.map((wrapper) => {
    const found = wrapper.instance as { axiosRef?: unknown } | undefined;
    if (!wrapper.isDependencyTreeStatic() || typeof found?.axiosRef !== 'function')
      throw new AuthApisOptionsError([`attachTo: ${name} is not an HttpService of @nestjs/axios, or not a singleton`]);
    const http = found as HttpService;
    if (isProcessWide(http.axiosRef)) throw new AuthApisOptionsError([`attachTo: ${name}: ${PROCESS_WIDE}`]);
    return http;
  });
}
