import type { Dispatcher } from 'undici';
import { AuthClient, OUTBOUND } from '../clients/auth.client.js';
import { AccountError, type AccountLabel, AuthApisOptionsError } from '../common/errors.js';
import type { Account } from '../accounts/account.js';
import { isObject } from '../common/is-object.js';
import { accountText } from '../common/messages.js';
import { withoutPrototype } from '../common/without-prototype.js';
import { pollutedPrototype } from '../common/polluted-prototype.js';
import { serverNameOf } from '../common/server-name.js';
import { CallerController } from './caller.controller.js';
import { destinationOf, UNKNOWN } from '../interceptor/destination.js';
import { accountOfCall, authorizedAccount } from '../interceptor/outbound-account.js';
import { type AuthApisRequestOptions, NO_OPTIONS, requestOptionsOf } from '../interceptor/request-options.js';
import { type Connected, originOf, requestOrigin, urlOf } from './destination.js';
import { isDetour, watchDetour } from './detour.js';
import { DispatchedCall } from './dispatched-call.js';
import { copyOf, hasHeader, isIterable } from './request-headers.js';
import { tellError } from './handlers.js';

/** @publicApi */
export interface AuthorizationInterceptorOptions {
  /** Do not repeat a request with another token when the API answers 401. @default it is repeated once */
  readonly retry?: false;
  /**
   * Where a `Client` or `Pool` connects to, `'https://api.example.com'`: their requests may name no origin, and with
   * undici 7 nobody else tells. A request that names another one gets no token. Of a `BalancedPool` any of its upstreams: it
   * is taken at your word that all of them are the account's.
   *
   * @default the origin that a request names; with undici 8 also the one that the `Client` or `Pool` has, and none with a
   *   `BalancedPool`, whose requests are refused then
   */
  readonly origin?: string | URL;
}

declare module 'undici' {
  namespace Dispatcher {
    interface DispatchOptions {
      /** Of one request through `authorizationInterceptor`; undici itself does not read it. */
      authApis?: AuthApisRequestOptions;
    }
  }
}

/**
 * Authorizes what goes through a dispatcher of undici with the token of a client, for `undici.request`,
 * `fetch(url, { dispatcher })` and whatever is built on them: the same token cache as the client's own calls, one retry
 * after a 401, and no token anywhere but at the account's origins.
 *
 * undici calls the interceptor that is listed last first. List this one after those that change where a request goes
 * (`dns`), and before `redirect`, so that it sees every hop by itself: one to which another origin redirected carries no token. In the other order redirects of authorized requests
 * are not followed: undici would take the token along. `responseError` goes after it too, or the 401 is an error before it is
 * seen here; `retry` may stand on either side. A `cache` must be this account's own, with a store of its own: it goes by
 * `Authorization` alone, if it sees it, and would give one account what another was answered. So would a `deduplicate` that
 * accounts share, unless it is listed before this one, where it sees the tokens. A body that is a stream or an
 * iterator is sent once, the 401 surfaces. `fetch` makes an iterator of every body, and tells the length of one that it was
 * given in one piece: with a length of no more than 1 MiB it is kept as it passes, and sent again.
 *
 * A request may say `authApis` beside undici's own options, as with axios: `skip`, `retry`, `account`, `tokenParams`.
 *
 * @example
 * ```ts
 * const dispatcher = new Agent().compose(authorizationInterceptor(sparkfly), interceptors.redirect({ maxRedirections: 5 }));
 * const { body } = await request('https://api-staging.sparkfly.com/v1.0/offers', { dispatcher });
 * await request('https://api-staging.sparkfly.com/v1.0/offers', { dispatcher, authApis: { retry: false } });
 * ```
 * @throws AccountError (`AMBIGUOUS_ACCOUNT`) where the app looks accounts up and the client stands for none: use
 *   `client.for(id)`; AuthApisOptionsError when the client or an option is none. A request fails with an `AuthApisError` when no token can be had, and with an `AccountError`
 *   (`ORIGIN_NOT_ALLOWED`) when nobody says where it goes, or the token of the account that it names may not go there
 * @publicApi
 */
export function authorizationInterceptor(
  client: AuthClient<unknown>,
  options: AuthorizationInterceptorOptions = {},
): Dispatcher.DispatcherComposeInterceptor {
  checkGiven(client, options);
  const choose = accountChooser(client[OUTBOUND]);
  const { context } = client[OUTBOUND].accounts;
  // Nobody's prototype: see `requestOptionsOf`.
  const { retry, origin: at }: AuthorizationInterceptorOptions = withoutPrototype(options);
  const given = at === undefined ? undefined : originOf(at);
  // undici 8 says where the dispatcher connects to.
  return (dispatch: Dispatcher.Dispatch, known?: string | null) => (request, handler) => {
    const said = requestOptionsOf(request);
    if (said.skip) return dispatch(request, handler);
    let account: Account | undefined;
    try {
      account = choose(request, said, handler, given ?? known);
    } catch (error) {
      return failed(handler, error as Error);
    }
    if (request.method === 'CONNECT') return dispatch(request, handler);
    if (!account || isDetour(request)) return dispatch(request, watchDetour(request, handler));
    const headers = copyOf(request.headers);
    const named = hasHeader(headers, 'Host') ? withServerName(request, given ?? known) : request;
    if (hasHeader(headers, account.site.tokenHeader.name)) {
      const polluted = pollutedPrototype();
      if (polluted) return failed(handler, polluted);
      return dispatch(isIterable(request.headers) ? { ...named, headers: headers as never } : named, handler);
    }
    const mayRetry = retry !== false && said.retry !== false;
    return new DispatchedCall({ account, context, dispatch, request: named, headers, handler, mayRetry }).start();
  };
}

/** undici would take the TLS server name from the `Host` header. */
function withServerName(request: Dispatcher.DispatchOptions, connected: Connected): Dispatcher.DispatchOptions {
  const url = urlOf(request, connected);
  const servername = url?.protocol === 'https:' ? serverNameOf(url) : undefined;
  return servername ? Object.assign({}, request, { servername }) : request;
}

type Choose = (
  request: Dispatcher.DispatchOptions,
  said: AuthApisRequestOptions,
  handler: Dispatcher.DispatchHandler,
  connected: Connected,
) => Account | undefined;

/** @throws AccountError when the client stands for no account */
function accountChooser({ account: ownOrThrow, accounts, select }: AuthClient<unknown>[typeof OUTBOUND]): Choose {
  ownOrThrow();
  /** Of requests that name an account. */
  const authorized = new WeakSet<Dispatcher.DispatchHandler>();
  return (request, said, handler, connected) => {
    const own = select(said);
    const wanted = accountOfCall(accounts, own) ?? ownOrThrow();
    const origin = requestOrigin(wanted.site, request, connected);
    const destination = destinationOf(wanted.site, origin, request.path, urlOf, request, connected);
    if (destination === UNKNOWN) throw noOrigin(wanted.tokens.label, connected);
    // `redirect` hands its handler on from hop to hop: where it leads was not named by whoever named the account.
    const isRedirected = authorized.has(handler);
    const account = authorizedAccount(accounts, isRedirected ? NO_OPTIONS : own, wanted, destination);
    if (said !== NO_OPTIONS) authorized.add(handler);
    return account;
  };
}

/** @throws AuthApisOptionsError */
function checkGiven(client: unknown, options: unknown): void {
  const problems: string[] = [];
  if (!(client instanceof AuthClient)) problems.push('the client must be one of this module, e.g. a SparkflyClient');
  if (!isObject(options)) problems.push('the options must be an object');
  const { origin, retry } = isObject(options) ? options : {};
  const isOrigin = typeof origin === 'string' || origin instanceof URL;
  if (origin !== undefined && !(isOrigin && URL.canParse(String(origin))))
    problems.push("origin must be a URL, e.g. 'https://api.example.com'");
  if (retry !== undefined && typeof retry !== 'boolean') problems.push('retry must be false, or be left out');
  if (problems.length > 0) throw new AuthApisOptionsError(problems, 'What authorizationInterceptor() is given');
}

function failed(handler: Dispatcher.DispatchHandler, error: Error): true {
  tellError(handler, new CallerController(), error);
  return true;
}

function noOrigin(label: AccountLabel, connected: Connected): AccountError {
  const where =
    connected === null
      ? 'where a dispatcher with several or unknown upstreams sends a request'
      : 'where a request goes that names no origin';
  const message =
    `${accountText(label)} cannot tell ${where}: ` +
    "say where it connects to, authorizationInterceptor(client, { origin: 'https://...' })";
  return new AccountError('ORIGIN_NOT_ALLOWED', message, label);
}
