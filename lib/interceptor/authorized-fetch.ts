import type { Account } from '../accounts/account.js';
import type { Context } from '../common/context.js';
import { type Abortable, LightAbort } from '../common/light-abort.js';
import { pollutedPrototype } from '../common/polluted-prototype.js';
import type { AccessToken } from '../token/access-token.js';
import { headerValue } from '../vendors/token-placement.js';
import { destinationOf } from './destination.js';
import { accountOfCall, authorizedAccount, type ClientAccounts } from './outbound-account.js';
import { type AuthApisRequestOptions, NO_OPTIONS, requestOptionsOf } from './request-options.js';
import { belowBase } from '../vendors/wire.js';
import { authorizedExchange, type Exchange } from './exchange.js';
import { asRedirected, checked, drop, FetchAnswer, headerOf } from './fetch-answer.js';
import { bytesOf } from './fetch-body.js';
import { dispatcherOf, firstHop, type Hop, nextHop } from './fetch-hop.js';
import { isUnauthorized } from './is-unauthorized.js';
import { pastProxies } from './past-proxies.js';

type Fetch = typeof fetch;
type Init = NonNullable<Parameters<Fetch>[1]>;

/** The init of `client.fetch`: that of `fetch`, and what a call says of its token. @publicApi */
export type AuthorizedFetchInit = Init & { readonly authApis?: AuthApisRequestOptions };

/** @publicApi */
export type AuthorizedFetch = (input: Parameters<Fetch>[0], init?: AuthorizedFetchInit | null) => Promise<Response>;

/** What axios takes for absolute, and URLs that have no host. */
const ABSOLUTE = /^(([a-z][a-z\d+\-.]*:)?\/\/|(data|blob|about):)/i;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Node's own `fetch`, whose calls to an account's origins are authorized. Redirects are followed here, by the rules of the
 * Fetch standard: Node would take a vendor's own header along to other origins.
 *
 * @param accounts those of the client
 * @param select puts what the client says of the account to what the call says
 */
export function authorizedFetch(
  accounts: ClientAccounts,
  select: (given: AuthApisRequestOptions) => AuthApisRequestOptions,
): AuthorizedFetch {
  return async (input, init) => {
    const { options: own, init: given } = splitInit(init);
    const target = typeof input === 'string' ? hrefOf(accounts.site.baseURL, input) : input;
    if (own.skip) return fetch(target, given);
    const options = select(own);
    const account = accountOfCall(accounts, options);
    const site = account?.site ?? accounts.site;
    const href = target instanceof Request ? target.url : String(target);
    const url = URL.canParse(href) ? new URL(href) : undefined;
    const destination = destinationOf(site, url?.origin, url?.pathname ?? '', itself, url, undefined);
    const authorized = authorizedAccount(accounts, options, account, destination);
    // What is no init Node refuses, in its own words.
    if (!authorized || !url || !isInit(given)) return fetch(target, given);
    return sendAuthorized(target, url, given ?? {}, { account: authorized, context: accounts.context, options });
  };
}

/** What a call is sent with. */
interface FetchCallDeps {
  readonly account: Account;
  readonly context: Context;
  readonly options: AuthApisRequestOptions;
}

async function sendAuthorized(
  target: URL | Request | string,
  url: URL,
  init: Init,
  deps: FetchCallDeps,
): Promise<Response> {
  const { site, tokens } = deps.account;
  const request = target instanceof Request ? takenOver(target, init) : undefined;
  const body = request && init.body == null ? await bytesOf(request) : undefined;
  const hop = firstHop(url, request, body ? { ...init, body } : init);
  const hasOwnCredentials = hop.headers.has(site.tokenHeader.name);
  const polluted = hasOwnCredentials ? pollutedPrototype() : undefined;
  if (polluted) throw polluted;
  const outcome = hasOwnCredentials ? follow(hop, site) : authorizedExchange(tokens, new FetchCall(hop, deps));
  const { response } = await outcome;
  return hop.integrity ? checked(response, hop.integrity) : response;
}

const itself = (url: URL | undefined): URL | undefined => url;

/** `authApis` is ours: Node must not see it. */
function splitInit(init: AuthorizedFetchInit | null | undefined): {
  readonly options: AuthApisRequestOptions;
  readonly init: Init | undefined;
} {
  if (init === null || typeof init !== 'object' || !Object.hasOwn(init, 'authApis'))
    return { options: NO_OPTIONS, init: init as Init | undefined };
  const { authApis: _, ...rest } = init;
  return { options: requestOptionsOf(init), init: rest };
}

function isInit(init: unknown): init is Init | null | undefined {
  return init === undefined || init === null || (Object(init) === init && (init as Init).headers !== null);
}

/** Has no type of content. */
const NONE = new Uint8Array();

/** As `fetch` begins: whose body is sent is used up. @throws TypeError where it is already */
function takenOver(request: Request, init: Init): Request {
  return new Request(request, init.body == null ? init : { ...init, body: NONE });
}

/** As axios puts them together. */
function hrefOf(baseURL: string, url: string): string {
  if (ABSOLUTE.test(url)) return url;
  return url === '' ? baseURL : belowBase(baseURL, url);
}

/** What was answered, and to which request. */
interface Outcome {
  readonly response: Response;
  readonly hop: Hop;
}

/** One authorized call. A retry repeats the request that got the 401, not those that led there. */
class FetchCall implements Exchange<Outcome> {
  readonly #account: Account;
  readonly #context: Context;
  readonly #mayRetry: boolean;
  #hop: Hop;

  constructor(hop: Hop, { account, context, options }: FetchCallDeps) {
    this.#hop = hop;
    this.#account = account;
    this.#context = context;
    this.#mayRetry = options.retry !== false;
  }

  send(token: AccessToken): Promise<Outcome> {
    const outcome = this.#follow(token);
    this.#context.clock.whileBusy?.(outcome);
    return outcome;
  }

  /** Not by an answer that was found by way of an origin that never saw our token. */
  isRefused({ response, hop }: Outcome): boolean {
    return !hop.hasStrayed && isUnauthorized(this.#account.site, new FetchAnswer(response), this.#context);
  }

  isAnswered(): boolean {
    return true;
  }

  isRepeatable(): boolean {
    return this.#mayRetry && this.#hop.isRepeatable;
  }

  discard({ response }: Outcome): void {
    drop(response);
  }

  wait<T>(work: (signal: Abortable) => Promise<T>): Promise<T> {
    return work(this.#hop.signal ?? new LightAbort());
  }

  async #follow(token: AccessToken): Promise<Outcome> {
    const outcome = await follow(this.#hop, this.#account.site, token);
    this.#hop = outcome.hop;
    return outcome;
  }
}

/** Without a token the credentials are the caller's own; they stay off other origins as well. */
async function follow(first: Hop, site: Account['site'], token?: AccessToken): Promise<Outcome> {
  const { tokenHeader, confidentialHeaders } = site;
  for (let hop = first; ;) {
    const response = await sent(
      hop,
      dispatcherFor(hop, site),
      token && !hop.hasStrayed ? [tokenHeader.name, headerValue(tokenHeader, token.value)] : [],
    );
    const { status } = new FetchAnswer(response);
    const isRedirect = hop.redirect === 'follow' && REDIRECTS.includes(status);
    const location = isRedirect ? headerOf(response, 'location') : null;
    if (location === null) return { response: hop.redirects > 0 ? asRedirected(response) : response, hop };
    drop(response);
    hop = nextHop(hop, status, location, confidentialHeaders);
  }
}

/** Plain http is allowed to this machine because it leaves no wire; through a proxy of the environment it would. */
function dispatcherFor(hop: Hop, { allowInsecure, origins }: Account['site']): Init['dispatcher'] {
  const isInTheClear = !allowInsecure && hop.url.protocol === 'http:' && origins.has(hop.url.origin);
  return dispatcherOf(hop) ?? (isInTheClear ? pastProxies() : undefined);
}

function sent(hop: Hop, dispatcher: Init['dispatcher'], [name, value]: string[]): Promise<Response> {
  const { target, method, headers: given, init, redirect } = hop;
  const headers = new Headers(given);
  if (name !== undefined && value !== undefined) headers.set(name, value);
  return fetch(target, { ...init, dispatcher, method, headers, redirect: redirect === 'follow' ? 'manual' : redirect });
}
