import type { HttpService } from '@nestjs/axios';
import { AccountPool, type RefreshPlanner } from '../accounts/account-pool.js';
import type { RawRequestParts } from '../accounts/account.js';
import type { Account } from '../accounts/account.js';
import { tokenKey } from '../accounts/token-key.js';
import { accountInstance, selectAccount } from '../clients/account-instance.js';
import { AuthClient, type ClientScope } from '../clients/auth.client.js';
import { AuthenticationApi } from '../clients/authentication-api.js';
import { builtInOf } from '../clients/built-in.js';
import { shortenCalls } from '../clients/short-calls.js';
import type { Context } from '../common/context.js';
import { AccountError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ResolvedApi } from '../config/resolve-options.js';
import type { Site } from '../config/site.js';
import { authorizeInstance } from '../interceptor/authorize-instance.js';
import { authorizedFetch } from '../interceptor/authorized-fetch.js';
import { nestAxios } from '../interceptor/axios-build.js';
import { type ClientAccounts, ownAccount } from '../interceptor/outbound-account.js';
import type { AuthApisRequestOptions } from '../interceptor/request-options.js';
import type { TokenParams } from '../request/round-trip.js';
import type { Sharing } from '../store/sharing.js';
import type { TokenApi } from '../vendors/token-api.js';

/** What all APIs of an app share. */
export interface ApiClientsDeps {
  readonly context: Context;
  readonly planner: RefreshPlanner;
  readonly sharing?: Sharing;
}

type AnyClient = AuthClient<unknown>;

/**
 * One API of the app, spelled once: its accounts, kept by the pool, and a client for each of them. Clients of one site
 * share an axios instance, whose calls find their account at the adapter seam.
 */
export class ApiClients {
  readonly pool: AccountPool;
  readonly #api: TokenApi;
  readonly #context: Context;
  /** Of the accounts in the options; under no name, the one for those that are looked up. */
  readonly #clients = new Map<string | undefined, AnyClient>();
  /** Where their calls go, by the same names. */
  readonly #bases = new Map<string | undefined, ClientBase>();
  /** Clients that somebody holds: the same account gets the same one. */
  readonly #held = new Map<string, WeakRef<AnyClient>>();
  readonly #released = new FinalizationRegistry<string>((key) => {
    if (!this.#held.get(key)?.deref()) this.#held.delete(key);
  });

  constructor(resolved: ResolvedApi, deps: ApiClientsDeps) {
    this.#api = resolved.api;
    this.#context = deps.context;
    this.pool = new AccountPool(resolved, { ...deps, adapter: nestAxios.getAdapter('http') });
    for (const { name, site } of resolved.accounts) this.#addClient(name, site, this.pool.configured(name));
    if (resolved.lookup) this.#addClient(undefined, resolved.lookup.site);
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

  /** What is injected by a name, which is always code's: a fixed account goes before an id. */
  injectable(name: string): AnyClient {
    return name === DEFAULT_ACCOUNT ? this.unnamed() : (this.#clients.get(name) ?? this.client(name));
  }

  /** By an id, where the app resolves ids; else by a fixed account's name. @throws AccountError, AuthApisOptionsError */
  client(id: string, tokenParams?: TokenParams): AnyClient {
    return this.#clientOf(id, tokenParams, this.pool.resolvedSite === undefined);
  }

  #clientOf(id: string, given: TokenParams | undefined, isFixed: boolean): AnyClient {
    const tokenParams = this.pool.check(id, given, isFixed);
    return isFixed && !tokenParams ? this.#clients.get(id)! : this.#view(id, tokenParams, isFixed);
  }

  #view(id: string, tokenParams: TokenParams | undefined, isFixed: boolean): AnyClient {
    const key = tokenKey(id, tokenParams, isFixed);
    const held = this.#held.get(key)?.deref();
    if (held) return held;
    const base = this.#bases.get(isFixed ? id : undefined)!;
    const selection = { account: id, tokenParams };
    const client = this.#make({
      base: { ...base, instance: accountInstance(base.instance, selection) },
      select: (given) => selectAccount(selection, given),
      account: () => this.pool.account(id, tokenParams, isFixed),
      raw: () => this.pool.rawRequestParts(id, tokenParams, isFixed),
      id,
      isFixed,
      tokenParams,
    });
    this.#held.set(key, new WeakRef(client));
    this.#released.register(client, key);
    return client;
  }

  #addClient(name: string | undefined, site: Site, own?: Account): void {
    const context = this.#context;
    const instance = nestAxios.create({ ...site.http, baseURL: site.baseURL });
    shortenCalls(instance);
    const isFixed = name !== undefined;
    const find = (id: string | undefined, tokenParams?: TokenParams, ofClient = id === undefined): Account =>
      ofClient
        ? this.pool.account(name ?? id ?? this.#throwNone(), tokenParams, isFixed)
        : this.pool.account(id!, tokenParams);
    const resolvesIds = this.pool.resolvedSite !== undefined;
    const accounts: ClientAccounts = { site, own, find, api: this.name, resolvesIds, context };
    authorizeInstance(instance, { choose: ownAccount(accounts), context });
    const base = { instance, accounts };
    this.#bases.set(name, base);
    const client = this.#make({
      base,
      select: (given) => given,
      account: () => own ?? this.#throwNone(),
      raw: () => (name === undefined ? this.#throwNone() : this.pool.rawRequestParts(name, undefined, true)),
      id: name,
      isFixed,
    });
    this.#clients.set(name, client);
  }

  #make({ base, select, account, raw, id, isFixed, tokenParams }: ClientParts): AnyClient {
    const { instance, accounts } = base;
    let authentication: unknown;
    const scope: ClientScope<never> = {
      account,
      accounts,
      select,
      fetch: authorizedFetch(accounts, select),
      authentication: () => (authentication ??= this.#authentication(raw())) as never,
      // Parameters alone go on top of what this client stands for; another account begins anew.
      for: (wish) =>
        'account' in wish
          ? this.client(wish.account as string, wish.tokenParams)
          : this.#clientOf(id ?? this.#throwNone(), { ...tokenParams, ...wish.tokenParams }, isFixed),
    };
    const { Client = AuthClient } = builtInOf(this.name) ?? {};
    return new Client({ instance, scope, CancelToken: nestAxios.CancelToken });
  }

  #authentication(parts: RawRequestParts): unknown {
    const { Authentication } = builtInOf(this.name) ?? {};
    if (Authentication) return new Authentication(parts);
    return new AuthenticationApi(parts, [...this.#api.tokenParams, ...this.#api.perRequest]);
  }

  #throwNone(): never {
    const message =
      `The accounts of ${this.name} are looked up by id, and this client stands for none of them: ` +
      'use `client.for(id)`';
    throw new AccountError('AMBIGUOUS_ACCOUNT', message, { api: this.name });
  }
}

/** An axios instance whose calls are authorized, and the accounts that they may name. */
interface ClientBase {
  readonly instance: HttpService['axiosRef'];
  readonly accounts: ClientAccounts;
}

interface ClientParts {
  readonly base: ClientBase;
  /** Puts what the client says of the account to what a call says. */
  readonly select: (given: AuthApisRequestOptions) => AuthApisRequestOptions;
  readonly account: () => Account;
  readonly raw: () => RawRequestParts;
  readonly id?: string;
  readonly isFixed: boolean;
  readonly tokenParams?: TokenParams;
}
