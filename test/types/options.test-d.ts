import type { DynamicModule } from '@nestjs/common';
import {
  AuthApisModule,
  type AccountRefreshOptions,
  type AuthApisOptions,
  type AuthApisOptionsFactory,
  type UpstreamResponse,
} from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expectTrue, type Equal } from './expect-type.js';

const secret = 'secret';

// What `process.env` gives compiles in a strict app, and a secret may be a function.
const module = AuthApisModule.forRoot({
  isGlobal: false,
  clock: new ManualClock(),
  verbit: { apiKey: process.env.VERBIT_API_KEY, contract: 'users', environment: 'sandbox', http: { timeout: 1_000 } },
  sparkfly: [
    { identity: process.env.SPARKFLY_IDENTITY, key: () => secret },
    { name: 'east', identity: secret, key: async () => secret, environment: 'pos-staging', authMethod: 'GET' },
  ],
});
expectTrue<Equal<typeof module, DynamicModule>>();

// A secret may be a pair, and accounts may be looked up.
AuthApisModule.forRoot({
  refresh: { concurrency: 5 },
  verbit: { apiKey: ['current', 'next'], maxTokenRequestsPerMinute: 60 },
  sparkfly: [
    { identity: secret, key: async () => ['current', 'next'] as const },
    {
      authScope: 'offers',
      accounts: {
        resolve: async (id) => (id === 'nobody' ? undefined : { identity: id, key: secret, authScope: null, more: 1 }),
        maxAccounts: 1_000,
        idleMs: 3_600_000,
      },
    },
  ],
});
AuthApisModule.forRoot({ verbit: { accounts: { resolve: () => null } } });

// `refresh` and `isUnauthorized` are for one account, for dynamic accounts, and for all.
const refresh: AccountRefreshOptions = {
  enabled: true,
  aheadRatio: 0.5,
  aheadCapMs: 60_000,
  backoff: { maxMs: 30_000 },
};
AuthApisModule.forRoot({
  refresh: { ...refresh, concurrency: 5 },
  isUnauthorized: (response) => {
    expectTrue<Equal<typeof response, UpstreamResponse>>();
    return response.status === 401;
  },
  verbit: [
    { apiKey: secret, refresh: { enabled: false }, isUnauthorized: ({ status }) => status === 419 },
    { accounts: { resolve: () => null }, refresh, isUnauthorized: ({ headers, data }) => Boolean(headers.x ?? data) },
  ],
  sparkfly: { identity: secret, key: secret, refresh: { backoff: {} } },
});

// @ts-expect-error -- one limit for all accounts of an API
AuthApisModule.forRoot({ verbit: { apiKey: secret, refresh: { concurrency: 5 } } });
// @ts-expect-error -- the same beside `accounts`
AuthApisModule.forRoot({ verbit: { accounts: { resolve: () => null }, refresh: { concurrency: 5 } } });
// @ts-expect-error -- no such field
AuthApisModule.forRoot({ verbit: { apiKey: secret, refresh: { ahead: 0.5 } } });
// @ts-expect-error -- a rule decides at once
AuthApisModule.forRoot({ verbit: { apiKey: secret, isUnauthorized: async () => true } });
// @ts-expect-error -- a status is no rule
AuthApisModule.forRoot({ verbit: { apiKey: secret, isUnauthorized: 401 } });

// @ts-expect-error -- three are no pair
AuthApisModule.forRoot({ verbit: { apiKey: ['a', 'b', 'c'] } });
// @ts-expect-error -- a key is missing
AuthApisModule.forRoot({ sparkfly: { accounts: { resolve: (id) => ({ identity: id }) } } });
// @ts-expect-error -- a function is no credential of an account that is looked up
AuthApisModule.forRoot({ verbit: { accounts: { resolve: () => ({ apiKey: () => secret }) } } });
// @ts-expect-error -- without a way to look them up
AuthApisModule.forRoot({ verbit: { accounts: { maxAccounts: 5 } } });
// @ts-expect-error -- made with accountsFor
AuthApisModule.forRoot({ apis: [{ apiKey: secret }] });

// @ts-expect-error -- a secret is not a number
AuthApisModule.forRoot({ verbit: { apiKey: 7 } });
// @ts-expect-error -- nor may its function give none
AuthApisModule.forRoot({ verbit: { apiKey: () => undefined } });
// @ts-expect-error -- the key is missing
AuthApisModule.forRoot({ sparkfly: { identity: secret } });
// @ts-expect-error -- an option that an account does not have
AuthApisModule.forRoot({ verbit: { apiKey: secret, apikey: secret } });
// @ts-expect-error -- an option that the module does not have
AuthApisModule.forRoot({ verbatim: { apiKey: secret } });
// @ts-expect-error -- no such environment
AuthApisModule.forRoot({ verbit: { apiKey: secret, environment: 'staging' } });
// @ts-expect-error -- no such contract
AuthApisModule.forRoot({ verbit: { apiKey: secret, contract: 'v0.9' } });
// @ts-expect-error -- no such method
AuthApisModule.forRoot({ sparkfly: { identity: secret, key: secret, authMethod: 'PUT' } });
// @ts-expect-error -- no such time to prefetch
AuthApisModule.forRoot({ prefetch: 'later' });
// @ts-expect-error -- no such option of an axios request
AuthApisModule.forRoot({ verbit: { apiKey: secret, http: { timeOut: 1_000 } } });

class Vault {
  key = secret;
}
class Factory implements AuthApisOptionsFactory {
  async createAuthApisOptions(): Promise<AuthApisOptions> {
    return { verbit: { apiKey: secret } };
  }
}

AuthApisModule.forRootAsync({ inject: [Vault], useFactory: (vault: Vault) => ({ verbit: { apiKey: vault.key } }) });
AuthApisModule.forRootAsync({ useFactory: async () => ({ sparkfly: [] }), names: { sparkfly: ['east'] } });
AuthApisModule.forRootAsync({ useClass: Factory, isGlobal: false, imports: [] });
AuthApisModule.forRootAsync({ useExisting: Factory });
// @ts-expect-error -- not a class that makes options
AuthApisModule.forRootAsync({ useClass: Vault });
// @ts-expect-error -- not what a factory must return
AuthApisModule.forRootAsync({ useFactory: () => ({ verbit: { apiKey: 7 } }) });
// @ts-expect-error -- `wrong` is no environment, here neither
AuthApisModule.forRootAsync({ useFactory: () => ({ verbit: { apiKey: secret, environment: 'wrong' } }) });
