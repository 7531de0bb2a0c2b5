import type { AxiosStatic } from 'axios';
import { timeoutMsOf } from '../interceptor/caller-patience.js';
import { targetOf } from '../interceptor/request-target.js';
import type { WireRequest } from '../interceptor/transport.js';
import { isAgentAsMade } from './node-agents.js';

type Config = WireRequest['config'];

/** A request as undici is told of it. */
export interface PlainRequest {
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  /** Bytes, or what becomes bytes. */
  readonly body: string | Buffer | null;
}

/**
 * What undici can be told of a request; `undefined` where it has no part for something, or where it is for axios to complain.
 *
 * @param paths puts parameters on, as axios does
 */
export function plainRequestOf(
  request: WireRequest,
  axios: AxiosStatic,
  paths: InstanceType<AxiosStatic['Axios']>,
): PlainRequest | undefined {
  return isPlain(request) ? putTogether(request, axios, paths) : undefined;
}

/** What a call's config can say that undici has no part for. */
const OTHER_WAYS = (
  'httpAgent httpsAgent transport socketPath lookup family httpVersion insecureHTTPParser ' +
  'auth onUploadProgress onDownloadProgress maxRate'
).split(' ');

/** Headers that undici does not take from its users, or not as they are. */
const OTHER_HEADERS =
  'connection keep-alive transfer-encoding upgrade expect host content-length proxy-connection'.split(' ');

/** After a body that comes with any other method undici closes the connection. */
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const METHODS_WITHOUT = new Set([...METHODS_WITH_BODY, 'GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** What Node takes; the rest is for axios to clean, or to complain about. */
const PATH = /^\/[\x21-\xff]*$/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);

function isPlain({ config, changes }: WireRequest): boolean {
  const { headers, responseType, transitional, sensitiveHeaders, timeout } = config;
  if (!hasPlainBody(config) || responseType === 'stream') return false;
  if (OTHER_WAYS.some((name) => (config as unknown as Record<string, unknown>)[name] != null)) return false;
  if (OTHER_HEADERS.some((name) => headers.has(name))) return false;
  if (transitional?.advertiseZstdAcceptEncoding) return false;
  // What is none is for axios to refuse.
  if (timeout && !timeoutMsOf(config)) return false;
  if (sensitiveHeaders?.some((name: unknown) => typeof name !== 'string')) return false;
  const proxy = changes?.proxy ?? config.proxy;
  return proxy === false || (!proxy && !PROXY_VARIABLES.some((name) => process.env[name]));
}

function hasPlainBody({ data, method, maxBodyLength = -1 }: Config & { readonly data?: unknown }): boolean {
  const sent = method!.toUpperCase();
  if (data == null || data === '') return METHODS_WITHOUT.has(sent);
  if (typeof data !== 'string' && !Buffer.isBuffer(data) && !(data instanceof ArrayBuffer)) return false;
  const length = Buffer.byteLength(data);
  return length > 0 && METHODS_WITH_BODY.has(sent) && (maxBodyLength < 0 || length <= maxBodyLength);
}

/** As axios puts it together. */
function putTogether(
  request: WireRequest,
  axios: AxiosStatic,
  paths: InstanceType<AxiosStatic['Axios']>,
): PlainRequest | undefined {
  const { config } = request;
  // Without a URL of its own a call goes to the base URL as it stands.
  const url = targetOf(config.url ? config : { ...config, url: config.baseURL, baseURL: undefined });
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  if (!isAgentAsMade(url)) return undefined;
  const headers = headersOf(request, axios);
  if (!Object.keys(headers).every((name) => HEADER_NAME.test(name) && isHeaderValue(headers[name]))) return undefined;
  // Last of all: whoever writes the parameters is asked once.
  const path = pathOf(url, config, paths);
  if (path === undefined || !PATH.test(path)) return undefined;
  return { url, path, method: config.method!.toUpperCase(), headers, body: bodyOf(config) };
}

/** Parameters go on after the URL is parsed: nothing in them is encoded once more. */
function pathOf(url: URL, config: Config, paths: InstanceType<AxiosStatic['Axios']>): string | undefined {
  const path = `${url.pathname}${url.search}`;
  const { params, paramsSerializer } = config;
  if (!params) return path;
  try {
    return paths.getUri({ url: path, params, paramsSerializer });
  } catch {
    return undefined;
  }
}

const isHeaderValue = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isHeaderValue) : HEADER_VALUE.test(String(value));

/** What axios's own adapter sends. */
function headersOf({ config, changes, token }: WireRequest, axios: AxiosStatic): Record<string, string> {
  const headers = axios.AxiosHeaders.from(changes?.headers ?? config.headers);
  const sent = headers.toJSON() as Record<string, string>;
  const isSet = (name: string): boolean => headers.get(name) !== undefined;
  const cookies: unknown = headers.get('Cookie');
  // As Node joins them: there may be one such header only.
  if (Array.isArray(cookies)) sent[Object.keys(sent).find((name) => /^cookie$/i.test(name))!] = cookies.join('; ');
  if (token) sent[token[0]] = token[1];
  if (!isSet('User-Agent')) sent['User-Agent'] = `axios/${axios.VERSION}`;
  if (!isSet('Accept-Encoding')) sent['Accept-Encoding'] = 'gzip, compress, deflate, br';
  return sent;
}

function bodyOf({ data }: Config): PlainRequest['body'] {
  if (data == null || data === '') return null;
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? Buffer.from(data) : (data as Buffer);
}
