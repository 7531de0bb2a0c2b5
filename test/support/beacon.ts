import type { INestApplicationContext } from '@nestjs/common';
import type { AccountOf, AuthApisOptions, AuthClientOf, Clock, DynamicAccountsOf, NoSettings } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, defineTokenApi, oauth2ClientCredentials, systemClock } from 'nestjs-auth-apis';
import { json } from './acme.js';
import { startApp } from './app.js';
import { startTokenServer } from './token-server.js';

export const MINUTE = 60_000;
/** Lifetime of a token in the definition; the vendor does not say. */
export const LIFETIME_MS = 30 * MINUTE;

/** The options that an account, a definition and `forRoot` have in common. */
export type SharedOptions = Pick<AuthApisOptions, 'refresh' | 'isUnauthorized'>;

/** A definition that sets what the test is about, and nothing else beyond the required fields. */
export const beacon = ({ refresh, isUnauthorized }: SharedOptions = {}) =>
  defineTokenApi({
    name: 'beacon',
    credentials: ['key'],
    tokenURL: 'token',
    lifetimeMs: LIFETIME_MS,
    placement: { scheme: 'Bearer' },
    refresh,
    isUnauthorized,
    request: ({ url, credentials }) => ({ method: 'POST', url, headers: {}, body: credentials.key }),
    parseResponse: ({ json }) => ({ token: json.access_token }),
  });

/** The same API as one of OAuth 2.0. */
export const oauthBeacon = ({ refresh, isUnauthorized }: SharedOptions = {}) =>
  oauth2ClientCredentials({ name: 'beacon', tokenURL: 'token', lifetimeMs: LIFETIME_MS, refresh, isUnauthorized });

/** The vendor on a real socket. */
export interface BeaconVendor {
  readonly origin: string;
  /** Token requests: the key, and the time on the vendor's clock since the start. */
  readonly tokenRequests: { readonly key: string; readonly afterMs: number }[];
  /** Status of the next API response alone. */
  rejectNextWith: number | undefined;
  /** Status of every token response. */
  tokenStatus: number;
}

export async function beaconVendor(clock: Clock = systemClock): Promise<BeaconVendor> {
  const startedAt = clock.wallNow();
  const vendor = { origin: '', tokenRequests: [], rejectNextWith: undefined, tokenStatus: 200 } as BeaconVendor;
  const { origin } = await startTokenServer((response, { url, body }) => {
    if (url === '/token') {
      vendor.tokenRequests.push({ key: body, afterMs: clock.wallNow() - startedAt });
      return json(response, vendor.tokenStatus, { access_token: `token-${vendor.tokenRequests.length}` });
    }
    const status = vendor.rejectNextWith ?? 200;
    vendor.rejectNextWith = undefined;
    json(response, status, { status });
  });
  return Object.assign(vendor, { origin });
}

/** When tokens were requested with this key, in minutes since the start. */
export const minutesOf = ({ tokenRequests }: BeaconVendor, key: string): number[] =>
  tokenRequests.filter((request) => request.key === key).map(({ afterMs }) => afterMs / MINUTE);

type BeaconEntry = AccountOf<'key', never, NoSettings> | DynamicAccountsOf<'key', never, NoSettings>;
export type BeaconAccounts = BeaconEntry | BeaconEntry[];

export interface BeaconApp {
  readonly app: INestApplicationContext;
  readonly vendor: BeaconVendor;
  readonly clientOf: (name?: string) => AuthClientOf<ReturnType<typeof beacon>>;
}

/** A vendor, and an app with these accounts of it. */
export async function beaconApp(
  accounts: (baseURL: string) => BeaconAccounts,
  { api = beacon(), ...options }: AuthApisOptions & { api?: ReturnType<typeof beacon> } = {},
): Promise<BeaconApp> {
  const vendor = await beaconVendor(options.clock);
  const app = await startApp({ prefetch: 'none', ...options, apis: [accountsFor(api, accounts(vendor.origin))] });
  return { app, vendor, clientOf: (name) => app.get(AuthApis).client(api, name) };
}
