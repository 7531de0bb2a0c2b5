import type { Dispatcher } from 'undici';
import type { Site } from '../accounts/account.js';

type Request = Dispatcher.DispatchOptions;

/** What is known of where a dispatcher connects to whatever a request names; `null` when there is no telling. */
export type Connected = string | null | undefined;

/** The origin that is none of the account's, of those where a request goes by its own words or its dispatcher's. */
export function foreignOrigin(site: Site, { origin: named }: Request, connected: Connected): string | undefined {
  if (connected && !site.origins.has(connected)) return connected;
  if (!named || site.origins.has(named as string)) return undefined;
  const origin = originOf(named);
  return site.origins.has(origin) ? undefined : origin;
}

/** Whether anybody says where a request goes; what it names itself does not count where there is no telling. */
export function isPlaced({ origin: named }: Request, connected: Connected): boolean {
  return Boolean(connected) || (Boolean(named) && connected !== null);
}

/** Whether a request goes to a token endpoint. Most do not: told by the last word of the path, without parsing. */
export function isForTokens({ tokenURLs }: Site, { origin, path }: Request, connected: Connected): boolean {
  const mayBe = tokenURLs.some((tokenURL) => path.includes(tokenURL.slice(tokenURL.lastIndexOf('/') + 1)));
  if (!mayBe) return false;
  const href = path.startsWith('/') ? originOf((connected || origin)!) + path : path;
  if (!URL.canParse(href)) return false;
  const { origin: at, pathname } = new URL(href);
  return tokenURLs.includes(at + pathname);
}

/** As the dispatchers of undici read it. */
export function originOf(named: string | URL): string {
  const href = String(named);
  return URL.canParse(href) ? new URL(href).origin : href;
}
