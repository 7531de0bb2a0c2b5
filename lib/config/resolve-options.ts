import type { Random } from '../common/backoff.js';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import { type Clock, systemClock } from '../common/clock.js';
import {
  ACCOUNT_IDLE_MS,
  AHEAD_CAP_MS,
  AHEAD_RATIO,
  TOKEN_REQUEST_TIMEOUT_MS,
  TOKEN_WAIT_TIMEOUT_MS,
  BACKOFF_INITIAL_MS,
  BACKOFF_MAX_MS,
  MAX_ACCOUNTS,
  REFRESH_CONCURRENCY,
  STORE_TIMEOUT_MS,
} from '../common/defaults.js';
import type { TokenStore } from '../store/token-store.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import { Secret, type SecretInput } from '../common/secret.js';
import { builtInApi, BUILT_IN_NAMES } from '../vendors/built-in.js';
import type { TokenApi } from '../vendors/token-api.js';
import type { IsUnauthorized } from '../vendors/upstream-response.js';
import { CONFIDENTIAL_HEADERS } from '../vendors/wire.js';
import { ApiAccounts } from './accounts-for.js';
import { checkIsObject, checkOptions, type GivenApi } from './check-options.js';
import type { DynamicAccountsOptions, HttpConfig, SiteOptions } from './account-options.js';
import type { AttachTarget, AuthApisOptions } from './options.js';
import { ownAccounts, ownOptions } from './own-options.js';
import type { ConnectionConfig, ResolvedRefresh, Site } from './site.js';

/** An account of the options, its secrets out of sight. */
export interface ResolvedAccount {
  readonly name: string;
  readonly site: Site;
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** Accounts that the app looks up. */
export interface ResolvedLookup {
  readonly site: Site;
  readonly resolve: (id: string) => unknown;
  readonly maxAccounts: number;
  readonly idleMs: number;
}

/** All that is said of one API. */
export interface ResolvedApi {
  readonly api: TokenApi;
  readonly accounts: readonly ResolvedAccount[];
  readonly lookup?: ResolvedLookup;
  readonly maxTokenRequestsPerMinute?: number;
}

export interface ResolvedOptions {
  readonly apis: readonly ResolvedApi[];
  readonly prefetch: 'background' | 'await' | 'none';
  /** Token requests of the refreshing that may be under way at once, by API. */
  readonly refreshConcurrency: number;
  readonly tokenWaitTimeoutMs: number;
  readonly tokenRequestTimeoutMs: number;
  readonly attachTo: readonly AttachTarget[];
  readonly store?: TokenStore;
  readonly storeTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks options as a whole and fills in the defaults.
 *
 * @throws AuthApisOptionsError with all problems at once
 */
export function resolveOptions(given: AuthApisOptions): ResolvedOptions {
  checkIsObject(given);
  const options = ownOptions(given);
  const apis = givenApis(options);
  checkOptions(options, apis);
  return {
    apis: apis.map((given) => resolveApi(given, options)),
    prefetch: options.prefetch ?? 'background',
    refreshConcurrency: options.refresh?.concurrency ?? REFRESH_CONCURRENCY,
    tokenWaitTimeoutMs: options.tokenWaitTimeoutMs ?? TOKEN_WAIT_TIMEOUT_MS,
    tokenRequestTimeoutMs: options.tokenRequestTimeoutMs ?? TOKEN_REQUEST_TIMEOUT_MS,
    attachTo: options.attachTo ?? [],
    store: options.store,
    storeTimeoutMs: options.storeTimeoutMs ?? STORE_TIMEOUT_MS,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function givenApis(options: AuthApisOptions): GivenApi[] {
  const given = (api: TokenApi, accounts: unknown, at: string): GivenApi => ({
    api,
    at,
    isList: Array.isArray(accounts),
    entries: ownAccounts(accounts, at),
  });
  const further: readonly unknown[] = Array.isArray(options.apis) ? options.apis : [];
  return [
    ...BUILT_IN_NAMES.map((name) => given(builtInApi(name), options[name], name)),
    ...further.flatMap((each, i) => (each instanceof ApiAccounts ? [given(each.api, each.read(), `apis[${i}]`)] : [])),
  ];
}

/** What checkOptions has found right. */
type Checked = SiteOptions &
  Partial<DynamicAccountsOptions<unknown>> & { readonly name?: string } & Record<string, unknown>;

function resolveApi({ api, entries }: GivenApi, options: AuthApisOptions): ResolvedApi {
  const given = entries as readonly Checked[];
  const lookup = given.find(({ accounts }) => accounts !== undefined);
  return {
    api,
    accounts: given.filter((entry) => entry !== lookup).map((entry) => resolveAccount(api, entry, options)),
    ...(lookup && { lookup: resolveLookup(api, lookup, options) }),
    maxTokenRequestsPerMinute: given.find((entry) => entry.maxTokenRequestsPerMinute)?.maxTokenRequestsPerMinute,
  };
}

function resolveAccount(api: TokenApi, account: Checked, options: AuthApisOptions): ResolvedAccount {
  const secrets = api.credentials.map((name) => [name, new Secret(account[name] as Exclude<SecretInput, undefined>)]);
  return {
    name: account.name ?? DEFAULT_ACCOUNT,
    site: resolveSite(api, account, options),
    secrets: Object.fromEntries(secrets) as Record<string, Secret>,
  };
}

function resolveLookup(api: TokenApi, entry: Checked, options: AuthApisOptions): ResolvedLookup {
  const { resolve, maxAccounts = MAX_ACCOUNTS, idleMs = ACCOUNT_IDLE_MS } = entry.accounts!;
  return { site: resolveSite(api, entry, options), resolve, maxAccounts, idleMs };
}

function resolveSite(api: TokenApi, entry: Checked, options: AuthApisOptions): Site {
  const settings = textsOf(entry, Object.keys(api.settings));
  // checkOptions has refused what has no endpoints.
  const { baseURL, tokenURLs, furtherOrigins } = api.endpoints(settings, entry)!;
  const allowed = [baseURL, ...furtherOrigins, ...(entry.allowedOrigins ?? [])];
  const tokenPlaces = tokenURLs.map((url) => new URL(url)).map(({ origin, pathname }) => origin + pathname);
  const http = entry.http ?? (Object.create(null) as HttpConfig);
  return {
    api,
    settings,
    tokenParams: textsOf(entry, api.tokenParams),
    baseURL,
    tokenURLs,
    tokenPlaces,
    tokenPathEnds: tokenPlaces.map((place) => place.slice(place.lastIndexOf('/') + 1)),
    origins: new Set(allowed.map((url) => new URL(url).origin)),
    tokenHeader: api.tokenHeader,
    confidentialHeaders: [...CONFIDENTIAL_HEADERS, api.tokenHeader.name],
    allowInsecure: entry.allowInsecure ?? false,
    http,
    connection: connectionOf(http),
    tokenLifetimeMs: entry.tokenLifetimeMs,
    refresh: resolveRefresh(entry.refresh, api.refresh, options.refresh),
    isUnauthorized: entry.isUnauthorized ?? api.isUnauthorized ?? options.isUnauthorized ?? isStatus401,
  };
}

/** What token requests take over from the account's `http`: how to reach the vendor, no more. */
function connectionOf({
  proxy,
  httpAgent,
  httpsAgent,
  lookup,
  family,
  socketPath,
  headers,
}: HttpConfig): ConnectionConfig {
  return { proxy, httpAgent, httpsAgent, lookup, family, socketPath, headers };
}

/** Field by field: what the first says goes before what the next says. */
function resolveRefresh(...given: (AccountRefreshOptions | undefined)[]): ResolvedRefresh {
  const first = <T>(read: (options: AccountRefreshOptions) => T | undefined): T | undefined =>
    given.flatMap((options) => (options ? [read(options)] : [])).find((value) => value !== undefined);
  return {
    enabled: first(({ enabled }) => enabled) ?? true,
    aheadRatio: first(({ aheadRatio }) => aheadRatio) ?? AHEAD_RATIO,
    aheadCapMs: first(({ aheadCapMs }) => aheadCapMs) ?? AHEAD_CAP_MS,
    backoff: {
      initialMs: first(({ backoff }) => backoff?.initialMs) ?? BACKOFF_INITIAL_MS,
      maxMs: first(({ backoff }) => backoff?.maxMs) ?? BACKOFF_MAX_MS,
    },
  };
}

const isStatus401: IsUnauthorized = ({ status }) => status === 401;

/** Those that are given. */
const textsOf = (entry: Checked, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.flatMap((name) => (entry[name] === undefined ? [] : [[name, entry[name] as string]])));
