import { VERSION } from '../common/version.js';

/** Sent with every token request. */
export const COMMON_HEADERS = {
  Accept: 'application/json',
  'User-Agent': `nestjs-auth-apis/${VERSION}`,
} as const;

/** Of both vendors: a client of one may be given the other's header, for a gateway of both, and none may cross to another origin. */
export const CONFIDENTIAL_HEADERS = ['Authorization', 'X-Auth-Token', 'X-Auth-Identity', 'X-Auth-Key'] as const;

/** `undefined` where the text is not JSON: an HTML page with status 200, a truncated body. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function date(value: unknown): Date | undefined {
  const parsed = typeof value === 'string' ? new Date(value) : undefined;
  return parsed && !Number.isNaN(parsed.getTime()) ? parsed : undefined;
}

/** A token is one header-safe word; `a, b` is two header lines that a proxy or Node joined. */
export function tokenText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** Drops what is `undefined`, so that an optional field is absent rather than there and empty. */
export function compact<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** RFC 9110 §5.6.2. */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** As `application/x-www-form-urlencoded` has it: a space is a plus. */
export const formEncoded = (value: string): string => new URLSearchParams({ '': value }).toString().slice(1);

/** As axios joins them: also with a leading slash a path is below the base URL. */
export const belowBase = (baseURL: string, path: string): string =>
  `${baseURL.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;

/** A path is below the base URL, an absolute URL is itself. */
export const joinURL = (baseURL: string, path: string): string =>
  /^[a-z][a-z\d+.-]*:\/\//i.test(path) ? path : belowBase(baseURL, path);
