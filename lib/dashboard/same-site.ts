import type { IncomingHttpHeaders } from 'node:http';

/** A header that a form cannot send, nor another site's script without being allowed to. */
export const REFRESH_HEADER = 'x-auth-apis-refresh';

/**
 * Why a request that changes something may not come from the page itself; `undefined` when it does. The header alone
 * holds where the app has no CORS; where it lets every site in, the browser's word of who asks does.
 */
export function foreignness(headers: IncomingHttpHeaders): string | undefined {
  if (headers[REFRESH_HEADER] === undefined) return `the header ${REFRESH_HEADER} is missing`;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? undefined : 'it comes from another site';
  const { origin, host } = headers;
  if (origin === undefined) return undefined; // no browser
  return URL.canParse(origin) && new URL(origin).host === host ? undefined : 'it comes from another site';
}
