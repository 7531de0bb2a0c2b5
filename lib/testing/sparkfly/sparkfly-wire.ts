import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { json, type Answer } from '../vendor/answer.js';
import type { Call } from '../vendor/call.js';
import { echo } from '../vendor/echo.js';
import type { KeyRing } from '../vendor/key-ring.js';
import { route } from '../vendor/route.js';
import { issueCredential, listOffers, searchMember } from './sparkfly-samples.js';
import type { TokenBook } from '../vendor/token-book.js';
import type { VendorWire } from '../vendor/vendor-wire.js';

/** For whom, and for what, a token was issued. */
export interface SparkflyTokenOwner {
  readonly identity: string;
  /** `X-Auth-Scope` of the token request. */
  readonly scope: string | undefined;
  /** `X-Forwarded-For` of the token request. */
  readonly forwardedFor: string | undefined;
}

/** Where the token endpoint stands and how it is asked. */
export interface SparkflyPlace {
  readonly basePath: string;
  readonly tokenPath: string;
  readonly tokenMethod: 'GET' | 'POST';
}

export interface SparkflyCredentials {
  /** Whose keys are whose: by identity. */
  readonly accounts: ReadonlyMap<string, KeyRing>;
  readonly identityPrefix?: string;
  readonly keyPrefix?: string;
}

const WORDING: Readonly<Record<number, string>> = { 401: 'Invalid credentials' };

/** Sparkfly's wire format, after `AuthenticationApi.post_auth` of its platform SDK and its POS documentation. */
export function sparkflyWire(
  { basePath, tokenPath, tokenMethod }: SparkflyPlace,
  credentials: SparkflyCredentials,
  tokens: TokenBook<SparkflyTokenOwner>,
): VendorWire {
  // No look at the body: clients exist that claim JSON and send nothing.
  const auth = ({ headers }: Call): Answer => {
    const identity = acceptedIdentity(credentials, headers);
    if (identity === undefined) return json(401, { error: WORDING[401] });
    const owner = {
      identity,
      scope: headers['x-auth-scope'],
      forwardedFor: headers['x-forwarded-for'],
    };
    return grant(tokens.issue(owner, () => randomBytes(32).toString('hex')));
  };

  return {
    basePath,
    tokenPath,
    routes: [
      route('token', tokenMethod, tokenPath, auth),
      route('api', 'GET', `${basePath}/offers`, listOffers),
      route('api', 'GET', `${basePath}/members/search`, searchMember),
      route('api', 'POST', `${basePath}/credentials`, issueCredential),
      route('api', undefined, `${basePath}/echo`, echo),
    ],
    tokenOf: ({ headers }) => headers['x-auth-token'],
    unauthorized: () => json(401, { error: 'Invalid token' }),
    failure: (_, status) => json(status, { error: WORDING[status] ?? STATUS_CODES[status] ?? `Error ${status}` }),
  };
}

/** The names in this very case: clients exist that look for nothing else. */
function grant(token: string): Answer {
  return {
    status: 204,
    headers: { 'X-Auth-Token': token, 'Cache-Control': 'no-cache', 'X-Ua-Compatible': 'IE=Edge,chrome=1' },
  };
}

function acceptedIdentity(credentials: SparkflyCredentials, headers: Call['headers']): string | undefined {
  const { accounts, identityPrefix, keyPrefix } = credentials;
  const identity = unprefixed(headers['x-auth-identity'], identityPrefix);
  const key = unprefixed(headers['x-auth-key'], keyPrefix);
  const isAccepted = identity !== undefined && key !== undefined && accounts.get(identity)?.accepts(key);
  return isAccepted ? identity : undefined;
}

/** What follows the prefix and one space; `undefined` when they do not lead. */
function unprefixed(value: string | undefined, prefix: string | undefined): string | undefined {
  if (prefix === undefined) return value;
  return value?.startsWith(`${prefix} `) ? value.slice(prefix.length + 1) : undefined;
}
