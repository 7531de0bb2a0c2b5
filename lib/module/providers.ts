import { type FactoryProvider, type InjectionToken, Logger, type Provider } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { RefreshPlanner } from '../accounts/account-pool.js';
import { MAX_ACCOUNTS, MAX_NEWCOMERS } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import type { ResolvedApi, ResolvedOptions } from '../config/resolve-options.js';
import { accountByTarget } from '../interceptor/account-by-target.js';
import { OutboundAuthorizationInterceptor } from '../interceptor/outbound-authorization.interceptor.js';
import { TokenRefreshScheduler } from '../scheduler/token-refresh.scheduler.js';
import { AuthApis } from './auth-apis.js';
import { AuthApisLifecycle } from './auth-apis.lifecycle.js';
import type { ClientKey } from '../clients/requested-clients.js';
import { CallLog } from './call-log.js';
import { LogPrinter } from './log-printer.js';
import { TokenLog } from './token-log.js';
import { unconfiguredClient } from './unconfigured-client.js';

/** The checked options, secrets wrapped. What the app gave is in no provider. */
export const RESOLVED_OPTIONS = Symbol('nestjs-auth-apis.options');

/** What beside the clients an app may inject. */
export const publicTokens: InjectionToken[] = [AuthApis, TokenRefreshScheduler, OutboundAuthorizationInterceptor];

export const coreProviders: Provider[] = [
  {
    provide: TokenRefreshScheduler,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ clock, refreshConcurrency }: ResolvedOptions): TokenRefreshScheduler =>
      new TokenRefreshScheduler(clock, refreshConcurrency),
  },
  {
    provide: AuthApis,
    inject: [RESOLVED_OPTIONS, TokenRefreshScheduler],
    useFactory: (options: ResolvedOptions, scheduler: TokenRefreshScheduler): AuthApis => {
      const { isConfigured, isRefreshing, mostAccounts } = accountFacts(options);
      const isOurs = (account: AccountLabel): boolean => account.tokenParams === undefined && isConfigured(account);
      const printer = new LogPrinter(new Logger('AuthApis'), (account) => !isOurs(account));
      const log = new TokenLog(printer, {
        clock: options.clock,
        tokenWaitTimeoutMs: options.tokenWaitTimeoutMs,
        isRefreshing,
        isConfigured,
        isLiving: ({ api, account }) => apis.isLiving(api, account),
        mostAccounts,
      });
      const apis = new AuthApis(options, refreshPlanner(scheduler, options), new CallLog(printer, isConfigured));
      apis.listen((event) => log.write(event));
      return apis;
    },
  },
  {
    provide: OutboundAuthorizationInterceptor,
    inject: [AuthApis],
    useFactory: (apis: AuthApis): OutboundAuthorizationInterceptor =>
      new OutboundAuthorizationInterceptor({ choose: accountByTarget(apis.candidates), context: apis.context }),
  },
  {
    provide: AuthApisLifecycle,
    inject: [
      RESOLVED_OPTIONS,
      AuthApis,
      TokenRefreshScheduler,
      OutboundAuthorizationInterceptor,
      ModulesContainer,
      ModuleRef,
    ],
    useFactory: (
      options: ResolvedOptions,
      apis: AuthApis,
      scheduler: TokenRefreshScheduler,
      interceptor: OutboundAuthorizationInterceptor,
      modules: ModulesContainer,
      moduleRef: ModuleRef,
    ): AuthApisLifecycle => new AuthApisLifecycle({ options, apis, scheduler, interceptor, modules, moduleRef }),
  },
];

/** What the log needs to know of the accounts before they are there. */
function accountFacts({ apis }: ResolvedOptions) {
  const isRefreshed = new Map(
    apis.flatMap(({ api, accounts, lookup }) => [
      ...accounts.map(({ name, site }) => [`${api.name} ${name}`, site.refresh.enabled] as const),
      ...(lookup ? [[api.name, lookup.site.refresh.enabled] as const] : []),
    ]),
  );
  const keyOf = ({ api, account }: AccountLabel): string => `${api} ${account}`;
  return {
    isConfigured: (label: AccountLabel): boolean => !label.dynamic && isRefreshed.has(keyOf(label)),
    isRefreshing: (label: AccountLabel): boolean =>
      isRefreshed.get(label.dynamic ? label.api : keyOf(label)) ?? isRefreshed.get(label.api) ?? true,
    mostAccounts: apis.reduce((sum, api) => sum + mostAccountsOf(api), 0),
  };
}

/** Accounts of the options are refreshed whether or not anybody calls; those that come and go, while they are used. */
function refreshPlanner(scheduler: TokenRefreshScheduler, { prefetch }: ResolvedOptions): RefreshPlanner {
  return {
    add({ tokens, site }, isConfigured) {
      const keepFresh = site.refresh.enabled && (isConfigured ? 'always' : 'while used');
      scheduler.add(tokens, { keepFresh, prefetch: isConfigured && prefetch !== 'none' });
    },
    remove: ({ tokens }) => scheduler.remove(tokens),
  };
}

/** A provider for a client that somebody may inject: the account's client, or a stand-in that tells what is missing. */
export function clientProvider([provide, key]: readonly [InjectionToken, ClientKey]): FactoryProvider<object> {
  return {
    provide,
    inject: [AuthApis],
    useFactory: (apis: AuthApis): object => {
      return apis.has(key.api, key.account)
        ? apis.injectable(key.api, key.account)
        : unconfiguredClient(key, apis.namesOf(key.api));
    },
  };
}

const mostAccountsOf = ({ accounts, lookup }: ResolvedApi): number =>
  accounts.length + (lookup?.maxAccounts ?? MAX_ACCOUNTS) + MAX_NEWCOMERS;
