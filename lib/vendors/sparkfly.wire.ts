import { isObject } from '../common/is-object.js';
import type { TokenApiDefinition } from './token-api.definition.js';
import { COMMON_HEADERS, CONFIDENTIAL_HEADERS, compact, date, parseJson, text, tokenText } from './wire.js';

/** @publicApi */
export type SparkflyAuthMethod = 'POST' | 'GET';

export interface SparkflyCredentials {
  readonly identity: string;
  readonly key: string;
  readonly identityPrefix?: string;
  readonly keyPrefix?: string;
}

export interface SparkflyRequestParams {
  /** "API scope availability for an auth token"; another scope is another token. @default the account's */
  readonly authScope?: string;
  /** "Available IP address for an auth token". @default the account's */
  readonly forwardedFor?: string;
}

/** The documented response headers of `POST /auth`. @publicApi */
export interface SparkflyAuthResponse {
  readonly token: string;
  /** About HTTP caching, never the token's lifetime. */
  readonly cacheControl?: string;
  readonly date?: Date;
  readonly uaCompatible?: string;
}

type SparkflyDefinition = TokenApiDefinition<SparkflyCredentials, SparkflyRequestParams, SparkflyAuthResponse>;

/** The platform SDK's `AuthenticationApi.post_auth`; the POS API asks the same with GET. */
export function sparkflyDefinition(method: SparkflyAuthMethod): SparkflyDefinition {
  return {
    lifetimeMs: 24 * 3_600_000,
    placement: { header: 'X-Auth-Token', confidential: CONFIDENTIAL_HEADERS },
    request: (url, credentials, { authScope, forwardedFor }) => ({
      method,
      url,
      headers: {
        ...COMMON_HEADERS,
        'X-Auth-Identity': prefixed(credentials.identity, credentials.identityPrefix),
        'X-Auth-Key': prefixed(credentials.key, credentials.keyPrefix),
        ...(authScope !== undefined && { 'X-Auth-Scope': authScope }),
        ...(forwardedFor !== undefined && { 'X-Forwarded-For': forwardedFor }),
      },
    }),
    answer({ headers }) {
      const token = tokenText(headers['x-auth-token']);
      if (token === undefined) return undefined;
      return compact<SparkflyAuthResponse>({
        token,
        cacheControl: text(headers['cache-control']),
        // Documented as RFC 3339, sent as an HTTP date: both are read.
        date: date(headers.date),
        uaCompatible: text(headers['x-ua-compatible']),
      });
    },
    token: (answer) => answer.token,
    error({ body }) {
      const json = parseJson(body);
      return compact({ error: isObject(json) ? text(json.error) : undefined });
    },
  };
}

/** A prefix and its credential are joined by one space. */
const prefixed = (value: string, prefix?: string): string => (prefix ? `${prefix} ${value}` : value);
