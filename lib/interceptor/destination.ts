import type { Site } from '../config/site.js';

/** One of the account's origins. A symbol, for a request may name any text as its origin. */
export const OWN: unique symbol = Symbol('own origin');
/** A token endpoint of the account: calls there are the app's own business. */
export const TOKEN_ENDPOINT: unique symbol = Symbol('token endpoint');
/** Nobody can tell. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** Where a request goes; a text is an origin that is none of the account's. */
export type Destination = typeof OWN | typeof TOKEN_ENDPOINT | typeof UNKNOWN | string;

/**
 * The one rule of where a token may go, for all carriers: to the account's own origins, and not to its token endpoint.
 *
 * @param origin as the carrier reads it; `OWN` where a request plainly goes below the base URL
 * @param path a text that has the path in it: most requests are told from token requests by it, without parsing a URL
 * @param urlOf parses `request`
 */
export function destinationOf<Request, More>(
  site: Site,
  origin: string | typeof OWN | undefined,
  path: string,
  urlOf: (request: Request, more: More) => URL | undefined,
  request: Request,
  more: More,
): Destination {
  if (mayBeTokenEndpoint(site, path) && isTokenEndpoint(site, urlOf(request, more))) return TOKEN_ENDPOINT;
  if (origin === undefined) return UNKNOWN;
  return origin === OWN || site.origins.has(origin) ? OWN : origin;
}

export function mayBeTokenEndpoint({ tokenPathEnds }: Site, path: string): boolean {
  return tokenPathEnds.some((end) => path.includes(end));
}

export function isTokenEndpoint({ tokenPlaces }: Site, url: URL | undefined): boolean {
  return url !== undefined && tokenPlaces.includes(url.origin + url.pathname);
}
