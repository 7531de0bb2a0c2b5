import type { AxiosAdapter, AxiosResponse, AxiosStatic } from 'axios';
import type { Agent, Dispatcher } from 'undici';
import * as undici from 'undici';
import { timeoutMsOf } from '../interceptor/caller-patience.js';
import { redirected } from '../interceptor/redirect.js';
import type { Transport, WireRequest } from '../interceptor/transport.js';
import { withOwnConfig } from '../interceptor/transport.js';
import { CollectedAnswer, isRedirect } from './collected-answer.js';
import type { PlainRequest } from './plain-request.js';
import { plainRequestOf } from './plain-request.js';

/** Not every bundler lets a version be read; this came with 7, as did the handlers that are used here. */
export const isNewEnough = 'cacheStores' in undici;

/**
 * Sends what is plain through undici, which costs a good deal less than Node’s own client; what is not, and what comes after
 * a redirect, goes the default way.
 */
export function undiciTransport(adapter: AxiosAdapter, axios: AxiosStatic, fallback: Transport): Transport {
  // How long is too long the caller says; axios has no limits of its own. But for the connection: whoever gives up while
  // it is being made leaves it behind, and they must not add up. Protocols are not negotiated, as axios does not.
  const dispatcher = new undici.Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
    allowH2: false,
  });
  const paths = new axios.Axios({});
  return (request) => {
    const plain = plainRequestOf(request, axios, paths);
    return plain ? send({ dispatcher, adapter, axios }, request, plain) : fallback(request);
  };
}

interface Tools {
  readonly dispatcher: Agent;
  readonly adapter: AxiosAdapter;
  readonly axios: AxiosStatic;
}

async function send(tools: Tools, request: WireRequest, plain: PlainRequest): Promise<AxiosResponse> {
  const { dispatcher, adapter, axios } = tools;
  const { config, changes } = request;
  const { url, path, method, headers, body } = plain;
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
