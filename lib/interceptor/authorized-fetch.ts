import type { Account, OutboundConduct } from '../accounts/account.js';
import type { Abortable } from '../common/light-abort.js';
import { LightAbort } from '../common/light-abort.js';
import type { AccessToken } from '../token/access-token.js';
import { headerValue } from '../vendors/token-placement.js';
import { belowBase } from '../vendors/wire.js';
import type { Exchange } from './exchange.js';
import { authorizedExchange } from './exchange.js';
import { asRedirected, checked, drop, FetchAnswer } from './fetch-answer.js';
import { bytesOf } from './fetch-body.js';
import type { Hop } from './fetch-hop.js';
import { dispatcherOf, firstHop, nextHop } from './fetch-hop.js';
import { pastProxies } from './past-proxies.js';

type Fetch = typeof fetch;
type Init = NonNullable<Parameters<Fetch>[1]>;

/** Whose calls a `fetch` authorizes, and how their answers are taken. */
export interface FetchOutbound {
  readonly account: Account;
  readonly conduct: OutboundConduct;
}

/** What axios takes for absolute, and URLs that have no host. */
const ABSOLUTE = /^(([a-z][a-z\d+\-.]*:)?\/\/|(data|blob|about):)/i;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Node's own `fetch`, whose calls to an account's origins are authorized. Redirects are followed here, by the rules of the
 * Fetch standard: Node would take a vendor's own header along to other origins.
 *
 * @param outbound asked at every call; what it throws the call is rejected with
 */
export function authorizedFetch(outbound: () => FetchOutbound): Fetch {
  return async (input, init) => {
    const { account, conduct } = outbound();
    const { site, tokens } = account;
    const target = typeof input === 'string' ? hrefOf(site.baseURL, input) : input;
    const href = target instanceof Request ? target.url : String(target);
    const url = URL.canParse(href) ? new URL(href) : undefined;
    if (!url || !site.origins.has(url.origin)) {
      if (url) conduct.onForeign(tokens.label, url.origin);
      return fetch(target, init);
    }
    // What is no init Node refuses, in its own words.
    if (site.tokenURLs.includes(url.origin + url.pathname) || !isInit(init)) return fetch(target, init);
    const given = init ?? {};
    const request = target instanceof Request ? takenOver(target, given) : undefined;
    const body = request && given.body == null ? await bytesOf(request) : undefined;
    const hop = firstHop(url, request, body ? { ...given, body } : given);
    const outcome = hop.headers.has(site.tokenHeader.name)
      ? follow(hop, site)
      : authorizedExchange(tokens, new FetchCall(hop, account, conduct));
    const { response } = await outcome;
    return hop.integrity ? checked(response, hop.integrity) : response;
  };
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
  readonly #conduct: OutboundConduct;
  #hop: Hop;

  constructor(hop: Hop, account: Account, conduct: OutboundConduct) {
    this.#hop = hop;
    this.#account = account;
    this.#conduct = conduct;
  }

  send(token: AccessToken): Promise<Outcome> {
    const outcome = this.#follow(token);
    this.#conduct.clock.whileBusy?.(outcome);
    return outcome;
  }

  /** Not by an answer that was found by way of an origin that never saw our token. */
  isRefused({ response, hop }: Outcome): boolean {
    return !hop.hasStrayed && this.#conduct.isUnauthorized(new FetchAnswer(response));
  }

  isAnswered(): boolean {
    return true;
  }

  isRepeatable(): boolean {
    return this.#hop.isRepeatable;
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
  const { tokenHeader, confidential } = site;
  for (let hop = first; ;) {
    const response = await sent(
      hop,
      dispatcherFor(hop, site),
      token && !hop.hasStrayed ? [tokenHeader.name, headerValue(tokenHeader, token.value)] : [],
    );
    const isRedirect = hop.redirect === 'follow' && REDIRECTS.includes(response.status);
    const location = isRedirect ? response.headers.get('location') : null;
    if (location === null) return { response: hop.redirects > 0 ? asRedirected(response) : response, hop };
    drop(response);
    hop = nextHop(hop, response.status, location, confidential);
  }
}

/** Plain http is allowed to this machine because it leaves no wire; through a proxy of the environment it would. */
function dispatcherFor(hop: Hop, { mayBeInsecure, origins }: Account['site']): Init['dispatcher'] {
  const isInTheClear = !mayBeInsecure && hop.url.protocol === 'http:' && origins.has(hop.url.origin);
  return dispatcherOf(hop) ?? (isInTheClear ? pastProxies() : undefined);
}

function sent(hop: Hop, dispatcher: Init['dispatcher'], [name, value]: string[]): Promise<Response> {
  const { target, method, headers: given, init, redirect } = hop;
  const headers = new Headers(given);
  if (name !== undefined && value !== undefined) headers.set(name, value);
  return fetch(target, { ...init, dispatcher, method, headers, redirect: redirect === 'follow' ? 'manual' : redirect });
}
