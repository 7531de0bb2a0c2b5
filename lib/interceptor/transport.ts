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
export function adapterTransport(
  adapter: AxiosAdapter,
  settingsOf?: (request: WireRequest) => Partial<Config> | undefined,
): Transport {
  return (request) => {
    const wire = copyOf(request.config);
    const { changes, token } = request;
    if (changes) Object.assign(wire, changes);
    if (token) wire.headers = withHeader(wire.headers, token);
    const { beforeRedirect, sensitiveHeaders } = request.redirectRules();
    wire.beforeRedirect = beforeRedirect;
    wire.sensitiveHeaders = sensitiveHeaders;
    if (settingsOf) Object.assign(wire, settingsOf(request));
    return withOwnConfig(adapter(wire), request.config);
  };
}

/** axios's configs are objects that V8 spreads five times as slowly as this. */
export function copyOf(config: Config): Config {
  // One that axios has not merged may have inherited what is looked for here.
  if (Object.getPrototypeOf(config) !== null) return { ...config };
  const copy = usualCopyOf(config);
  for (const name of Object.keys(config)) if (!USUAL.has(name)) copy[name] = config[name as keyof Config];
  for (const name of Object.getOwnPropertySymbols(config)) copy[name] = config[name as unknown as keyof Config];
  return copy as unknown as Config;
}

/** Name by name: an object that need not grow weighs a fifth of one that does, and is there in no time. */
function usualCopyOf(config: Config): Record<PropertyKey, unknown> {
  return {
    transitional: config.transitional,
    adapter: config.adapter,
    transformRequest: config.transformRequest,
    transformResponse: config.transformResponse,
    timeout: config.timeout,
    xsrfCookieName: config.xsrfCookieName,
    xsrfHeaderName: config.xsrfHeaderName,
    maxContentLength: config.maxContentLength,
    maxBodyLength: config.maxBodyLength,
    env: config.env,
    validateStatus: config.validateStatus,
    headers: config.headers,
    baseURL: config.baseURL,
    method: config.method,
    url: config.url,
    allowAbsoluteUrls: config.allowAbsoluteUrls,
    data: config.data as unknown,
    cancelToken: config.cancelToken,
    beforeRedirect: config.beforeRedirect,
    sensitiveHeaders: config.sensitiveHeaders,
  };
}

const USUAL: ReadonlySet<string> = new Set(Object.keys(usualCopyOf({} as Config)));

/** A copy; the name is not in it yet, in any case. */
export function withHeader(headers: Config['headers'], [name, value]: readonly [string, string]): Config['headers'] {
  const copy = Object.create(Object.getPrototypeOf(headers) as object) as Config['headers'];
  Object.assign(copy, headers)[name] = value;
  return copy;
}

/** The caller gets its own config back: one that was sent has functions of ours in it, and is good for one request. */
export async function withOwnConfig(answer: Promise<AxiosResponse>, config: Config): Promise<AxiosResponse> {
  try {
    return Object.assign(await answer, { config });
  } catch (error) {
    const failed = error as { config?: Config; response?: AxiosResponse } | null | undefined;
    if (failed?.config) failed.config = config;
    if (failed?.response) failed.response.config = config;
    throw error;
  }
}
