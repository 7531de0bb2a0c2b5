import type { Site } from '../config/site.js';
import type { AccountCredentials } from '../request/account-credentials.js';
import type { TokenParams } from '../request/round-trip.js';
import type { TokenEndpoint } from '../request/token-endpoint.js';
import type { TokenCache } from '../token/token-cache.js';

/** Whose token goes on a call: a site, and one token kept fresh. */
export interface Account {
  readonly site: Site;
  readonly tokens: TokenCache;
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
export interface RawRequestParts {
  readonly endpoint: TokenEndpoint;
  readonly credentials: AccountCredentials;
  /** What is asked for unless a request says otherwise. */
  readonly tokenParams: TokenParams;
}
