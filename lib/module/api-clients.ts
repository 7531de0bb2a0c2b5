import type { HttpService } from '@nestjs/axios';
import type { Branch, Caretaker } from '../accounts/account-pool.js';
import { AccountPool } from '../accounts/account-pool.js';
import type { Account, RawParts } from '../accounts/account.js';
import { tokenKey } from '../accounts/token-key.js';
import { accountInstance } from '../clients/account-instance.js';
import type { ClientScope } from '../clients/auth.client.js';
import { AuthClient } from '../clients/auth.client.js';
import type { AuthenticationApiParts } from '../clients/authentication-api.js';
import { AuthenticationApi } from '../clients/authentication-api.js';
import { shortenCalls } from '../clients/short-calls.js';
import { SparkflyAuthenticationApi } from '../clients/sparkfly-authentication.api.js';
import { VerbitAuthenticationApi } from '../clients/verbit-authentication.api.js';
import type { AccountLabel } from '../common/errors.js';
import { AccountError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ResolvedApi, ResolvedOptions, ResolvedSite } from '../config/resolve-options.js';
import { authorizeInstance } from '../interceptor/authorize-instance.js';
import { authorizedFetch } from '../interceptor/authorized-fetch.js';
import { nestAxios } from '../interceptor/axios-build.js';
import { ownAccount } from '../interceptor/outbound-account.js';
import type { SharedTokenSetting } from '../request/shared-token.source.js';
import type { TokenParams } from '../request/round-trip.js';
import type { TokenSetting } from '../token/token-setting.js';
import type { TokenApi } from '../vendors/token-api.js';
import { classOf } from './client-tokens.js';

/** What all APIs of an app share. */
export interface ApiSurroundings {
  readonly options: ResolvedOptions;
  readonly setting: TokenSetting;
  readonly caretaker: Caretaker;
  readonly shared?: SharedTokenSetting;
  /** Ends what is under way when the app shuts down. */
  readonly closing: AbortSignal;
  /** Told when a call through a client goes to an origin that gets no token. */
  readonly onForeign: (account: AccountLabel, origin: string) => void;
}

type AnyClient = AuthClient<unknown>;

/**
 * One API of the app, spelled once: its accounts, kept by the pool, and a client for each of them. Clients of one site
 * share an axios instance, whose calls find their account at the adapter seam.
 */
export class ApiClients {
  readonly pool: AccountPool;
  readonly #api: TokenApi;
  readonly #surroundings: ApiSurroundings;
  /** Of the accounts in the options; under no name, the one for those that are looked up. */
  readonly #clients = new Map<string | undefined, AnyClient>();
  readonly #instances = new Map<string | undefined, HttpService['axiosRef']>();
  /** Clients that somebody holds: the same account gets the same one. */
  readonly #held = new Map<string, WeakRef<AnyClient>>();
  readonly #released = new FinalizationRegistry<string>((key) => {
    if (!this.#held.get(key)?.deref()) this.#held.delete(key);
  });

  constructor(resolved: ResolvedApi, surroundings: ApiSurroundings) {
    this.#api = resolved.api;
    this.#surroundings = surroundings;
    const { setting, caretaker, shared } = surroundings;
    this.pool = new AccountPool({ resolved, setting, adapter: nestAxios.getAdapter('http'), caretaker, shared });
    for (const { name, site } of resolved.accounts) {
      const { account, branch } = this.pool.configured(name)!;
      this.#addClient(name, branch, site, account);
    }
    if (resolved.lookup) this.#addClient(undefined, this.pool.lookupBranch!, resolved.lookup.site);
  }

  get name(): string {
    return this.#api.name;
  }

  /** Whether there is a client for this name: an account of the options, or any where the app looks them up. */
  has(name: string): boolean {
    return this.#clients.has(name) || this.#clients.has(undefined);
  }

  /** The client of the unnamed account; without one, that for all accounts that are looked up. */
  unnamed(): AnyClient {
    return this.#clients.get(DEFAULT_ACCOUNT) ?? this.#clients.get(undefined) ?? this.client(DEFAULT_ACCOUNT);
  }

  /** @throws AccountError, AuthApisOptionsError */
  client(name: string, tokenParams?: TokenParams): AnyClient {
    if (name === DEFAULT_ACCOUNT) this.pool.checkDefault();
    return this.#clientOf(name, tokenParams);
  }

  #clientOf(name: string, tokenParams: TokenParams | undefined): AnyClient {
    // `undefined` is no name, but where the client for all accounts stands.
    const own = name === undefined || tokenKey(name, tokenParams) !== name ? undefined : this.#clients.get(name);
    return own ?? this.#view(name, tokenParams);
  }

  #view(id: string, tokenParams: TokenParams | undefined): AnyClient {
    this.pool.check(id, tokenParams);
    const key = tokenKey(id, tokenParams);
    const held = this.#held.get(key)?.deref();
    if (held) return held;
    const instance = this.#instances.get(id) ?? this.#instances.get(undefined)!;
    const client = this.#make({
      instance: accountInstance(instance, { account: id, ...(tokenParams && { tokenParams }) }),
      account: () => this.pool.knownAccount(id, tokenParams),
      raw: () => this.pool.rawParts(id, tokenParams),
      id,
      tokenParams,
    });
    this.#held.set(key, new WeakRef(client));
    this.#released.register(client, key);
    return client;
  }

  #addClient(name: string | undefined, { site }: Branch, { http }: ResolvedSite, own?: Account): void {
    const { options, onForeign } = this.#surroundings;
    const { clock, isUnauthorized } = options;
    const instance = nestAxios.create({ ...http, baseURL: site.baseURL });
    shortenCalls(instance);
    const find = (id: string | undefined, tokenParams?: TokenParams, ofClient = id === undefined): Account =>
      ofClient
        ? this.pool.knownAccount(id ?? name ?? this.#throwNone(), tokenParams)
        : this.pool.account(id!, tokenParams);
    const looksUp = this.pool.lookupBranch !== undefined;
    const choose = ownAccount({ site, own, find, api: this.name, looksUp, onForeign });
    authorizeInstance(instance, { choose, clock, isUnauthorized });
    this.#instances.set(name, instance);
    const client = this.#make({
      instance,
      account: () => own ?? this.#throwNone(),
      raw: () => (name === undefined ? this.#throwNone() : this.pool.rawParts(name)),
      id: name,
    });
    this.#clients.set(name, client);
  }

  #make({ instance, account, raw, id, tokenParams }: ClientWishes): AnyClient {
    const { closing, options, onForeign } = this.#surroundings;
    const { clock, tokenRequestTimeoutMs, isUnauthorized } = options;
    const conduct = { clock, isUnauthorized, onForeign };
    let authentication: unknown;
    const scope: ClientScope<never> = {
      account,
      conduct,
      fetch: authorizedFetch(() => ({ account: account(), conduct })),
      authentication: () =>
        (authentication ??= this.#authentication({ ...raw(), clock, tokenRequestTimeoutMs, closing })) as never,
      // Parameters alone go on top of what this client stands for; another account begins anew.
      for: (wish) =>
        'account' in wish
          ? this.client(wish.account as string, wish.tokenParams)
          : this.#clientOf(id ?? this.#throwNone(), { ...tokenParams, ...wish.tokenParams }),
    };
    const Client = classOf(this.name) ?? AuthClient;
    return new Client({ instance, scope, CancelToken: nestAxios.CancelToken });
  }

  #authentication(parts: AuthenticationApiParts): unknown {
    if (this.name === 'verbit') return new VerbitAuthenticationApi(parts);
    if (this.name === 'sparkfly') return new SparkflyAuthenticationApi(parts);
    return new AuthenticationApi(parts, [...this.#api.tokenParams, ...this.#api.perRequest]);
  }

  #throwNone(): never {
    const message =
      `The accounts of ${this.name} are looked up by id, and this client stands for none of them: ` +
      'use `client.for(id)`';
    throw new AccountError('AMBIGUOUS_ACCOUNT', message, { api: this.name });
  }
}

interface ClientWishes {
  readonly instance: HttpService['axiosRef'];
  readonly account: () => Account;
  readonly raw: () => RawParts;
  readonly id?: string;
  readonly tokenParams?: TokenParams;
}
