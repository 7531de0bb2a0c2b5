import { HttpService } from '@nestjs/axios';
import type { AxiosPromise, AxiosResponse, CancelTokenStatic } from 'axios';
import type { Observable } from 'rxjs';
import type { Account } from '../accounts/account.js';
import { isRecord } from '../common/is-object.js';
import type { AuthorizedFetch } from '../interceptor/authorized-fetch.js';
import type { ClientAccounts } from '../interceptor/outbound-account.js';
import type { AuthApisRequestOptions } from '../interceptor/request-options.js';
import type { TokenApi } from '../vendors/token-api.js';
import type { SettingsSpec } from '../vendors/token-api.definition.js';
import type { TokenCache } from '../token/token-cache.js';
import type { AuthenticationApi } from './authentication-api.js';
import { callObservable } from './call-observable.js';

/** @internal */
export const OUTBOUND = Symbol('outbound');

/** Values of what a token may be asked for with. @publicApi */
export type TokenParamsOf<Param extends string> = [Param] extends [never]
  ? Readonly<Record<string, never>>
  : Readonly<Partial<Record<Param, string>>>;

/** What a client stands for: an account, one of its tokens, or all accounts that the app looks up. */
export interface ClientScope<Authentication> {
  /** @throws AccountError when it stands for no account */
  account(): Account;
  /** Those that its calls may name. */
  readonly accounts: ClientAccounts;
  /** Puts what the client says of the account to what a call says. */
  select(given: AuthApisRequestOptions): AuthApisRequestOptions;
  readonly fetch: AuthorizedFetch;
  authentication(): Authentication;
  /** Another client of the same API. */
  for(wish: { readonly account?: unknown; readonly tokenParams?: TokenParamsOf<string> }): object;
}

export interface AuthClientParts<Authentication> {
  /** An axios instance whose calls are authorized already. */
  readonly instance: HttpService['axiosRef'];
  readonly scope: ClientScope<Authentication>;
  /** Of the copy of axios that made the instance. */
  readonly CancelToken: CancelTokenStatic;
}

/**
 * An `HttpService` of one account: relative URLs are below its base URL, calls to its origins carry its token.
 *
 * @typeParam Authentication the raw authentication API
 * @typeParam Param names of what a token may be asked for with
 * @publicApi
 */
export class AuthClient<
  Authentication = AuthenticationApi<string, string, string, unknown>,
  Param extends string = string,
> extends HttpService {
  readonly #scope: ClientScope<Authentication>;
  readonly #CancelToken: CancelTokenStatic;

  /** @internal */
  constructor({ instance, scope, CancelToken }: AuthClientParts<Authentication>) {
    super(instance);
    this.#scope = scope;
    this.#CancelToken = CancelToken;
  }

  /** The vendor's own authentication API, raw. */
  get authentication(): Authentication {
    return this.#scope.authentication();
  }

  /**
   * The account's token, kept fresh.
   *
   * @throws AccountError (`AMBIGUOUS_ACCOUNT`) where the app looks accounts up and this client stands for none
   */
  get tokens(): TokenCache {
    return this.#scope.account().tokens;
  }

  /** @internal */
  protected override makeObservable<T>(
    call: (...args: unknown[]) => AxiosPromise<T>,
    ...args: unknown[]
  ): Observable<AxiosResponse<T>> {
    return callObservable(this.#CancelToken, call, args);
  }

  /**
   * Node's own `fetch`, authorized: for generated clients, and for whoever likes it better. It can be handed on by itself.
   * Relative URLs are below the client's base URL; the token goes to the account's origins alone, and is left behind where
   * a redirect leads elsewhere. A call that is answered 401 is repeated once with another token, unless its body is a
   * stream, or a `Request` with more than 1 MiB. What the account's `http` options say is axios's; a proxy or an agent of
   * undici is given as `dispatcher`, beside a `Request`: in it, from Node 24 on, it is lost where a redirect is followed.
   *
   * Rejects as `fetch` does, and with an `AuthApisError` when no token can be had; with an AccountError
   * (`AMBIGUOUS_ACCOUNT`) where the app looks accounts up and this client stands for none, and (`ORIGIN_NOT_ALLOWED`) when
   * the call names an account whose token may not go there.
   *
   * @example
   * ```ts
   * const response = await sparkfly.fetch('/offers', { signal: AbortSignal.timeout(2_000) });
   * const first = await sparkfly.fetch('/offers', { authApis: { retry: false } });
   * const offers = new OffersApi(new Configuration({ basePath: baseURL, fetchApi: sparkfly.fetch }));
   * ```
   */
  get fetch(): AuthorizedFetch {
    return this.#scope.fetch;
  }

  /** What carries calls otherwise than axios does needs of a client. @internal */
  get [OUTBOUND](): Pick<ClientScope<Authentication>, 'account' | 'accounts' | 'select'> {
    return this.#scope;
  }

  /**
   * The client of another account of this API, by its id where the app resolves ids, else by its name; or of another
   * token of the same account, asked for with other parameters. Cheap: it shares everything with this one, and the same
   * one is given for the same account as long as somebody holds it. Nothing is looked up before its first call. Such a
   * token is refreshed while it is used, those of the options always.
   *
   * @example
   * ```ts
   * sparkfly.for('tenant-7').get('/offers');
   * sparkfly.for({ authScope: 'offers' }).get('/offers');
   * ```
   * @throws AccountError (`UNKNOWN_ACCOUNT`) when no account has the name and none are looked up, or it cannot be one;
   *   AuthApisOptionsError when a parameter cannot be used
   */
  for(account: string, tokenParams?: TokenParamsOf<Param>): this;
  for(tokenParams: TokenParamsOf<Param>): this;
  for(accountOrParams: string | TokenParamsOf<Param>, tokenParams?: TokenParamsOf<Param>): this {
    const isParams = isRecord(accountOrParams);
    // An id that is missing, or an object, must not be taken for a wish for this very account.
    return this.#scope.for(
      isParams ? { tokenParams: accountOrParams } : { account: accountOrParams, tokenParams },
    ) as this;
  }
}

/** The client of an API that `defineTokenApi` made. @publicApi */
export type AuthClientOf<Api> =
  Api extends TokenApi<infer Credential, infer Param, infer PerRequest, infer Settings, infer Data>
    ? Settings extends SettingsSpec
      ? AuthClient<AuthenticationApi<Credential, Param, PerRequest, Data>, Param>
      : never
    : never;
