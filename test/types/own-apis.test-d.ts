import type { DynamicModule, InjectionToken } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import {
  accountsFor,
  AuthApis,
  AuthApisModule,
  defineTokenApi,
  getAuthClientToken,
  InjectAuthClient,
  oauth2ClientCredentials,
  type AuthClient,
  type AuthClientOf,
  type AuthenticationApi,
  type OAuth2Api,
  type TokenParamsOf,
  type UpstreamResponse,
  type WithHttpInfo,
} from 'nestjs-auth-apis';
import { expectAssignable, expectTrue, type Equal } from './expect-type.js';

const acme = defineTokenApi({
  name: 'acme',
  credentials: ['appId', 'appKey'],
  tokenParams: ['region'],
  perRequest: ['traceId'],
  settings: { tier: ['gold', 'tin'], prefix: 'text' },
  baseURL: ({ tier }) => {
    expectTrue<Equal<typeof tier, 'gold' | 'tin' | undefined>>();
    return 'https://api.acme.example/v2';
  },
  tokenURL: 'token',
  lifetimeMs: 30 * 60_000,
  placement: { in: 'header', name: 'X-Acme-Token' },
  request: ({ url, credentials, tokenParams, settings }) => {
    expectTrue<Equal<typeof credentials, Readonly<Record<'appId' | 'appKey', string>>>>();
    expectTrue<Equal<typeof tokenParams.region, string | undefined>>();
    expectTrue<Equal<typeof tokenParams.traceId, string | undefined>>();
    expectTrue<Equal<typeof settings.prefix, string | undefined>>();
    // @ts-expect-error -- no such credential
    void credentials.apiKey;
    // @ts-expect-error -- no such parameter
    void tokenParams.zone;
    return { method: 'POST', url, headers: { 'X-Acme-Id': credentials.appId } };
  },
  parseResponse: ({ json }) => ({ token: json.access, lifetimeMs: Number(json.seconds) * 1_000, data: { seats: 5 } }),
});

const plain = defineTokenApi({
  name: 'plain',
  credentials: ['key'],
  tokenURL: 'https://login.plain.example',
  lifetimeMs: 1_000,
  placement: { scheme: 'Bearer' },
  request: ({ url }) => ({ method: 'GET', url, headers: {} }),
  parseResponse: ({ json }) => ({ token: json.token }),
});

// A definition may set `refresh` and `isUnauthorized` for all of its accounts; they change nothing else of its type.
const tuned = defineTokenApi({
  name: 'tuned',
  credentials: ['key'],
  tokenURL: 'https://login.tuned.example',
  lifetimeMs: 1_000,
  placement: { scheme: 'Bearer' },
  refresh: { enabled: false, backoff: { initialMs: 2_000 } },
  isUnauthorized: (response) => {
    expectTrue<Equal<typeof response, UpstreamResponse>>();
    return response.status === 419;
  },
  request: ({ url }) => ({ method: 'GET', url, headers: {} }),
  parseResponse: ({ json }) => ({ token: json.token }),
});
expectTrue<Equal<typeof tuned, typeof plain>>();

const tunedOAuth = oauth2ClientCredentials({
  name: 'tuned-oauth',
  tokenURL: 'https://login.example/token',
  refresh: { aheadRatio: 0.5 },
  isUnauthorized: ({ status }) => status === 419,
});
expectTrue<Equal<typeof tunedOAuth, OAuth2Api>>();

// An account of any API has them too.
accountsFor(plain, { key: 'k', refresh: { aheadRatio: 0.5 }, isUnauthorized: ({ status }) => status === 403 });
accountsFor(plain, { accounts: { resolve: () => null }, refresh: { enabled: false }, isUnauthorized: () => false });
// @ts-expect-error -- one limit for all accounts of an API
accountsFor(plain, { key: 'k', refresh: { concurrency: 5 } });
// @ts-expect-error -- nor is it for one API
oauth2ClientCredentials({ name: 'x', tokenURL: 'token', refresh: { concurrency: 5 } });

const oauth = oauth2ClientCredentials({ name: 'oauth', tokenURL: 'https://login.example/token' });
expectTrue<Equal<typeof oauth, OAuth2Api>>();

defineTokenApi({
  name: 'wrong',
  credentials: ['key'],
  tokenURL: 'token',
  lifetimeMs: 1_000,
  placement: { in: 'header', name: 'X' },
  // @ts-expect-error -- a request says its method
  request: ({ url }) => ({ url, headers: {} }),
  parseResponse: () => undefined,
});

// Accounts say what the definition names, and no more.
const module = AuthApisModule.forRoot({
  apis: [
    accountsFor(acme, { appId: process.env.ACME_ID, appKey: ['current', 'next'], tier: 'gold', region: 'eu' }),
    accountsFor(plain, [{ key: () => 'k' }, { name: 'east', key: 'k', http: { timeout: 1_000 } }]),
    accountsFor(oauth, {
      clientAuthentication: 'client_secret_post',
      accounts: { resolve: async (id) => ({ clientId: id, clientSecret: 's', scope: null }) },
    }),
  ],
});
expectTrue<Equal<typeof module, DynamicModule>>();

// Parameters are those of the definition; where it has none, there are none.
expectTrue<Equal<TokenParamsOf<'region'>, Readonly<Partial<Record<'region', string>>>>>();
expectAssignable<TokenParamsOf<'region'>>({ region: 'eu' });
expectAssignable<TokenParamsOf<never>>({});
// @ts-expect-error -- no key at all
expectAssignable<TokenParamsOf<never>>({ region: 'eu' });
// @ts-expect-error -- not even one that says nothing
expectAssignable<TokenParamsOf<never>>({ region: undefined });

// @ts-expect-error -- a credential is missing
accountsFor(acme, { appId: 'me' });
// @ts-expect-error -- no such tier
accountsFor(acme, { appId: 'me', appKey: 'k', tier: 'silver' });
// @ts-expect-error -- what a looked-up account lacks
accountsFor(acme, { accounts: { resolve: (id) => ({ appId: id }) } });
// @ts-expect-error -- a setting of which only some texts will do is the same for all that are looked up
accountsFor(acme, { accounts: { resolve: () => ({ appId: 'me', appKey: 'k', prefix: 5 }) } });
// @ts-expect-error -- no definition
accountsFor('acme', { appId: 'me', appKey: 'k' });

@Injectable()
export class Consumer {
  constructor(
    @InjectAuthClient(acme) private readonly mine: AuthClientOf<typeof acme>,
    @InjectAuthClient('oauth', 'east') private readonly oauth: AuthClientOf<OAuth2Api>,
    apis: AuthApis,
  ) {
    const east = apis.client(acme, 'east');
    expectTrue<Equal<typeof east, AuthClientOf<typeof acme>>>();
    apis.client(plain).for('east');
    // @ts-expect-error -- it has no parameters
    apis.client(plain).for({ region: 'eu' });
    // @ts-expect-error -- nor has another account of it
    apis.client(plain).for('east', { region: 'eu' });
    // @ts-expect-error -- a name alone does not say whose client it is, unless the app declares it
    apis.client('acme');
  }

  async ask() {
    expectAssignable<
      AuthClient<AuthenticationApi<'appId' | 'appKey', 'region', 'traceId', { seats: number }>, 'region'>
    >(this.mine);
    const data = await this.mine.authentication.auth({ appKey: 'other', region: 'us', traceId: 't-1' });
    expectTrue<Equal<typeof data, { seats: number }>>();
    const info = await this.oauth.authentication.authWithHttpInfo({ scope: 'read' });
    expectTrue<Equal<typeof info, WithHttpInfo<Readonly<Record<string, unknown>>>>>();
    this.mine.for('tenant-7', { region: 'us' });
    // @ts-expect-error -- what one request may say does not make another token
    this.mine.for({ traceId: 't-1' });
    // @ts-expect-error -- no such parameter
    void this.mine.authentication.auth({ zone: 'eu' });
  }
}

expectAssignable<InjectionToken>(getAuthClientToken(acme, 'east'));
