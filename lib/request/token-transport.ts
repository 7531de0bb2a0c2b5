import type { ClientRequest, IncomingMessage } from 'node:http';
import http from 'node:http';
import type { RequestOptions } from 'node:https';
import https from 'node:https';
import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import { MAX_TOKEN_RESPONSE_BYTES } from '../common/defaults.js';
import { pollutedPrototype } from '../common/polluted-prototype.js';
import { directAgent } from '../common/direct-agent.js';
import { serverNameOf } from '../common/server-name.js';
import type { ConnectionConfig } from '../config/site.js';
import type { TokenRequest, TokenResponse } from '../vendors/token-api.definition.js';

/** Sends a token request and reads the answer, whatever its status. Follows no redirect: the credentials would travel. */
export interface TokenTransport {
  (request: TokenRequest, signal: AbortSignal): Promise<Omit<TokenResponse, 'json'>>;
  /** What goes with every request beside its own headers, by names in lower case; a vendor may give a token by them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Speaks through axios's http adapter itself, below instances, defaults and interceptors: nothing that the app set up
 * for its own calls can decorate, log or redirect a token request.
 *
 * @param allowInsecure plain http, which else is for this machine alone, may go through a proxy of the environment
 */
export function createTokenTransport(
  adapter: AxiosAdapter,
  { headers, ...route }: ConnectionConfig = {},
  allowInsecure = false,
): TokenTransport {
  const extraHeaders = inheritedHeaders(headers);
  const send: TokenTransport = async (request, signal) => {
    const polluted = pollutedPrototype();
    if (polluted) throw polluted;
    const config = {
      ...route,
      // What leaves no wire needs no protection; through a proxy it would.
      ...(route.proxy === undefined && !allowInsecure && /^http:/i.test(request.url) && directRoute(route)),
      method: request.method,
      url: request.url,
      headers: { ...extraHeaders, ...request.headers },
      data: request.body,
      signal,
      responseType: 'text',
      maxRedirects: 0,
      maxContentLength: MAX_TOKEN_RESPONSE_BYTES,
      validateStatus: null,
      transport: nodeTransport,
    };
    try {
      // The adapter would send it all the same.
      signal.throwIfAborted();
      const { status, headers: received, data } = await adapter(config as unknown as InternalAxiosRequestConfig);
      return { status, headers: plainHeaders(received), body: typeof data === 'string' ? data : '' };
    } catch (error) {
      throw signal.aborted ? signal.reason : networkError(error);
    }
  };
  return Object.assign(send, { headers: plainHeaders(extraHeaders) });
}

function directRoute({ httpAgent }: Omit<ConnectionConfig, 'headers'>): object {
  const agent = httpAgent ? undefined : directAgent();
  return agent ? { proxy: false, httpAgent: agent } : { proxy: false };
}

/** What axios calls a transport: Node's own, with the TLS server name of the URL. */
const nodeTransport = {
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
    if (options.protocol !== 'https:') return http.request(options, onResponse);
    options.servername ??= serverNameOf(options);
    return https.request(options, onResponse);
  },
};

/** Keeps what tells an operator something; the axios error itself holds the request, and so the credentials. */
function networkError(error: unknown): Error {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const plain = new Error(typeof message === 'string' && message ? message : 'no answer');
  return typeof code === 'string' ? Object.assign(plain, { code }) : plain;
}

/**
 * The headers of an axios config, those for all methods among them. What an app sets for the bodies of its own calls
 * says nothing of this one, which may have none.
 */
function inheritedHeaders(given: object | null | undefined): Record<string, string> {
  const { common, ...headers } = (given ?? {}) as { common?: unknown };
  const all = { ...(typeof common === 'object' ? common : {}), ...headers };
  const usable = Object.entries(all).filter(
    ([name, value]) => !/^content-/i.test(name) && /string|number/.test(typeof value),
  );
  return Object.fromEntries(usable.map(([name, value]) => [name, String(value)]));
}

function plainHeaders(headers: object): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && value !== null) plain[name.toLowerCase()] = String(value);
  }
  return plain;
}
