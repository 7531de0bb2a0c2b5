import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { Caretaker } from '../accounts/account-pool.js';
import { MAX_ACCOUNTS, MAX_NEWCOMERS } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ResolvedApi, ResolvedOptions } from '../config/resolve-options.js';
import { accountByTarget } from '../interceptor/outbound-account.js';
import { OutboundAuthorizationInterceptor } from '../interceptor/outbound-authorization.interceptor.js';
import { TokenRefreshScheduler } from '../scheduler/token-refresh.scheduler.js';
import { AuthApis } from './auth-apis.js';
import { AuthApisLifecycle } from './auth-apis.lifecycle.js';
import type { ClientKey } from './client-tokens.js';
import { ForeignOrigins } from './foreign-origins.js';
import { LogPrinter } from './log-printer.js';
import { TokenLog } from './token-log.js';
import { badRuleLine, carefully } from './unauthorized-rule.js';
import { unconfiguredClient } from './unconfigured-client.js';

/** The checked options, secrets wrapped. What the app gave is in no provider. */
export const RESOLVED_OPTIONS = Symbol('nestjs-auth-apis.options');

/** Which answers refuse the token, as the options say it. */
const UNAUTHORIZED_RULE = Symbol('nestjs-auth-apis.unauthorized-rule');

/** What beside the clients an app may inject. */
export const publicTokens: InjectionToken[] = [AuthApis, TokenRefreshScheduler, OutboundAuthorizationInterceptor];

type UnauthorizedRule = ResolvedOptions['isUnauthorized'];

export const coreProviders: Provider[] = [
  {
    provide: TokenRefreshScheduler,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ clock, refresh }: ResolvedOptions): TokenRefreshScheduler =>
      new TokenRefreshScheduler(clock, refresh.concurrency),
  },
  {
    provide: UNAUTHORIZED_RULE,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ isUnauthorized }: ResolvedOptions): UnauthorizedRule =>
      carefully(isUnauthorized, (error) =>
        new LogPrinter(new Logger('AuthApis'), () => false).print('warn', badRuleLine(error)),
      ),
  },
  {
    provide: AuthApis,
    inject: [RESOLVED_OPTIONS, UNAUTHORIZED_RULE, TokenRefreshScheduler],
    useFactory: (
      given: ResolvedOptions,
      isUnauthorized: UnauthorizedRule,
      scheduler: TokenRefreshScheduler,
    ): AuthApis => {
      const options = { ...given, isUnauthorized };
      const names = new Set(options.apis.flatMap((api) => api.accounts.map((each) => `${api.api.name} ${each.name}`)));
      const isConfigured = ({ api, account }: AccountLabel): boolean => names.has(`${api} ${account}`);
      const log = new TokenLog(new Logger('AuthApis'), {
        clock: options.clock,
        tokenWaitTimeoutMs: options.tokenWaitTimeoutMs,
        isRefreshing: options.refresh.enabled,
        isConfigured,
        isLiving: ({ api, account }) => apis.isLiving(api, account),
        mostAccounts: options.apis.reduce((sum, api) => sum + mostAccountsOf(api), 0),
      });
      const foreign = new ForeignOrigins((account, origin) => log.foreign(account, origin));
      const onForeign = (label: AccountLabel, origin: string): void =>
        // Of accounts that are looked up there may be many: one line for all of them.
        foreign.note(isConfigured(label) ? label : { api: label.api, account: DEFAULT_ACCOUNT }, origin);
      const apis = new AuthApis(options, caretaker(scheduler, options), onForeign);
      apis.events$.subscribe((event) => log.write(event));
      return apis;
    },
  },
  {
    provide: OutboundAuthorizationInterceptor,
    inject: [AuthApis, RESOLVED_OPTIONS, UNAUTHORIZED_RULE],
    useFactory: (
      apis: AuthApis,
      { clock }: ResolvedOptions,
      isUnauthorized: UnauthorizedRule,
    ): OutboundAuthorizationInterceptor =>
      new OutboundAuthorizationInterceptor({ choose: accountByTarget(apis.candidates), clock, isUnauthorized }),
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

/** Accounts of the options are kept fresh whether or not anybody calls; those that come and go, while they are used. */
function caretaker(scheduler: TokenRefreshScheduler, { refresh, prefetch }: ResolvedOptions): Caretaker {
  const configured = { keepFresh: refresh.enabled && 'always', prefetch: prefetch !== 'none' } as const;
  const used = { keepFresh: refresh.enabled && 'while used', prefetch: false } as const;
  return {
    take: ({ tokens }, isConfigured) => scheduler.add(tokens, isConfigured ? configured : used),
    release: ({ tokens }) => scheduler.remove(tokens),
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
