import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';

type Config = InternalAxiosRequestConfig;

/** What a call says about redirects: whose headers stay behind when one leads elsewhere. */
export type RedirectRules = Pick<Config, 'beforeRedirect' | 'sensitiveHeaders'>;

/** One request on its way to the wire. */
export interface WireRequest {
  /** As the caller wants it; the token is not in it. */
  readonly config: Config;
  /** What goes out in place of what the caller's config says. */
  readonly changes?: Partial<Config>;
  /** The header that our token makes; none where the caller brings credentials. */
  readonly token?: readonly [name: string, value: string];
  /** Asked for when it matters. */
  redirectRules(): RedirectRules;
}

/** Puts the token on, as late as it can be, and sends the request. */
export type Transport = (request: WireRequest) => Promise<AxiosResponse>;

/** Through any axios adapter: the token is a header in a copy of the config. */
export function adapterTransport(adapter: AxiosAdapter, settings?: { readonly maxRedirects: 0 }): Transport {
  return (request) => {
    const { config, changes, token } = request;
    return adapter({
      ...config,
      ...changes,
      ...settings,
      ...request.redirectRules(),
      ...(token && { headers: withHeader(headersOf(request), token) }),
    });
  };
}

/** Before the token is put on. */
export function headersOf({ config, changes }: WireRequest): Config['headers'] {
  return (changes?.headers as Config['headers'] | undefined) ?? config.headers;
}

export function withHeader(headers: Config['headers'], [name, value]: readonly [string, string]): Config['headers'] {
  return headers.concat({ [name]: value });
}
