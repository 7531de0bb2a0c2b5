import type { OnModuleInit } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { Account } from '../accounts/account.js';
import { AccountError, AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { accountText, DEFAULT_ACCOUNT } from '../common/messages.js';
import type { AuthApis } from '../module/auth-apis.js';
import { findAuthApis } from '../module/find-provider.js';
import { noneCounted } from '../token/health-counts.js';
import { accountHealth, type AccountHealthDetails, type AuthApisHealthDetails } from './account-health.js';

/** @publicApi */
export interface AuthApisHealthOptions {
  /** Look at these alone; without `account`, at the API's unnamed one. @default all accounts of the options */
  readonly accounts?: readonly { readonly api: string; readonly account?: string }[];
  /**
   * An account without a token is down, though nothing has failed: a replica gets no traffic before its first tokens are
   * there. Only where they come by themselves: with `prefetch: 'none'`, or without `refresh.enabled`, an account that
   * nobody calls has none, and with this nobody ever would.
   *
   * @default false
   */
  readonly requireToken?: boolean;
}

/**
 * Reports the health of the accounts to Terminus. A check makes no network call: it reports the last known state.
 *
 * | health | counts as | |
 * |---|---|---|
 * | `up` | up | |
 * | `failing` | up | requests fail, the token is still valid: `tokenUsableUntil`, `failingSince`, `error`, `nextAttemptAt` |
 * | `down` | down | calls fail, or wait; also once the app has shut down |
 * | `idle` | up | no token yet, and nothing has failed: during boot, or while nobody calls; see `requireToken` |
 *
 * Meant for readiness. Think twice before it decides about liveness: a vendor's outage would restart the app, which mends
 * nothing and loses the tokens that still live. Whoever may read the answer reads names of accounts, the vendor's hosts and what
 * they said of a failure; never a key or a token.
 *
 * @example
 * ```ts
 * @Get('ready')
 * @HealthCheck()
 * ready() {
 *   return this.health.check([() => this.tokens.check('vendor-tokens')]);
 * }
 * ```
 * @publicApi
 */
export class AuthApisHealthIndicator implements OnModuleInit {
  readonly #health: HealthIndicatorService;
  readonly #modules: ModuleRef;

  /** @internal */
  constructor(health: HealthIndicatorService, modules: ModuleRef) {
    this.#health = health;
    this.#modules = modules;
  }

  /** The boot tells what is missing. */
  onModuleInit(): void {
    this.#find();
  }

  /**
   * @param key under which Terminus shows it
   * @throws AccountError (`UNKNOWN_ACCOUNT`) for a named account that is not one of the options, listing those;
   *   AuthApisOptionsError when an option is none
   */
  check<const Key extends string = 'auth-apis'>(
    key = 'auth-apis' as Key,
    options: AuthApisHealthOptions = {},
  ): HealthIndicatorResult<Key, 'up' | 'down', AuthApisHealthDetails> {
    checkOptions(options);
    const apis = this.#find();
    const chosen = options.accounts?.map((each) => find(apis.configured, each)) ?? apis.configured;
    const accounts = chosen.map(({ tokens }) => accountHealth(tokens.status()));
    const details: AuthApisHealthDetails = {
      accounts,
      ...(!options.accounts && dynamicAccounts(apis)),
      ...(apis.storeState && { store: apis.storeState }),
    };
    const isDown = ({ health }: AccountHealthDetails): boolean =>
      health === 'down' || (health === 'idle' && options.requireToken === true);
    const session = this.#health.check(key);
    return accounts.some(isDown) ? session.down(details) : session.up(details);
  }

  #find(): AuthApis {
    return findAuthApis(this.#modules, 'AuthApisHealthModule');
  }
}

/** @throws AuthApisOptionsError */
function checkOptions(options: unknown): void {
  const accounts = isObject(options) ? options['accounts'] : undefined;
  const isList = accounts === undefined || (Array.isArray(accounts) && accounts.every(isObject));
  const problems = [
    ...(isObject(options) ? [] : ['they must be an object']),
    ...(isList ? [] : ["accounts must be an array, e.g. [{ api: 'sparkfly', account: 'east' }]"]),
  ];
  if (problems.length > 0) throw new AuthApisOptionsError(problems, 'The options of a health check');
}

function find(configured: readonly Account[], wanted: { readonly api: string; readonly account?: string }): Account {
  const label = { api: wanted.api, account: wanted.account ?? DEFAULT_ACCOUNT };
  const found = configured.find(({ tokens: { label: own } }) => own.api === label.api && own.account === label.account);
  if (found) return found;
  const known = configured.map(({ tokens }) => accountText(tokens.label)).join(', ') || 'none';
  const message = `A health check is about ${accountText(label)}, which is no account of the options; they have: ${known}`;
  throw new AccountError('UNKNOWN_ACCOUNT', message, label);
}

/** There may be a hundred thousand of them: told are four numbers. */
function dynamicAccounts({ pools }: AuthApis): Pick<AuthApisHealthDetails, 'dynamicAccounts'> {
  const sum = noneCounted();
  for (const pool of pools) pool.standings(sum);
  return Object.values(sum).some((count) => count > 0) ? { dynamicAccounts: sum } : {};
}
