import http from 'node:http';
import https from 'node:https';
import type { AxiosAdapter, AxiosResponse, AxiosStatic } from 'axios';
import type { Agent, Dispatcher } from 'undici';
import * as undici from 'undici';
import { timeoutMsOf } from '../interceptor/caller-patience.js';
import { redirected } from '../interceptor/redirect.js';
import { targetOf } from '../interceptor/request-target.js';
import type { Transport, WireRequest } from '../interceptor/transport.js';
import { withOwnConfig } from '../interceptor/transport.js';
import { CollectedAnswer, isRedirect } from './collected-answer.js';

type Config = WireRequest['config'];

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

/** Not every bundler lets a version be read; this came with 7, as did the handlers that are used here. */
export const isNewEnough = 'cacheStores' in undici;

/** Bytes, or what becomes bytes. */
type Body = string | Buffer | null;

/**
 * Sends what is plain through undici, which costs a good deal less than Node’s own client; what is not, and what comes after
 * a redirect, goes the default way.
 */
export function undiciTransport(adapter: AxiosAdapter, axios: AxiosStatic, fallback: Transport): Transport {
  const dispatchers = new Map<number, Agent>();
  const dispatcherOf = (limit: number): Agent => {
    const dispatcher = dispatchers.get(limit) ?? dispatcherWith(limit);
    dispatchers.set(limit, dispatcher);
    return dispatcher;
  };
  const paths = new axios.Axios({});
  return (request) => {
    const sending = isPlain(request) ? sendingOf(request, axios, paths) : undefined;
    if (!sending) return fallback(request);
    // The app may change it at any time; few do it twice.
    const { maxSockets } = clientOf(sending.url).globalAgent;
    return send({ dispatcher: dispatcherOf(maxSockets), adapter, axios }, request, sending);
  };
}

/** @param limit of connections to one origin; an app that bounds those of Node’s own agent means all */
function dispatcherWith(limit: number): Agent {
  // How long is too long the caller says; axios has no limits of its own. But for the connection: whoever gives up while
  // it is being made leaves it behind, and they must not add up. Protocols are not negotiated, as axios does not.
  return new undici.Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
    allowH2: false,
    connections: limit === Infinity ? null : limit,
  });
}

interface Tools {
  readonly dispatcher: Agent;
  readonly adapter: AxiosAdapter;
  readonly axios: AxiosStatic;
}

/** A request as undici is told of it. */
interface Sending {
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Body;
}

async function send(tools: Tools, request: WireRequest, sending: Sending): Promise<AxiosResponse> {
  const { dispatcher, adapter, axios } = tools;
  const { config, changes } = request;
  const { url, path, method, headers, body } = sending;
  const startedAt = performance.now();
  const limits = changes?.timeout === undefined ? config : changes;
  const { timeoutErrorMessage } = limits;
  const timeoutMs = timeoutMsOf(limits);
  // axios says where an answer was found only where it follows redirects.
  const res = config.maxRedirects === 0 ? undefined : { responseUrl: url.origin + path };
  const sent = { method, host: url.host, path: url.pathname, res };
  const answer = new CollectedAnswer({ axios, config, request: sent, timeoutMs, timeoutErrorMessage });
  // Nothing that a polluted prototype says; and a connection lives on after a HEAD.
  const options = { __proto__: null, origin: url.origin, path, method, headers, body, reset: false };
  if (!answer.isOver) dispatched(dispatcher, options, answer);
  const { headers: received, response, bytes } = await answer.complete;
  if (isRedirect(response.status, received) && config.maxRedirects !== 0) {
    const redirect = { statusCode: response.status, headers: received, path, host: url.host };
    return withOwnConfig(redirected(adapter, request, redirect, performance.now() - startedAt), config);
  }
  response.data = config.responseType === 'arraybuffer' ? bytes : textOf(bytes, config.responseEncoding);
  return settled(response, axios);
}

/** A dispatcher may throw what it should have told. */
function dispatched(dispatcher: Agent, options: Dispatcher.DispatchOptions, answer: CollectedAnswer): void {
  try {
    dispatcher.dispatch(options, answer);
  } catch (error) {
    answer.onResponseError(undefined, error as Error);
  }
}

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

/** As axios puts it together; `undefined` where that is for axios to complain about, or names a user. */
function sendingOf(
  request: WireRequest,
  axios: AxiosStatic,
  paths: InstanceType<AxiosStatic['Axios']>,
): Sending | undefined {
  const { config } = request;
  // Without a URL of its own a call goes to the base URL as it stands.
  const url = targetOf(config.url ? config : { ...config, url: config.baseURL, baseURL: undefined });
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  if (!isAsMade(clientOf(url))) return undefined;
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

const clientOf = ({ protocol }: URL): typeof http | typeof https => (protocol === 'https:' ? https : http);

/** Whether the app has not told Node's own agent how connections are made, but for how many: axios would go by that. */
function isAsMade(protocol: typeof http | typeof https): boolean {
  const agent = protocol.globalAgent as http.Agent & { readonly options?: Record<string, unknown> };
  const { options, maxSockets, maxTotalSockets } = agent;
  if (Object.getPrototypeOf(agent) !== protocol.Agent.prototype || Object.hasOwn(agent, 'createConnection'))
    return false;
  if (!options || !isLimit(maxSockets) || maxTotalSockets !== Infinity) return false;
  return Object.keys(options).every((name) => OF_NODE.has(name) || options[name] === undefined);
}

const isLimit = (limit: number): boolean => limit === Infinity || (Number.isInteger(limit) && limit > 0);

/** What Node itself says to its agents; to that of https more, from Node 22.21 on. */
const OF_NODE = new Set(
  [http, https].flatMap(({ Agent }) => {
    const { options } = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 }) as { options?: object };
    return Object.keys({ ...options });
  }),
);

function bodyOf({ data }: Config): Body {
  if (data == null || data === '') return null;
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? Buffer.from(data) : (data as Buffer);
}

/** What axios's own adapter sends. */
function headersOf({ config, changes, token }: WireRequest, axios: AxiosStatic): Record<string, string> {
  const headers = axios.AxiosHeaders.from(changes?.headers ?? config.headers);
  const sent = headers.toJSON() as Record<string, string>;
  const isSet = (name: string): boolean => headers.get(name) !== undefined;
  if (token) sent[token[0]] = token[1];
  if (!isSet('User-Agent')) sent['User-Agent'] = `axios/${axios.VERSION}`;
  if (!isSet('Accept-Encoding')) sent['Accept-Encoding'] = 'gzip, compress, deflate, br';
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
