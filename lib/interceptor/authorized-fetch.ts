import { randomUUID } from 'node:crypto';
import type { Account, OutboundConduct } from '../accounts/account.js';
import type { AccessToken } from '../token/access-token.js';
import type { Exchange } from './exchange.js';
import { authorizedExchange } from './exchange.js';
import { headerValue } from './outbound-account.js';

type Fetch = typeof fetch;
type Init = NonNullable<Parameters<Fetch>[1]>;
type Body = Init['body'];

/** Whose calls a `fetch` authorizes, and how their answers are taken. */
export interface FetchOutbound {
  readonly account: Account;
  readonly conduct: OutboundConduct;
}

/** What axios takes for absolute, and URLs that have no host. */
const ABSOLUTE = /^(([a-z][a-z\d+\-.]*:)?\/\/|(data|blob|about):)/i;
/** As the Fetch standard has it. */
const MOST_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];
const ABOUT_THE_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];
const FOR_THE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host'];
/** Bytes of a `Request`'s body that are read ahead, so that it can be sent again; a longer one is sent once. */
const MOST_READ_AHEAD = 1024 * 1024;
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

/** One request on its way over redirects; the token is not in it. */
interface Hop {
  readonly url: URL;
  /** What goes to `fetch`: a caller's own `Request`, which knows more than can be read from it, or the URL. */
  readonly target: Request | URL;
  readonly method: string;
  readonly headers: Headers;
  /** What is said beside; with the body, unless that is the `Request`'s own. */
  readonly init: Init;
  readonly isRepeatable: boolean;
  readonly signal: AbortSignal | undefined;
  readonly redirect: Init['redirect'];
  readonly redirects: number;
  /** A redirect led to another origin, if only for a while. */
  readonly hasStrayed: boolean;
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

function firstHop(url: URL, request: Request | undefined, given: Init = {}): Hop {
  const body = given.body instanceof FormData ? multipart(given.body) : given.body;
  return {
    url,
    target: request ?? url,
    method: given.method ?? request?.method ?? 'GET',
    headers: new Headers(given.headers ?? request?.headers),
    init: { ...given, body },
    isRepeatable: body ? isRepeatable(body) : !request?.body,
    signal: (given.signal === undefined ? request?.signal : given.signal) ?? undefined,
    redirect: given.redirect ?? request?.redirect ?? 'follow',
    redirects: 0,
    hasStrayed: false,
  };
}

/** @throws TypeError as `fetch` does where it follows no further */
function nextHop(hop: Hop, status: number, location: string, confidential: readonly string[]): Hop {
  const url = locationOf(hop, location);
  if (hop.redirects === MOST_REDIRECTS) throw failed('redirect count exceeded');
  if (status !== 303 && !hop.isRepeatable) throw failed('a body that is a stream cannot follow a redirect');
  const method = hop.method.toUpperCase();
  const isGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST';
  const isElsewhere = url.origin !== hop.url.origin;
  const headers = new Headers(hop.headers);
  if (isGet) for (const name of ABOUT_THE_BODY) headers.delete(name);
  if (isElsewhere) for (const name of [...FOR_THE_ORIGIN, ...confidential]) headers.delete(name);
  return {
    ...hop,
    url,
    target: url,
    method: isGet ? 'GET' : hop.method,
    headers,
    init: { ...hop.init, signal: hop.signal, ...(isGet && { body: undefined }) },
    isRepeatable: isGet || hop.isRepeatable,
    redirects: hop.redirects + 1,
    hasStrayed: hop.hasStrayed || isElsewhere,
  };
}

function locationOf({ url }: Hop, location: string): URL {
  // Headers are read byte by byte, URLs are UTF-8.
  const href = Buffer.from(location, 'latin1').toString();
  if (!URL.canParse(href, url.href)) throw failed('the redirect leads nowhere');
  const next = new URL(href, url);
  if (!/^https?:$/.test(next.protocol)) throw failed('URL scheme must be a HTTP(S) scheme');
  return next;
}

/** As Node says it. */
const failed = (why: string): TypeError => new TypeError('fetch failed', { cause: new Error(why) });

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

/** Whether a body gives the same bytes again. */
function isRepeatable(body: Body): boolean {
  if (typeof body === 'string' || body instanceof Blob || body instanceof URLSearchParams) return true;
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body);
}

/**
 * The body of a `Request`, when it was given in one piece: generated clients make a `Request` of their JSON, and that is
 * no stream to whoever wrote it. A stream is left alone.
 */
async function bytesOf(request: Request): Promise<Uint8Array | undefined> {
  if (!request.body) return undefined;
  const copy = request.clone();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The standard refuses streams here, and nothing else.
    const probe = new Request(copy, { method: 'POST', mode: 'no-cors' });
    for await (const chunk of probe.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_READ_AHEAD) return undefined;
    }
    return Buffer.concat(chunks);
  } catch {
    void copy.body?.cancel().catch(() => {});
    return undefined;
  }
}

/** Written here, so that a repeated form has the same boundary; files are still read when they are sent. */
function multipart(form: FormData): Blob {
  const boundary = `form-${randomUUID()}`;
  const quoted = (text: string): string => `"${text.replaceAll(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22')}"`;
  const parts = [...form].flatMap(([name, value]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(name)}`;
    if (typeof value === 'string') return [`${head}\r\n\r\n${value.replaceAll(/\r\n|\r|\n/g, '\r\n')}\r\n`];
    const type = value.type || 'application/octet-stream';
    return [`${head}; filename=${quoted(value.name)}\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n'];
  });
  return new Blob([...parts, `--${boundary}--\r\n`], { type: `multipart/form-data; boundary=${boundary}` });
}
