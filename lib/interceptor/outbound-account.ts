import type { InternalAxiosRequestConfig } from 'axios';
import type { Account } from '../accounts/account.js';
import type { Context } from '../common/context.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { Site } from '../config/site.js';
import type { TokenParams } from '../request/round-trip.js';
import { missingName, noAccount, originNotAllowed } from './account-errors.js';
import { type Destination, destinationOf, OWN, TOKEN_ENDPOINT, UNKNOWN } from './destination.js';
import { type AuthApisRequestOptions, isMissingName, requestOptionsOf } from './request-options.js';
import { isRelativeTo, targetOf } from './request-target.js';

/** Which account authorizes a request; `undefined`: none, the request goes out as it is. */
export type AccountChooser = (config: InternalAxiosRequestConfig) => Account | undefined;

export interface ClientAccounts {
  /** Where the client's calls go. */
  readonly site: Site;
  /** The client's own account; without one, each call names its. */
  readonly own?: Account;
  /** Another one; without an id another token of its own. `ofClient`: the client says it, not the call. */
  readonly find: (id: string | undefined, tokenParams?: TokenParams, ofClient?: true) => Account;
  /** Whether the app resolves ids: one that is missing could be a customer's. */
  readonly resolvesIds: boolean;
  readonly api: string;
  readonly context: Context;
}

/** For a client of axios: its own account, or the one of its API that the request names. */
export function ownAccount(accounts: ClientAccounts): AccountChooser {
  return (config) => {
    const options = requestOptionsOf(config);
    const account = accountOfCall(accounts, options);
    const site = account?.site ?? accounts.site;
    const origin = isRelativeTo(site.baseURL, config) ? OWN : targetOf(config)?.origin;
    const destination = destinationOf(site, origin, config.url ?? '', targetOf, config, undefined);
    return authorizedAccount(accounts, options, account, destination);
  };
}

/**
 * The account whose token a call is to carry; `undefined` when neither the client nor the call names one.
 *
 * @throws AccountError, AuthApisOptionsError
 */
export function accountOfCall(
  { own, find, resolvesIds, api }: ClientAccounts,
  options: AuthApisRequestOptions,
): Account | undefined {
  const { account: name, tokenParams, ofClient } = options;
  if (isMissingName(options, resolvesIds)) throw missingName(api);
  const isNamed = name !== undefined || tokenParams !== undefined;
  if (!isNamed || (name === undefined && !own)) return own;
  return ofClient ? find(name, tokenParams, ofClient) : find(name, tokenParams);
}

/**
 * The same account, if its token may go there; `undefined` when the call goes out as it is.
 *
 * @throws AccountError for a call that names no account, or one whose token may not go there
 */
export function authorizedAccount(
  { api, context }: ClientAccounts,
  options: AuthApisRequestOptions,
  account: Account | undefined,
  destination: Destination,
): Account | undefined {
  const { account: name, tokenParams, ofClient } = options;
  if (destination === TOKEN_ENDPOINT) return undefined;
  if (destination === OWN) {
    if (!account) throw noAccount(api);
    return account;
  }
  const origin = destination === UNKNOWN ? undefined : destination;
  const isNamed = name !== undefined || tokenParams !== undefined;
  if (isNamed && !ofClient && account) throw originNotAllowed(account.tokens.label, account.site, origin);
  const label = account?.tokens.label ?? { api, account: DEFAULT_ACCOUNT };
  if (origin !== undefined) context.reports.originNotAllowed(label, origin);
  return undefined;
}
