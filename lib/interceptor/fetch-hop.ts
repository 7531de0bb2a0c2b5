import { isRepeatable, multipart } from './fetch-body.js';

type Init = NonNullable<Parameters<typeof fetch>[1]>;

/** As the Fetch standard has it. */
const MOST_REDIRECTS = 20;
const ABOUT_THE_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];
const FOR_THE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host'];
/** What a `Request` says beside what a hop has of its own. */
const OF_A_REQUEST = ['cache', 'credentials', 'keepalive', 'mode', 'referrer', 'referrerPolicy'] as const;

/** One request on its way over redirects; the token is not in it. */
export interface Hop {
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
  /** To be checked of the last answer, where redirects are followed; Node would check it of every one. */
  readonly integrity: string;
  readonly redirects: number;
  /** A redirect led to another origin, if only for a while. */
  readonly hasStrayed: boolean;
}

/** @param request made of the caller's own and of what is given beside */
export function firstHop(url: URL, request: Request | undefined, given: Init): Hop {
  const body = given.body instanceof FormData ? multipart(given.body) : given.body;
  const redirect = given.redirect ?? request?.redirect ?? 'follow';
  const isFollowed = redirect === 'follow';
  return {
    url,
    target: request ?? url,
    method: given.method ?? request?.method ?? 'GET',
    headers: new Headers(given.headers ?? request?.headers),
    init: { ...given, body, ...(request && saidBy(request)), ...(isFollowed && { integrity: '' }) },
    isRepeatable: body == null ? !request?.body : isRepeatable(body),
    signal: (given.signal === undefined ? request?.signal : given.signal) ?? undefined,
    redirect,
    integrity: isFollowed ? (given.integrity ?? request?.integrity ?? '') : '',
    redirects: 0,
    hasStrayed: false,
  };
}

/** @throws TypeError as `fetch` does where it follows no further */
export function nextHop(hop: Hop, status: number, location: string, confidential: readonly string[]): Hop {
  const url = locationOf(hop, location);
  if (hop.redirects === MOST_REDIRECTS) throw failed('redirect count exceeded');
  if (status !== 303 && !hop.isRepeatable)
    throw failed('a body that is a stream, or of over 1 MiB in a Request, cannot follow a redirect');
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
    init: { ...hop.init, dispatcher: dispatcherOf(hop), signal: hop.signal, ...(isGet && { body: undefined }) },
    isRepeatable: isGet || hop.isRepeatable,
    redirects: hop.redirects + 1,
    hasStrayed: hop.hasStrayed || isElsewhere,
  };
}

const saidBy = (request: Request): Init => Object.fromEntries(OF_A_REQUEST.map((name) => [name, request[name]]));

/** Of a `Request` Node keeps it under a symbol up to version 22, and out of reach from then on. */
export function dispatcherOf({ target, init }: Hop): Init['dispatcher'] {
  const key = Object.getOwnPropertySymbols(target).find(({ description }) => description === 'dispatcher');
  return init.dispatcher ?? (key && (target as unknown as Record<symbol, Init['dispatcher']>)[key]);
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
