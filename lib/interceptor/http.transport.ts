import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { AxiosAdapter, AxiosResponse, AxiosStatic } from 'axios';
import { keepAliveAgent } from './keep-alive-agent.js';
import type { Redirect } from './redirect.js';
import { isRedirect, redirected } from './redirect.js';
import { isOneShot } from './replayable-body.js';
import type { Transport, WireRequest } from './transport.js';
import { adapterTransport, copyOf } from './transport.js';

/**
 * Through axios's own http adapter, which makes each request pay for redirects that APIs hardly ever send. Here the first
 * request goes out as it is; when a redirect answers it, and only then, axios's way of following takes over from there.
 */
export function httpTransport(adapter: AxiosAdapter, axios: AxiosStatic): Transport {
  const following = adapterTransport(adapter);
  return (request) => (isSimple(request) ? goAhead(adapter, axios, request) : following(request));
}

/** A body that can be read once, or whose progress is told, passes once; no redirects, or another transport: as ever. */
function isSimple({ config }: WireRequest): boolean {
  const { maxRedirects, transport, data, onUploadProgress, maxRate, httpVersion } = config as typeof config & {
    httpVersion?: unknown;
  };
  if (maxRedirects === 0 || transport || onUploadProgress || maxRate || httpVersion !== undefined) return false;
  return !(data instanceof FormData || data instanceof Blob || isOneShot(data));
}

async function goAhead(adapter: AxiosAdapter, axios: AxiosStatic, request: WireRequest): Promise<AxiosResponse> {
  const { config, changes } = request;
  const startedAt = performance.now();
  const hop = new FirstHop(request);
  try {
    const response = await adapter(Object.assign(copyOf(config), changes, { transport: hop }));
    if (!hop.redirect) return response;
  } catch (error) {
    if (!hop.redirect) throw error;
  }
  if (config.signal?.aborted) throw new axios.CanceledError(undefined, config);
  config.cancelToken?.throwIfRequested();
  return redirected(adapter, request, hop.redirect, performance.now() - startedAt);
}

/** What axios calls a transport: makes Node's own request, and keeps a redirect that answers it for later. */
class FirstHop {
  readonly #token: WireRequest['token'];
  readonly #timeoutMs: number;
  redirect: Redirect | undefined;

  constructor({ config, changes, token }: WireRequest) {
    this.#token = token;
    this.#timeoutMs = Number(changes?.timeout ?? config.timeout);
  }

  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
    if (this.#token) (options.headers as Record<string, string>)[this.#token[0]] = this.#token[1];
    const isSecure = options.protocol === 'https:';
    options.agent ??= keepAliveAgent(isSecure);
    const request = (isSecure ? https : http).request(options, (response) => {
      if (isRedirect(response)) return this.#keep(response, request, onResponse);
      // There is an idiom that reads it here.
      Object.assign(response, { responseUrl: urlOf(options) });
      if (this.#timeoutMs > 0) this.#watchBody(response);
      onResponse(response);
    });
    if (this.#timeoutMs > 0) this.#watchConnecting(request);
    return request;
  }

  /** axios is done with this request when it has an answer; what the redirect itself says besides nobody reads. */
  #keep(response: IncomingMessage, request: ClientRequest, onResponse: (response: IncomingMessage) => void): void {
    const { statusCode = 0, headers } = response;
    this.redirect = { statusCode, headers, host: request.getHeader('host') };
    onResponse(Object.assign(Readable.from([]), { statusCode, headers: {}, req: request }) as never);
    response.on('error', () => {});
    request.destroy();
  }

  /** Node counts from the socket on, axios from the start, but only for requests that it makes itself. */
  #watchConnecting(request: ClientRequest): void {
    const timer = setTimeout(() => request.emit('timeout'), this.#timeoutMs);
    const stop = (): void => clearTimeout(timer);
    request.once('response', stop).once('close', stop);
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
