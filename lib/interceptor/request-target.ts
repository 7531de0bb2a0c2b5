import type { InternalAxiosRequestConfig } from 'axios';
import { belowBase } from '../vendors/wire.js';

/** What axios takes for an absolute URL: a scheme or nothing, then `//`. */
const ABSOLUTE = /^([a-z][a-z\d+\-.]*:)?\/\//i;

/**
 * Where a request goes, as axios puts it together from `baseURL` and `url`; `undefined` when it goes nowhere. Parsed
 * as a URL, so that user info, case, encodings and look-alike suffixes are what they are to the socket.
 */
export function targetOf({ baseURL, url = '', allowAbsoluteUrls }: InternalAxiosRequestConfig): URL | undefined {
  const isOwn = baseURL && (!ABSOLUTE.test(url) || allowAbsoluteUrls === false);
  const href = isOwn ? belowBase(baseURL, url) : url;
  return URL.canParse(href) ? new URL(href) : undefined;
}

/** Whether a request plainly goes below `baseURL`: nothing to parse, which is dear for every call. */
export function isRelativeTo(baseURL: string, config: InternalAxiosRequestConfig): boolean {
  return config.baseURL === baseURL && !ABSOLUTE.test(config.url ?? '');
}
