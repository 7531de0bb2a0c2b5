import type { HttpService } from '@nestjs/axios';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import type { IsUnauthorized } from '../vendors/upstream-response.js';

/**
 * An axios request config, of whichever axios `@nestjs/axios` uses: an app can have two.
 *
 * @publicApi
 */
export type HttpConfig = Parameters<HttpService['request']>[0];

/** Where calls go and what they may carry: what one account says, or any number of accounts alike. @publicApi */
export interface SiteOptions {
  /** Where API calls go. @default the vendor's, by environment */
  baseURL?: string;
  /** Where tokens are asked for: absolute, or relative to the base URL. @default the vendor's, by contract */
  tokenURL?: string;
  /** Further origins that the token may be sent to, e.g. `https://gateway.example.com`. @default none */
  allowedOrigins?: string[];
  /** Allow plain http to other hosts than this machine. @default false */
  allowInsecure?: boolean;
  /**
   * Life of a token that does not tell its own, milliseconds; one that does (a JWT, OAuth's `expires_in`) can only be
   * shortened.
   *
   * @default the documented one
   */
  tokenLifetimeMs?: number;
  /** When tokens are refreshed. @default field by field: the definition's, then that of `forRoot` */
  refresh?: AccountRefreshOptions;
  /** Which responses of the API mean that the token is not valid. @default the definition's, then that of `forRoot` */
  isUnauthorized?: IsUnauthorized;
  /**
   * An axios config for the API calls. Token requests inherit only `proxy`, `httpAgent`, `httpsAgent`, `lookup`,
   * `family`, `socketPath` and `headers` from it.
   *
   * @default {}
   */
  http?: HttpConfig;
  /**
   * A budget of the whole API, for all its accounts together: more token requests than this are not sent within any
   * minute. Callers that would need one wait if there is room within `tokenWaitTimeoutMs`, and else get a
   * `TokenUnavailableError` with `retryAt`; tokens that live are served as ever. Where an API has several entries, one of
   * them says it.
   *
   * @default no limit
   */
  maxTokenRequestsPerMinute?: number;
}

/** What every account may say. @publicApi */
export interface AccountOptions extends SiteOptions {
  /** Tells several accounts of one vendor apart. @default the unnamed account, injected by class */
  name?: string;
}

/** Accounts that the app knows: looked up by their id when first used, and forgotten when idle. @publicApi */
export interface AccountResolver<Credentials> {
  /**
   * Gives the credentials of an account by its id, from a database for instance; nothing when there is none. Asked at
   * every token request, so that changed credentials need no restart. May give a whole row: other fields are not read.
   * When it throws, that is a transient failure and is tried again; calls of other accounts do not wait for it. An id that it gives nothing
   * for is asked for again at the next call, but no more than once a second.
   */
  resolve: (id: string) => Credentials | null | undefined | Promise<Credentials | null | undefined>;
  /**
   * How many accounts are kept at the most; the one that was not used for longest makes room. An account counts once for
   * each set of per-token parameters.
   *
   * @default 100,000
   */
  maxAccounts?: number;
  /** How long an account is kept after its last use, milliseconds. @default 86,400,000 (24 h) */
  idleMs?: number;
}

/** Any number of accounts alike, see `AccountResolver`. @publicApi */
export interface DynamicAccountsOptions<Credentials> extends SiteOptions {
  accounts: AccountResolver<Credentials>;
}
