import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import http from 'node:http';
import type { RequestOptions } from 'node:https';
import https from 'node:https';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { AxiosAdapter, AxiosResponse } from 'axios';
import followRedirects from 'follow-redirects';
import { isObject } from '../common/is-object.js';
import { serverNameOf } from '../common/server-name.js';
import { timeoutMessageOf, timeoutMsOf } from './caller-patience.js';
import { targetOf } from './request-target.js';
import { copyOf, type WireRequest, withHeader } from './transport.js';

/** The answer that leads elsewhere. */
export interface Redirect {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** What the request asked for, with its parameters. */
  readonly path: string;
  /** The header that the request went with. */
  readonly host: ReturnType<ClientRequest['getHeader']>;
}

export type OnResponse = (response: IncomingMessage) => void;

/** What follow-redirects is told beside what Node is. */
interface Options extends RequestOptions {
  href?: string;
  maxRedirects?: number;
  followRedirects?: boolean;
  sensitiveHeaders?: readonly string[];
  beforeRedirect?: (next: Options, response: unknown, previous: unknown) => void;
}

type NodeProtocol = Pick<typeof http, 'request'>;

export function isRedirect({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400 && Boolean(headers.location);
}

/**
 * Follows a redirect that has come already, as axios does: the same library is told the same, but its first request is
 * answered at once with what the API has said.
 */
export function redirected(
  adapter: AxiosAdapter,
  request: WireRequest,
  redirect: Redirect,
  spentMs: number,
): Promise<AxiosResponse> {
  const { config, changes, token } = request;
  const transport = {
    request(options: Options, onResponse: OnResponse) {
      options.path = redirect.path;
      const first = { isAnswered: false };
      const following = followRedirects.wrap({
        http: afterRedirect(redirect, http, first),
        https: afterRedirect(redirect, https, first),
      });
      // What the app has set for all.
      Object.assign(following, { maxRedirects: (followRedirects as { maxRedirects?: number }).maxRedirects });
      const protocol = following[options.protocol === 'https:' ? 'https' : 'http'];
      return protocol.request(withRules(options, request) as never, onResponse as never);
    },
  };
  const wire = Object.assign(copyOf(config), changes);
  if (token) wire.headers = withHeader(wire.headers, token);
  // They are in the path: whoever writes them is asked once.
  return adapter(Object.assign(wire, timeLeft(wire, spentMs), { params: undefined, transport }));
}

/** For a request with a `Host` header: axios's way from the start, but with the TLS server name of the URL. */
export function namedRoute(request: WireRequest): object | undefined {
  const { transport, headers, maxRedirects } = request.config as WireRequest['config'] & { transport?: unknown };
  if (transport || !headers.has('Host')) return undefined;
  const named = {
    request(options: Options, onResponse: OnResponse) {
      const isSecure = options.protocol === 'https:';
      if (isSecure) options.servername ??= serverNameOf(options);
      if (maxRedirects === 0) options.followRedirects = false;
      return followRedirects[isSecure ? 'https' : 'http'].request(withRules(options, request) as never, onResponse);
    },
  };
  return { transport: named };
}

/** What axios says to follow-redirects when it is not given a transport. */
function withRules(options: Options, request: WireRequest): Options {
  const { beforeRedirect, sensitiveHeaders } = request.redirectRules();
  const { auth, beforeRedirect: ofAxios } = options;
  const origin = targetOf(request.config)?.origin;
  options.sensitiveHeaders = sensitiveHeaders;
  if (request.config.maxRedirects) options.maxRedirects = request.config.maxRedirects;
  options.beforeRedirect = (next, response, previous) => {
    // A request that is handed out has this function in it, and some libraries call every function they find.
    if (!isObject(next)) return;
    ofAxios?.(next, response, previous);
    delete next.servername;
    if (auth && next.href && new URL(next.href).origin === origin) next.auth = auth;
    beforeRedirect?.(next, response as never, previous as never);
  };
  return options;
}

/** Of the caller's `timeout`, in axios's words. */
function timeLeft(config: WireRequest['config'], spentMs: number): object | undefined {
  const timeoutMs = timeoutMsOf(config);
  if (!timeoutMs) return undefined;
  return { timeout: Math.max(1, Math.ceil(timeoutMs - spentMs)), timeoutErrorMessage: timeoutMessageOf(config) };
}

/** Node's own, but for the first request of all, which has its answer. */
function afterRedirect(redirect: Redirect, node: NodeProtocol, first: { isAnswered: boolean }): NodeProtocol {
  const request = (options: RequestOptions, onResponse: OnResponse): unknown => {
    if (first.isAnswered) return node.request(options, onResponse);
    first.isAnswered = true;
    return new AnsweredRequest(redirect, onResponse);
  };
  return { request: request as NodeProtocol['request'] };
}

/** Takes the body, for it to be sent again where the redirect says so, and is answered by the redirect. */
class AnsweredRequest extends Writable {
  constructor({ statusCode, headers, host }: Redirect, onResponse: OnResponse) {
    super({ write: (_chunk, _encoding, done) => done() });
    const response = { statusCode, headers, destroy() {}, req: { getHeader: () => host } };
    this.once('finish', () => {
      // The caller's time is counted from the first socket on. What is asked of this one is up to axios: it is a real one.
      this.emit('socket', new Socket());
      onResponse(response as never);
    });
  }

  setHeader(): void {}
  removeHeader(): void {}
}
