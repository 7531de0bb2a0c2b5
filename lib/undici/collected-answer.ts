import type { IncomingHttpHeaders } from 'node:http';
import type { AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';

/** What came, all of it. */
export interface Collected {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly chunks: readonly Buffer[];
}

/** On whose behalf an answer is collected. */
interface Call {
  readonly axios: AxiosStatic;
  readonly config: InternalAxiosRequestConfig;
  /** For errors to name. */
  readonly request: object;
  readonly timeoutMs: number;
}

/** Of repeated headers Node takes the first, and joins all others. */
const TAKEN_ONCE = new Set(
  (
    'age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since ' +
    'last-modified location max-forwards proxy-authorization referer retry-after server user-agent'
  ).split(' '),
);

/** Takes an answer from undici until it is complete, within the caller's limits, and speaks of trouble as axios does. */
export class CollectedAnswer implements Dispatcher.DispatchHandler {
  readonly complete: Promise<Collected>;
  readonly #call: Call;
  readonly #chunks: Buffer[] = [];
  #resolve!: (collected: Collected) => void;
  #reject!: (error: unknown) => void;
  #head: Omit<Collected, 'chunks'> | undefined;
  #size = 0;
  #hasFailed = false;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal, cancelToken } = call.config;
    signal?.addEventListener?.('abort', this.#cancel);
    cancelToken?.subscribe(this.#cancel);
    if (call.timeoutMs > 0) this.#timer = setTimeout(() => this.#fail(this.#timeoutError()), call.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#hasFailed) controller.abort(new Error('The call has ended'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, text = ''): void {
    if (status < 200) return;
    clearTimeout(this.#timer);
    this.#head = { status, statusText: text, headers: asNodeDoes(headers) };
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const { axios, config, request } = this.#call;
    const { maxContentLength = -1 } = config;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (maxContentLength > -1 && this.#size > maxContentLength) this.#fail(tooLong(axios, config, request));
  }

  onResponseEnd(): void {
    this.#over();
    this.#resolve({ ...this.#head!, chunks: this.#chunks });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#inAxiosWords(error));
  }

  readonly #cancel = (reason?: unknown): void => {
    const { axios, config } = this.#call;
    const isCancel = axios.isCancel(reason);
    this.#fail(isCancel ? reason : new axios.CanceledError(undefined, config));
  };

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#over();
    this.#reject(error);
    this.#controller?.abort(error as Error);
  }

  #over(): void {
    const { signal, cancelToken } = this.#call.config;
    clearTimeout(this.#timer);
    signal?.removeEventListener?.('abort', this.#cancel);
    cancelToken?.unsubscribe(this.#cancel);
  }

  #inAxiosWords(error: Error & { readonly code?: string }): Error {
    const { axios, config, request } = this.#call;
    const { AxiosError } = axios;
    if (error.code === 'UND_ERR_BODY_TIMEOUT') return this.#timeoutError();
    if (this.#head) return new AxiosError('stream has been aborted', AxiosError.ERR_BAD_RESPONSE, config, request);
    const code = error.code?.startsWith('ERR_SSL_') ? 'EPROTO' : error.code;
    if (code !== 'UND_ERR_SOCKET') return AxiosError.from(error, code, config, request);
    const hangUp = new AxiosError('socket hang up', 'ECONNRESET', config, request);
    return Object.assign(hangUp, { cause: error });
  }

  #timeoutError(): Error {
    const { axios, config, request } = this.#call;
    const { AxiosError } = axios;
    const message = config.timeoutErrorMessage ?? `timeout of ${config.timeout}ms exceeded`;
    const code = config.transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED;
    return new AxiosError(message, code, config, request);
  }
}

export function tooLong(axios: AxiosStatic, config: InternalAxiosRequestConfig, request: unknown): Error {
  const { AxiosError } = axios;
  const message = `maxContentLength size of ${config.maxContentLength} exceeded`;
  return new AxiosError(message, AxiosError.ERR_BAD_RESPONSE, config, request);
}

function asNodeDoes(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  for (const name in headers) {
    const value = headers[name];
    if (name === 'set-cookie') headers[name] = [value as string].flat();
    else if (Array.isArray(value)) headers[name] = TAKEN_ONCE.has(name) ? value[0] : value.join(', ');
  }
  return headers;
}
