import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { systemClock } from '../common/clock.js';
import {
  ACCOUNT_IDLE_MS,
  AHEAD_CAP_MS,
  AHEAD_RATIO,
  ATTEMPT_TIMEOUT_MS,
  AUTH_TIMEOUT_MS,
  BACKOFF_INITIAL_MS,
  BACKOFF_MAX_MS,
  MAX_ACCOUNTS,
  REFRESH_CONCURRENCY,
  STORE_TIMEOUT_MS,
} from '../common/defaults.js';
import type { TokenStore } from '../store/token-store.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { SecretInput } from '../common/secret.js';
import { Secret } from '../common/secret.js';
import { sparkfly } from '../vendors/sparkfly.api.js';
import type { Endpoints, SettingsOf, SettingsSpec } from '../vendors/token-api.definition.js';
import type { TokenApi } from '../vendors/token-api.js';
import { verbit } from '../vendors/verbit.api.js';
import { ApiAccounts } from './accounts-for.js';
import type { GivenApi } from './check-options.js';
import { checkIsObject, checkOptions } from './check-options.js';
import type { DynamicAccountsOptions, HttpConfig, SiteOptions } from './account-options.js';
import type { UpstreamResponse, AttachTarget, AuthApisOptions } from './options.js';
import { ownAccounts, ownOptions } from './own-options.js';

/** Where calls go and what they may carry, with every default filled in. */
export interface ResolvedSite {
  readonly api: TokenApi;
  readonly settings: SettingsOf<SettingsSpec>;
  readonly endpoints: Endpoints;
  /** Every origin the token may be sent to. */
  readonly origins: ReadonlySet<string>;
  readonly allowInsecure: boolean;
  readonly tokenLifetimeMs?: number;
  readonly http: HttpConfig;
  /** What tokens are asked for with, unless said otherwise. */
  readonly tokenParams: Readonly<Record<string, string | undefined>>;
}

/** An account of the options, its secrets out of sight. */
export interface ResolvedAccount {
  readonly name: string;
  readonly site: ResolvedSite;
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** Accounts that the app looks up. */
export interface ResolvedLookup {
  readonly site: ResolvedSite;
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
  readonly refresh: {
    readonly enabled: boolean;
    readonly aheadRatio: number;
    readonly aheadCapMs: number;
    readonly concurrency: number;
    readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  };
  readonly tokenWaitTimeoutMs: number;
  readonly tokenRequestTimeoutMs: number;
  readonly attachTo: readonly AttachTarget[];
  readonly isUnauthorized: (answer: UpstreamResponse) => boolean;
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
  const { refresh } = options;
  return {
    apis: apis.map(resolveApi),
    prefetch: options.prefetch ?? 'background',
    refresh: {
      enabled: refresh?.enabled ?? true,
      aheadRatio: refresh?.aheadRatio ?? AHEAD_RATIO,
      aheadCapMs: refresh?.aheadCapMs ?? AHEAD_CAP_MS,
      concurrency: refresh?.concurrency ?? REFRESH_CONCURRENCY,
      backoff: {
        initialMs: refresh?.backoff?.initialMs ?? BACKOFF_INITIAL_MS,
        maxMs: refresh?.backoff?.maxMs ?? BACKOFF_MAX_MS,
      },
    },
    tokenWaitTimeoutMs: options.tokenWaitTimeoutMs ?? AUTH_TIMEOUT_MS,
    tokenRequestTimeoutMs: options.tokenRequestTimeoutMs ?? ATTEMPT_TIMEOUT_MS,
    attachTo: options.attachTo ?? [],
    isUnauthorized: options.isUnauthorized ?? (({ status }) => status === 401),
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
    ...BUILT_IN.map((api) => given(api, options[api.name as 'verbit' | 'sparkfly'], api.name)),
    ...further.flatMap((each, i) => (each instanceof ApiAccounts ? [given(each.api, each.read(), `apis[${i}]`)] : [])),
  ];
}

const BUILT_IN = [verbit, sparkfly] as unknown as readonly TokenApi[];

/** What checkOptions has found right. */
type Checked = SiteOptions &
  Partial<DynamicAccountsOptions<unknown>> & { readonly name?: string } & Record<string, unknown>;

function resolveApi({ api, entries }: GivenApi): ResolvedApi {
  const given = entries as readonly Checked[];
  const lookup = given.find(({ accounts }) => accounts !== undefined);
  return {
    api,
    accounts: given.filter((entry) => entry !== lookup).map((entry) => resolveAccount(api, entry)),
    ...(lookup && { lookup: resolveLookup(api, lookup) }),
    maxTokenRequestsPerMinute: given.find((entry) => entry.maxTokenRequestsPerMinute)?.maxTokenRequestsPerMinute,
  };
}

function resolveAccount(api: TokenApi, account: Checked): ResolvedAccount {
  const secrets = api.credentials.map((name) => [name, new Secret(account[name] as Exclude<SecretInput, undefined>)]);
  return {
    name: account.name ?? DEFAULT_ACCOUNT,
    site: resolveSite(api, account),
    secrets: Object.fromEntries(secrets) as Record<string, Secret>,
  };
}

function resolveLookup(api: TokenApi, entry: Checked): ResolvedLookup {
  const { resolve, maxAccounts = MAX_ACCOUNTS, idleMs = ACCOUNT_IDLE_MS } = entry.accounts!;
  return { site: resolveSite(api, entry), resolve, maxAccounts, idleMs };
}

function resolveSite(api: TokenApi, entry: Checked): ResolvedSite {
  const settings = textsOf(entry, Object.keys(api.settings));
  // checkOptions has refused what has no endpoints.
  const endpoints = api.endpoints(settings, { baseURL: entry.baseURL, tokenURL: entry.tokenURL })!;
  const allowed = [endpoints.baseURL, ...endpoints.furtherOrigins, ...(entry.allowedOrigins ?? [])];
  return {
    api,
    settings,
    endpoints,
    origins: new Set(allowed.map((url) => new URL(url).origin)),
    allowInsecure: entry.allowInsecure ?? false,
    tokenLifetimeMs: entry.tokenLifetimeMs,
    http: entry.http ?? (Object.create(null) as HttpConfig),
    tokenParams: textsOf(entry, api.tokenParams),
  };
}

const textsOf = (entry: Checked, names: readonly string[]): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(names.map((name) => [name, entry[name] as string | undefined]));
