import type { Endpoints } from './token-api.definition.js';
import type { VerbitContract } from './verbit.wire.js';
import { joinURL } from './wire.js';

/** @publicApi */
export type VerbitEnvironment = 'production' | 'sandbox';

export interface VerbitPlace {
  readonly contract: VerbitContract;
  readonly environment: VerbitEnvironment;
  readonly baseURL?: string;
  readonly authURL?: string;
}

const BASE_URLS: Readonly<Record<VerbitEnvironment, string>> = {
  production: 'https://api.verbit.co/api/v1',
  sandbox: 'https://sandbox-api.verbit.co/api/v1',
};
const VERBIT_HOST = /(^|\.)verbit\.co$/;
const USERS_AUTH_URL = 'https://users.verbit.co/api/v1/auth';
/** Live orders and sessions take the same token. */
const FURTHER_ORIGINS = ['https://orders.verbit.co', 'https://realtime.verbit.co'];

/**
 * Verbit's table of defaults. `undefined` where nothing is documented: the `users` contract has no known sandbox, so
 * `authURL` must be given there.
 */
export function verbitEndpoints({ contract, environment, ...given }: VerbitPlace): Endpoints | undefined {
  const baseURL = given.baseURL ?? BASE_URLS[environment];
  const authURL = given.authURL ?? defaultAuthURL(contract, environment, baseURL);
  if (authURL === undefined) return undefined;
  return {
    baseURL,
    authURLs: [joinURL(baseURL, authURL)],
    furtherOrigins: environment === 'production' ? FURTHER_ORIGINS : [],
  };
}

function defaultAuthURL(contract: VerbitContract, environment: VerbitEnvironment, baseURL: string): string | undefined {
  if (contract === 'v0.8') return 'auth';
  if (environment !== 'production') return undefined;
  // A base URL that is not Verbit's is a gateway or a fake: the key must not go past it to the vendor's public host.
  return VERBIT_HOST.test(new URL(baseURL).hostname) ? USERS_AUTH_URL : 'auth';
}
