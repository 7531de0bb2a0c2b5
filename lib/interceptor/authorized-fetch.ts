import type { Account, OutboundConduct } from '../accounts/account.js';
import type { AccessToken } from '../token/access-token.js';
import type { Exchange } from './exchange.js';
import { authorizedExchange } from './exchange.js';
import { bytesOf } from './fetch-body.js';
import type { Hop } from './fetch-hop.js';
import { firstHop, nextHop } from './fetch-hop.js';
import { headerValue } from './outbound-account.js';

type Fetch = typeof fetch;

/** Whose calls a `fetch` authorizes, and how their answers are taken. */
export interface FetchOutbound {
  readonly account: Account;
  readonly conduct: OutboundConduct;
}

/** What axios takes for absolute, and URLs that have no host. */
const ABSOLUTE = /^(([a-z][a-z\d+\-.]*:)?\/\/|(data|blob|about):)/i;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Bytes of an answer that are read for nobody, so that its connection can serve again. */
const MOST_DROPPED = 64 * 1024;

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
    const target = typeof input === 'string' ? belowBase(site.baseURL, input) : input;
    const href = target instanceof Request ? target.url : String(target);
    const url = URL.canParse(href) ? new URL(href) : undefined;
    if (!url || !site.origins.has(url.origin)) {
      if (url) conduct.onForeign(tokens.label, url.origin);
      return fetch(target, init);
    }
    if (site.authURLs.includes(url.origin + url.pathname)) return fetch(target, init);
    const request = target instanceof Request ? target : undefined;
    const body = request && !init?.body ? await bytesOf(request) : undefined;
    const hop = firstHop(url, request, body ? { ...init, body } : init);
    if (hop.headers.has(site.placement.header)) return (await follow(hop, site)).response;
    return authorizedExchange(tokens, new FetchCall(hop, account, conduct)).then(({ response }) => response);
  };
}

/** As axios puts them together. */
function belowBase(baseURL: string, url: string): string {
  if (ABSOLUTE.test(url)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}

/** What was answered, and to which request. */
interface Outcome {
  readonly response: Response;
  readonly hop: Hop;
}

/** One authorized call. What a replay repeats is the request that was refused, not those that led there. */
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

  wait<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return work(this.#hop.signal ?? new AbortController().signal);
  }

  async #follow(token: AccessToken): Promise<Outcome> {
    const outcome = await follow(this.#hop, this.#account.site, token);
    this.#hop = outcome.hop;
    return outcome;
  }
}

/** Its headers are read only where the app's own `isUnauthorized` looks at them. */
class FetchAnswer {
  readonly status: number;
  readonly data = undefined;
  readonly #headers: Headers;

  constructor({ status, headers }: Response) {
    this.status = status;
    this.#headers = headers;
  }

  get headers(): Record<string, string> {
    return Object.fromEntries(this.#headers);
  }
}

/** Without a token the credentials are the caller's own; they stay off other origins as well. */
async function follow(first: Hop, { placement, confidential }: Account['site'], token?: AccessToken): Promise<Outcome> {
  for (let hop = first; ;) {
    const response = await sent(hop, token && !hop.hasStrayed ? [placement.header, headerValue(placement, token)] : []);
    const isRedirect = hop.redirect === 'follow' && REDIRECTS.includes(response.status);
    const location = isRedirect ? response.headers.get('location') : null;
    if (location === null) return { response: hop.redirects > 0 ? asRedirected(response) : response, hop };
    drop(response);
    hop = nextHop(hop, response.status, location, confidential);
  }
}

function sent({ target, method, headers: given, init, redirect }: Hop, [name, value]: string[]): Promise<Response> {
  const headers = new Headers(given);
  if (name !== undefined && value !== undefined) headers.set(name, value);
  return fetch(target, { ...init, method, headers, redirect: redirect === 'follow' ? 'manual' : redirect });
}

/** Tells that the answer was found by way of redirects. */
function asRedirected(response: Response): Response {
  const clone = (): Response => asRedirected(Response.prototype.clone.call(response));
  return Object.defineProperties(response, { redirected: { value: true }, clone: { value: clone } });
}

/** Nobody will read it; what is short is read all the same, for the connection to serve again. */
function drop(response: Response): void {
  const length = Number(response.headers.get('content-length') ?? Infinity);
  const done = length <= MOST_DROPPED ? response.arrayBuffer() : response.body?.cancel();
  done?.catch(() => {});
}
