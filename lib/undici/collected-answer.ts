import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import type { AxiosResponse, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import { timeoutMessageOf } from '../interceptor/caller-patience.js';
import { decoderOf } from './decoded.js';
import { UnwantedRest } from './unwanted-rest.js';

/** What came, all of it. */
export interface Collected {
  /** As Node tells them. */
  readonly headers: IncomingHttpHeaders;
  /** For the caller, but for its data. */
  readonly response: AxiosResponse;
  /** Decoded; none of a redirect that is followed. */
  readonly bytes: Buffer;
}

/** On whose behalf an answer is collected. */
interface Call {
  readonly axios: AxiosStatic;
  /** The caller's own: whoever sends it again must not find in it what was left of a timeout. */
  readonly config: InternalAxiosRequestConfig;
  /** For errors to name. */
  readonly request: object;
  readonly timeoutMs: number;
  readonly timeoutErrorMessage: string | undefined;
}

/** Of repeated headers Node takes the first, and joins all others. */
const TAKEN_ONCE = new Set(
  (
    'age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since ' +
    'last-modified location max-forwards proxy-authorization referer retry-after server user-agent'
  ).split(' '),
);

/** What undici or Node says that went wrong. */
type Trouble = Error & { readonly code?: string; readonly data?: string };

/** What undici calls by a name of its own. */
const CODES: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_HEADERS_OVERFLOW: 'HPE_HEADER_OVERFLOW',
};

/** Takes an answer from undici until it is complete, within the caller's limits, and speaks of trouble as axios does. */
export class CollectedAnswer implements Dispatcher.DispatchHandler {
  readonly complete: Promise<Collected>;
  readonly #call: Call;
  readonly #chunks: Buffer[] = [];
  #resolve!: (collected: Collected) => void;
  #reject!: (error: unknown) => void;
  #head: Omit<Collected, 'bytes'> | undefined;
  #decoder: Transform | undefined;
  #size = 0;
  #isOver = false;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rest: UnwantedRest | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal, cancelToken } = call.config;
    if (call.timeoutMs > 0) this.#timer = setTimeout(() => this.#fail(this.#timeoutError()), call.timeoutMs);
    signal?.addEventListener?.('abort', this.#cancel);
    cancelToken?.subscribe(this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  /** Nothing more is expected: it is complete, has failed, or was cancelled before it was asked for. */
  get isOver(): boolean {
    return this.#isOver;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('The call has ended'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, received: IncomingHttpHeaders, text = ''): void {
    if (status < 200) return;
    const { axios, config, request } = this.#call;
    const headers = asNodeDoes(received);
    const isFollowed = isRedirect(status, headers) && config.maxRedirects !== 0;
    if (!isFollowed) this.#decoder = decoderOf(status, headers, config);
    const told = new axios.AxiosHeaders(headers as Record<string, string>);
    const response = { data: undefined, status, statusText: text, headers: told, config, request };
    this.#head = { headers, response };
    // Where it leads is known: what it says besides, and for how long, nobody waits for.
    if (isFollowed) this.#finish();
    else this.#timer?.refresh();
    this.#decoder
      ?.on('data', this.#take)
      .on('drain', () => this.#controller?.resume())
      .once('end', () => this.#finish())
      .once('error', (error: Error) => this.#fail(this.#decodingError(error)));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#rest) return this.#rest.take(chunk.length);
    this.#timer?.refresh();
    if (!this.#decoder) this.#take(chunk);
    else if (!this.#decoder.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#controller = undefined;
    this.#rest?.end();
    clearTimeout(this.#timer);
    if (this.#decoder) this.#decoder.end();
    else this.#finish();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#rest?.end();
    this.#fail(this.#inAxiosWords(error));
  }

  readonly #take = (chunk: Buffer): void => {
    const { axios, config, request } = this.#call;
    const { maxContentLength = -1 } = config;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (maxContentLength < 0 || this.#size <= maxContentLength) return;
    const message = `maxContentLength size of ${maxContentLength} exceeded`;
    this.#fail(new axios.AxiosError(message, axios.AxiosError.ERR_BAD_RESPONSE, config, request));
  };

  readonly #cancel = (reason?: unknown): void => {
    const { axios, config, request } = this.#call;
    this.#fail(axios.isCancel(reason) ? reason : new axios.CanceledError(undefined, config, request));
  };

  #finish(): void {
    if (this.#isOver) return;
    const chunks = this.#chunks;
    this.#end();
    if (this.#controller) this.#rest = new UnwantedRest(this.#controller);
    this.#resolve({ ...this.#head!, bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller?.abort(error as Error);
    this.#reject(error);
  }

  #end(): void {
    this.#isOver = true;
    const { signal, cancelToken } = this.#call.config;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    signal?.removeEventListener?.('abort', this.#cancel);
    cancelToken?.unsubscribe(this.#cancel);
    this.#decoder?.destroy();
  }

  #inAxiosWords(error: Trouble): Error {
    const { axios, config, request } = this.#call;
    const { AxiosError } = axios;
    if (this.#head && isCut(error)) return this.#abortion(this.#head.response);
    const code = codeOf(error);
    if (code !== 'UND_ERR_SOCKET') return AxiosError.from(error, code, config, request);
    const hangUp = Object.assign(new Error('socket hang up', { cause: error }), { code: 'ECONNRESET' });
    return AxiosError.from(hangUp, hangUp.code, config, request);
  }

  #abortion(response: AxiosResponse): Error {
    const { axios, config, request } = this.#call;
    const { AxiosError } = axios;
    if (this.#decoder) return this.#decodingError(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    return new AxiosError('stream has been aborted', AxiosError.ERR_BAD_RESPONSE, config, request, response);
  }

  #decodingError(error: Trouble): Error {
    const { axios, config, request } = this.#call;
    return axios.AxiosError.from(error, error.code, config, request, this.#head!.response);
  }

  #timeoutError(): Error {
    const { axios, config, request, timeoutErrorMessage } = this.#call;
    const { AxiosError } = axios;
    const message = timeoutMessageOf({ timeout: config.timeout, timeoutErrorMessage });
    const code = config.transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED;
    return new AxiosError(message, code, config, request);
  }
}

/** The other side closed the connection, in due form, before all was said: parsers hear that as an end without bytes. */
function isCut({ code, name, data }: Trouble): boolean {
  return code?.startsWith('UND_ERR_') === true || (name === 'HTTPParserError' && !data);
}

function codeOf({ code, name }: Trouble): string | undefined {
  if (code === undefined) return name === 'HTTPParserError' ? 'HPE_INVALID_CONSTANT' : undefined;
  return code.startsWith('ERR_SSL_') ? 'EPROTO' : (CODES[code] ?? code);
}

export function isRedirect(status: number, { location }: IncomingHttpHeaders): boolean {
  return Boolean(location) && status >= 300 && status < 400;
}

function asNodeDoes(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  for (const name in headers) {
    const value = headers[name];
    if (name === 'set-cookie') headers[name] = [value as string].flat();
    else if (Array.isArray(value)) headers[name] = TAKEN_ONCE.has(name) ? value[0] : value.join(', ');
  }
  return headers;
}
