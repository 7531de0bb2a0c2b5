import { defineTokenApi } from './token-api.js';
import { compact, date, joinURL, text, tokenText } from './wire.js';

/** @publicApi */
export type SparkflyEnvironment = 'staging' | 'production' | 'pos-staging';

/** @publicApi */
export type SparkflyAuthMethod = 'POST' | 'GET';

/** The documented response headers of `POST /auth`. @publicApi */
export interface SparkflyAuthResponse {
  readonly token: string;
  /** About HTTP caching, never the token's lifetime. */
  readonly cacheControl?: string;
  readonly date?: Date;
  readonly uaCompatible?: string;
}

const BASE_URLS: Readonly<Record<SparkflyEnvironment, string>> = {
  staging: 'https://api-staging.sparkfly.com/v1.0',
  production: 'https://api.sparkfly.com/v1.0',
  'pos-staging': 'https://posapi-staging.sparkfly.com',
};

/**
 * Sparkfly: the platform, asked by POST, and the POS API, asked by GET.
 *
 * @see Sparkfly Platform SDK, `AuthenticationApi.post_auth`; developers.sparkfly.com, POS API
 */
export const sparkfly = defineTokenApi({
  name: 'sparkfly',
  credentials: ['identity', 'key'],
  /** "API scope availability for an auth token"; "Available IP address for an auth token". */
  tokenParams: ['authScope', 'forwardedFor'],
  settings: {
    environment: ['staging', 'production', 'pos-staging'],
    authMethod: ['POST', 'GET'],
    identityPrefix: 'text',
    keyPrefix: 'text',
  },
  baseURL: ({ environment = 'staging' }) => BASE_URLS[environment],
  /** The documentation puts the token endpoint under `/v1.0`, the generated SDK at the root of the same host. */
  tokenURL: (_, baseURL) => [joinURL(baseURL, 'auth'), new URL('/auth', baseURL).href],
  lifetimeMs: 24 * 3_600_000,
  placement: { in: 'header', name: 'X-Auth-Token' },
  request: ({ url, credentials, tokenParams: { authScope, forwardedFor }, settings }) => ({
    method: settings.authMethod ?? (settings.environment === 'pos-staging' ? 'GET' : 'POST'),
    url,
    headers: {
      'X-Auth-Identity': prefixed(credentials.identity, settings.identityPrefix),
      'X-Auth-Key': prefixed(credentials.key, settings.keyPrefix),
      ...(authScope !== undefined && { 'X-Auth-Scope': authScope }),
      ...(forwardedFor !== undefined && { 'X-Forwarded-For': forwardedFor }),
    },
  }),
  parseResponse({ headers }) {
    const token = tokenText(headers['x-auth-token']);
    if (token === undefined) return undefined;
    const data = compact<SparkflyAuthResponse>({
      token,
      cacheControl: text(headers['cache-control']),
      // Documented as RFC 3339, sent as an HTTP date: both are read.
      date: date(headers.date),
      uaCompatible: text(headers['x-ua-compatible']),
    });
    return { token, data };
  },
  parseError: ({ json }) => compact({ error: text(json.error) }),
});

/** A prefix and its credential are joined by one space. */
const prefixed = (value: string, prefix?: string): string => (prefix ? `${prefix} ${value}` : value);
