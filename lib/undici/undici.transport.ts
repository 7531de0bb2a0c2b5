import type { AxiosAdapter, AxiosResponse, AxiosStatic } from 'axios';
import { Agent } from 'undici';
import { redirected } from '../interceptor/redirect.js';
import { targetOf } from '../interceptor/request-target.js';
import type { Transport, WireRequest } from '../interceptor/transport.js';
import { CollectedAnswer } from './collected-answer.js';
import { decoded } from './decoded.js';

type Config = WireRequest['config'];

/** What a call's config can say that undici has no part for. */
const OTHER_WAYS = (
  'httpAgent httpsAgent transport socketPath lookup family httpVersion insecureHTTPParser ' +
  'auth onUploadProgress onDownloadProgress maxRate'
).split(' ');

/** Headers that undici does not take from its users. */
const OTHER_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect'];

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/** Bytes, or what becomes bytes. */
type Body = string | Buffer | null;

/**
 * Sends what is plain through undici, which costs less than half of Node's own client; what is not, and what comes after
 * a redirect, goes the default way.
 */
export function undiciTransport(http: AxiosAdapter, axios: AxiosStatic, fallback: Transport): Transport {
  // How long is too long the caller says; axios has no limits of its own.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } });
  return (request) => {
    const url = isPlain(request) ? urlOf(request.config, axios) : undefined;
    return url ? send({ dispatcher, http, axios }, request, url) : fallback(request);
  };
}

interface Tools {
  readonly dispatcher: Agent;
  readonly http: AxiosAdapter;
  readonly axios: AxiosStatic;
}

async function send({ dispatcher, http, axios }: Tools, request: WireRequest, url: URL): Promise<AxiosResponse> {
  const { config, changes } = request;
  const startedAt = performance.now();
  const timeoutMs = Number(changes?.timeout ?? config.timeout) || 0;
  const told = changes ? { ...config, ...changes } : config;
  const method = config.method!.toUpperCase();
  const body = bodyOf(config);
  const headers = headersOf(request, body, axios);
  const sent = { method, host: url.host, path: url.pathname, res: { responseUrl: url.href } };
  const answer = new CollectedAnswer({ axios, config: told, request: sent, timeoutMs });
  const { origin } = url;
  dispatcher.dispatch(
    { origin, path: `${url.pathname}${url.search}`, method, headers, body, bodyTimeout: timeoutMs },
    answer,
  );
  const { status, statusText, headers: received, chunks } = await answer.complete;
  if (received.location && status >= 300 && status < 400 && config.maxRedirects !== 0) {
    const redirect = { statusCode: status, headers: received, host: headers.host ?? url.host };
    return redirected(http, request, redirect, performance.now() - startedAt);
  }
  const response: AxiosResponse = {
    data: undefined,
    status,
    statusText,
    headers: new axios.AxiosHeaders(),
    config: told,
    request: sent,
  };
  const bytes = await decoded(chunks, received, response, axios);
  response.headers = new axios.AxiosHeaders(received as Record<string, string>);
  response.data = config.responseType === 'arraybuffer' ? bytes : textOf(bytes, config.responseEncoding);
  return settled(response, axios);
}

function isPlain({ config, changes }: WireRequest): boolean {
  const { data, headers, maxBodyLength = -1, responseType } = config as Config & { data: unknown };
  const isBytes = data == null || typeof data === 'string' || data instanceof Uint8Array || data instanceof ArrayBuffer;
  if (!isBytes || responseType === 'stream') return false;
  if (OTHER_WAYS.some((name) => (config as unknown as Record<string, unknown>)[name] != null)) return false;
  if (OTHER_HEADERS.some((name) => headers.has(name))) return false;
  if (data && maxBodyLength > -1 && Buffer.byteLength(data) > maxBodyLength) return false;
  const proxy = changes?.proxy ?? config.proxy;
  return proxy === false || (!proxy && !PROXY_VARIABLES.some((name) => process.env[name]));
}

/** As axios puts it together; `undefined` where that is for axios to complain about, or names a user. */
function urlOf(config: Config, axios: AxiosStatic): URL | undefined {
  const url = targetOf(config.params ? { ...config, baseURL: undefined, url: axios.getUri(config) } : config);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : undefined;
}

function bodyOf({ data }: Config): Body {
  if (data == null) return null;
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? Buffer.from(data) : (data as Buffer);
}

/** What axios's own adapter sends. */
function headersOf({ config, changes, token }: WireRequest, body: Body, axios: AxiosStatic): Record<string, string> {
  const headers = axios.AxiosHeaders.from(changes?.headers ?? config.headers);
  const sent = headers.toJSON() as Record<string, string>;
  const isSet = (name: string): boolean => headers.get(name) != null;
  if (token) sent[token[0]] = token[1];
  if (!isSet('User-Agent')) sent['User-Agent'] = `axios/${axios.VERSION}`;
  if (!isSet('Accept-Encoding')) sent['Accept-Encoding'] = 'gzip, compress, deflate, br';
  if (body !== null && !isSet('Content-Length')) sent['Content-Length'] = String(Buffer.byteLength(body));
  return sent;
}

function textOf(bytes: Buffer, encoding: string | undefined): string {
  const text = bytes.toString((encoding as BufferEncoding | undefined) ?? 'utf8');
  return (!encoding || encoding === 'utf8') && text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** @throws AxiosError where the caller's `validateStatus` says so */
function settled(response: AxiosResponse, axios: AxiosStatic): AxiosResponse {
  const { status, config, request } = response;
  const { validateStatus } = config;
  if (!status || !validateStatus || validateStatus(status)) return response;
  const { AxiosError } = axios;
  const code = status >= 400 && status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  throw new AxiosError(`Request failed with status code ${status}`, code, config, request, response);
}
