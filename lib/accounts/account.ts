import type { Clock } from '../common/clock.js';
import type { AccountLabel } from '../common/errors.js';
import type { UpstreamResponse } from '../config/options.js';
import type { AccountCredentials } from '../request/account-credentials.js';
import type { TokenEndpoint } from '../request/token-endpoint.js';
import type { TokenParams } from '../request/round-trip.js';
import type { TokenCache } from '../token/token-cache.js';
import type { TokenHeader } from '../vendors/token-placement.js';

/** Where calls go and what they may carry; the same for all accounts that the app looks up of one API. */
export interface Site {
  readonly baseURL: string;
  /** Where tokens are asked for: a call there is the app's own business. */
  readonly tokenURLs: readonly string[];
  /** The only origins that get the token. */
  readonly origins: ReadonlySet<string>;
  /** Whether plain http to other hosts than this machine is allowed. */
  readonly mayBeInsecure: boolean;
  readonly tokenHeader: TokenHeader;
  /** Headers that must not cross to another origin, that of the token included. */
  readonly confidential: readonly string[];
}

/** Whose token goes on a call: a site, and one token kept fresh. */
export interface Account {
  readonly site: Site;
  readonly tokens: TokenCache;
}

/** What is the same for all calls of an app, whatever carries them. */
export interface OutboundConduct {
  readonly clock: Clock;
  readonly isUnauthorized: (answer: UpstreamResponse) => boolean;
  /** Told when a request goes to an origin that is none of the account's. */
  readonly onForeign: (account: AccountLabel, origin: string) => void;
}

/** Where a call may find its account: at one site, under one name, or under any id that the app knows. */
export interface Candidate {
  readonly api: string;
  /** Absent where the app looks accounts up by any id. */
  readonly name?: string;
  readonly site: Site;
  /** @throws AccountError, AuthApisOptionsError */
  account(id: string, tokenParams?: TokenParams): Account;
}

/** What a raw request for an account is made of: it remembers nothing. */
export interface RawParts {
  readonly endpoint: TokenEndpoint;
  readonly credentials: AccountCredentials;
  /** What is asked for unless a request says otherwise. */
  readonly tokenParams: TokenParams;
}
