import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import type { HttpService } from '@nestjs/axios';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import { AuthApisOptionsError, isCredentialsRejectedError } from '../common/errors.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { OutboundAuthorizationInterceptor } from '../interceptor/outbound-authorization.interceptor.js';
import type { TokenRefreshScheduler } from '../scheduler/token-refresh.scheduler.js';
import type { AuthApis } from './auth-apis.js';
import { consumersOf } from './client-consumers.js';
import { clientsAskedFor } from './client-tokens.js';
import { notConfigured } from './unconfigured-client.js';

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
  }

  onModuleInit(): void {
    this.#checkRegisteredOnce();
    this.#checkConsumers();
    const { options, moduleRef, interceptor } = this.#parts;
    for (const target of options.attachTo) interceptor.attach(findHttpService(moduleRef, target));
  }

  async onApplicationBootstrap(): Promise<void> {
    const { options, apis, scheduler } = this.#parts;
    scheduler.start();
    if (options.prefetch !== 'await') return;
    const waits = apis.outboundAccounts.map(({ tokens }) => tokens.get());
    const outcomes = await Promise.allSettled(waits);
    // Trouble may pass, and the log has it; wrong credentials stay wrong.
    const refused = outcomes.find((o) => o.status === 'rejected' && isCredentialsRejectedError(o.reason));
    if (refused?.status === 'rejected') throw refused.reason;
  }

  /** Nothing is planned any more while the server drains; requests under way still get their tokens. */
  beforeApplicationShutdown(): void {
    this.#parts.scheduler.stop();
  }

  onApplicationShutdown(): void {
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
    const { apis, modules } = this.#parts;
    for (const [token, key] of clientsAskedFor()) {
      const configured = apis.namesOf(key.api);
      if (configured.includes(key.account)) continue;
      const consumers = consumersOf(token, modules);
      if (consumers.length) throw notConfigured(key, configured, consumers);
    }
  }
}

function findHttpService(
  moduleRef: ModuleRef,
  target: ResolvedOptions['attachTo'][number],
): Pick<HttpService, 'axiosRef'> {
  const name = typeof target === 'function' ? target.name : String(target);
  let found: unknown;
  try {
    found = moduleRef.get(target as never, { strict: false });
  } catch {
    throw new AuthApisOptionsError([`attachTo: no provider ${name} in this app, or one that is not a singleton`]);
  }
  if (typeof (found as { axiosRef?: unknown } | undefined)?.axiosRef === 'function') return found as HttpService;
  throw new AuthApisOptionsError([`attachTo: ${name} is not an HttpService of @nestjs/axios`]);
}
