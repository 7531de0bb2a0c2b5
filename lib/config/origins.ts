/** Hosts that are this machine; plain http to them leaves no wire. */
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Why a URL of the options cannot be used; `undefined` when it can. */
export function urlProblem(value: string, allowInsecure: boolean): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:\/\//i.test(value)) {
    return 'must be an absolute http(s) URL, e.g. https://api.example.com/v1';
  }
  if (url.username || url.password) return 'must not contain a user name or password: the vendor takes none there';
  if (/[?#]/.test(value)) return 'must not have a query or a fragment: leave off what follows ? or #';
  if (url.protocol === 'http:' && !allowInsecure && !LOOPBACK.test(url.hostname)) {
    return 'must be https, or credentials could be read on the way; for a trusted network set `allowInsecure: true`';
  }
  return undefined;
}

/** Whether a URL is an origin and no more: scheme, host, port. */
export const isOrigin = (value: string): boolean => new URL(value).pathname === '/';
