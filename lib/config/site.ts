import type { AxiosRequestConfig } from 'axios';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import type { SettingsOf, SettingsSpec } from '../vendors/token-api.definition.js';
import type { TokenApi } from '../vendors/token-api.js';
import type { TokenHeader } from '../vendors/token-placement.js';
import type { IsUnauthorized } from '../vendors/upstream-response.js';
import type { HttpConfig } from './account-options.js';

/** How token requests reach the vendor; what else the account's `http` has (interceptors, timeouts, auth) is for API calls. */
export type ConnectionConfig = Pick<
  AxiosRequestConfig,
  'proxy' | 'httpAgent' | 'httpsAgent' | 'lookup' | 'family' | 'socketPath' | 'headers'
>;

/** The refresh policy with its defaults filled in. */
export type ResolvedRefresh = Required<AccountRefreshOptions> & {
  readonly backoff: Required<NonNullable<AccountRefreshOptions['backoff']>>;
};

/**
 * Where calls and token requests of an account go, and what they may carry: all that was said of it, checked, with every
 * default filled in. Plain data, resolved once; all accounts of one `resolve` share one.
 */
export interface Site {
  readonly api: TokenApi;
  readonly settings: SettingsOf<SettingsSpec>;
  /** What tokens are requested with, unless a call says otherwise. */
  readonly tokenParams: Readonly<Record<string, string>>;
  readonly baseURL: string;
  /** Where tokens are requested; the further ones when one before answers 404 or 405. */
  readonly tokenURLs: readonly string[];
  /** The same without a query: calls there are the app's own business. */
  readonly tokenPlaces: readonly string[];
  /** The last words of their paths. */
  readonly tokenPathEnds: readonly string[];
  /** The only origins that get the token. */
  readonly origins: ReadonlySet<string>;
  /** The header that carries the token. */
  readonly tokenHeader: TokenHeader;
  /** Headers that must not cross to another origin, that of the token included. */
  readonly confidentialHeaders: readonly string[];
  /** Whether plain http to other hosts than this machine is allowed. */
  readonly allowInsecure: boolean;
  /** For API calls. */
  readonly http: HttpConfig;
  /** For token requests. */
  readonly connection: ConnectionConfig;
  /** The option `tokenLifetimeMs`. */
  readonly tokenLifetimeMs?: number;
  readonly refresh: ResolvedRefresh;
  /** Whether an API's response means that the token is not valid. */
  readonly isUnauthorized: IsUnauthorized;
}
