import type { ClientRequest, IncomingMessage } from 'node:http';
import http from 'node:http';
import type { RequestOptions } from 'node:https';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { AxiosAdapter, AxiosStatic } from 'axios';
import { serverNameOf } from '../common/server-name.js';
import { timeoutMsOf } from './caller-patience.js';
import { keepAliveAgent } from './keep-alive-agent.js';
import { isRedirect, namedRoute, type OnResponse, type Redirect, redirected } from './redirect.js';
import { isOneShot } from './replayable-body.js';
import { adapterTransport, copyOf, type Transport, type WireRequest, withOwnConfig } from './transport.js';

type Config = WireRequest['config'];

/**
 * Through axios's own http adapter, which makes each request pay for redirects that APIs hardly ever send. Here the first
 * request goes out as it is; when a redirect answers it, and only then, axios's way of following takes over from there.
 */
export function httpTransport(adapter: AxiosAdapter, axios: AxiosStatic): Transport {
  const following = adapterTransport(adapter, namedRoute);
  return async (request) => {
    if (!isSimple(request)) return following(request);
    const { config, changes } = request;
    const hop = new FirstHop(request);
    try {
      const answer = await withOwnConfig(adapter(Object.assign(copyOf(config), changes, { transport: hop })), config);
      if (!hop.redirect) return answer;
      if (answer.data instanceof Readable) answer.data.destroy();
    } catch (error) {
      if (!hop.redirect) throw error;
    }
    if (config.signal?.aborted) throw new axios.CanceledError(undefined, config);
    config.cancelToken?.throwIfRequested();
    return withOwnConfig(redirected(adapter, request, hop.redirect, hop.spentMs), config);
  };
}

/** A body that can be read once, or whose progress is told, passes once; no redirects, or another transport: as ever. */
function isSimple({ config }: WireRequest): boolean {
  const { maxRedirects, transport, data, onUploadProgress, maxRate, httpVersion, sensitiveHeaders } =
    config as Config & { httpVersion?: unknown };
  if (maxRedirects === 0 || transport || onUploadProgress || maxRate || httpVersion !== undefined) return false;
  // What is none is for axios to refuse.
  if (sensitiveHeaders?.some((name: unknown) => typeof name !== 'string')) return false;
  return !(data instanceof FormData || data instanceof Blob || isOneShot(data));
}

/** What axios calls a transport: makes Node's own request, and keeps a redirect that answers it for later. */
class FirstHop {
  readonly #token: WireRequest['token'];
  readonly #timeoutMs: number;
  #startedAt: number | undefined;
  redirect: Redirect | undefined;

  constructor({ config, changes, token }: WireRequest) {
    this.#token = token;
    this.#timeoutMs = timeoutMsOf(changes?.timeout === undefined ? config : changes);
  }

  /** Of the caller's `timeout`. */
  get spentMs(): number {
    return this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt;
  }

  request(options: RequestOptions, onResponse: OnResponse): ClientRequest {
    if (this.#token) (options.headers as Record<string, string>)[this.#token[0]] = this.#token[1];
    // As follow-redirects does where a request names no host, but a path to a socket.
    if (!options.host && !options.hostname) options.hostname = '::1';
    const isSecure = options.protocol === 'https:';
    if (isSecure) options.servername ??= serverNameOf(options);
    options.agent ??= keepAliveAgent(isSecure);
    const request = (isSecure ? https : http).request(options, (response) => {
      if (isRedirect(response)) return this.#keep(response, request, onResponse);
      // There is an idiom that reads it here.
      Object.assign(response, { responseUrl: urlOf(options) });
      if (this.#timeoutMs > 0) this.#watchBody(response);
      onResponse(response);
    });
    if (this.#timeoutMs > 0) this.#watchStart(request);
    return request;
  }

  /**
   * axios is told of an answer without a status, which it asks nobody whether to take, and is done with this request. That
   * ends as one whose redirect is followed always does: without an error, for whoever watches requests.
   */
  #keep(response: IncomingMessage, request: ClientRequest, onResponse: OnResponse): void {
    const { statusCode = 0, headers } = response;
    this.redirect = { statusCode, headers, path: request.path, host: request.getHeader('host') };
    onResponse(Object.assign(Readable.from([]), { statusCode: 0, headers: {} }) as never);
    request.destroy();
    response.destroy();
  }

  /** The time counts from the socket on, or from the start where there is none to come by: a tunnel has its own. */
  #watchStart(request: ClientRequest): void {
    const start = (): void => {
      this.#startedAt = performance.now();
      const timer = setTimeout(() => request.emit('timeout'), this.#timeoutMs);
      const stop = (): void => clearTimeout(timer);
      // Not at its close: one that ends with neither (a 101 that nobody asked for) is told to nobody but by this.
      request.once('response', stop).once('error', stop);
    };
    const { agent } = request as { agent?: unknown };
    if (agent instanceof http.Agent) request.once('socket', start);
    else start();
  }

  /** A stream that is silent for so long ends, as where axios follows redirects. */
  #watchBody(response: IncomingMessage): void {
    const { socket } = response;
    const end = (): void => void socket.destroy();
    socket.setTimeout(this.#timeoutMs).once('timeout', end);
    response.once('close', () => socket.off('timeout', end));
  }
}

/** Through a proxy the path is the whole URL. */
function urlOf({ protocol, hostname, port, path }: RequestOptions): string {
  if (!path?.startsWith('/')) return path ?? '';
  const host = hostname?.includes(':') ? `[${hostname}]` : hostname;
  return `${protocol}//${host}${port ? `:${port}` : ''}${path}`;
}
