import type { SparkflyAuthMethod } from './sparkfly.wire.js';
import type { Endpoints } from './token-api.definition.js';
import { joinURL } from './wire.js';

/** @publicApi */
export type SparkflyEnvironment = 'staging' | 'production' | 'pos-staging';

export interface SparkflyPlace {
  readonly environment: SparkflyEnvironment;
  readonly baseURL?: string;
  readonly authURL?: string;
}

const BASE_URLS: Readonly<Record<SparkflyEnvironment, string>> = {
  staging: 'https://api-staging.sparkfly.com/v1.0',
  production: 'https://api.sparkfly.com/v1.0',
  'pos-staging': 'https://posapi-staging.sparkfly.com',
};

/** The POS API is asked with GET, the platform with POST. */
export function defaultAuthMethod(environment: SparkflyEnvironment): SparkflyAuthMethod {
  return environment === 'pos-staging' ? 'GET' : 'POST';
}

/**
 * Sparkfly's table of defaults. The documentation puts the token endpoint under `/v1.0`, the generated SDK at the
 * root of the same host: without an `authURL` both are tried.
 */
export function sparkflyEndpoints({ environment, ...given }: SparkflyPlace): Endpoints {
  const baseURL = given.baseURL ?? BASE_URLS[environment];
  const below = joinURL(baseURL, given.authURL ?? 'auth');
  const root = new URL('/auth', baseURL).href;
  const tryRoot = given.authURL === undefined && root !== below;
  return { baseURL, authURLs: tryRoot ? [below, root] : [below], furtherOrigins: [] };
}
