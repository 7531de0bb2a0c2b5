import type { Dispatcher } from 'undici';
import type { Site } from '../config/site.js';
import { OWN } from '../interceptor/destination.js';

type Request = Dispatcher.DispatchOptions;

/** What is known of where a dispatcher connects to whatever a request names; `null` when there is no telling. */
export type Connected = string | null | undefined;

/** Where a request goes by its own words and its dispatcher's, of which one that is none of the account's decides. */
export function requestOrigin(
  site: Site,
  { origin: named }: Request,
  connected: Connected,
): string | typeof OWN | undefined {
  if (connected && !site.origins.has(connected)) return connected;
  if (named && !site.origins.has(named as string)) {
    const origin = originOf(named);
    if (!site.origins.has(origin)) return origin;
  }
  const isPlaced = connected || (named && connected !== null);
  return isPlaced ? OWN : undefined;
}

export function urlOf({ origin, path }: Request, connected: Connected): URL | undefined {
  const at = connected || origin;
  const href = path.startsWith('/') && at ? originOf(at) + path : path;
  return URL.canParse(href) ? new URL(href) : undefined;
}

/** As the dispatchers of undici read it. */
export function originOf(named: string | URL): string {
  const href = String(named);
  return URL.canParse(href) ? new URL(href).origin : href;
}
