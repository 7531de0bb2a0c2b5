import type { AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../common/clock.js';
import { type Abortable, LightAbort } from '../common/light-abort.js';

/** As axios reads it. 0 is for ever; so is what is no number, which is for axios to refuse. */
export function timeoutMsOf({ timeout }: Pick<InternalAxiosRequestConfig, 'timeout'>): number {
  if (!timeout) return 0;
  const timeoutMs = parseInt(String(timeout), 10);
  return Number.isNaN(timeoutMs) ? 0 : Math.max(1, timeoutMs);
}

/** What is said when it is over: the app's words, or axios's. */
export function timeoutMessageOf({
  timeout,
  timeoutErrorMessage,
}: Pick<InternalAxiosRequestConfig, 'timeout' | 'timeoutErrorMessage'>): string {
  return timeoutErrorMessage ?? `timeout of ${timeout}ms exceeded`;
}

/**
 * How long the caller of one request is willing to wait: its `timeout`, its `signal`, its `cancelToken`, counted over
 * the wait for a token, the call and the retry together. axios itself starts counting at the socket.
 */
export class CallerPatience {
  readonly #config: InternalAxiosRequestConfig;
  readonly #axios: AxiosStatic;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #timeoutMs: number;

  constructor(config: InternalAxiosRequestConfig, axios: AxiosStatic, clock: Clock) {
    this.#config = config;
    this.#axios = axios;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#timeoutMs = timeoutMsOf(config);
  }

  /** What is left of `timeout` for the transport, when that is less; axios's own message must still name the whole. */
  timeout(): Pick<InternalAxiosRequestConfig, 'timeout' | 'timeoutErrorMessage'> | undefined {
    if (!this.#timeoutMs) return undefined;
    const left = Math.max(1, Math.ceil(this.#leftMs()));
    return left >= this.#timeoutMs ? undefined : { timeout: left, timeoutErrorMessage: timeoutMessageOf(this.#config) };
  }

  /**
   * To be called before each transport call: the http adapter sends one request even with a signal that has fired.
   *
   * @throws axios's own cancellation error
   */
  throwIfCancelled(): void {
    const { signal, cancelToken } = this.#config;
    if (signal?.aborted) throw new this.#axios.CanceledError(undefined, this.#config);
    cancelToken?.throwIfRequested();
  }

  /**
   * Runs something that takes a signal, for as long as the caller's patience lasts.
   *
   * @throws axios's own timeout or cancellation error when it ends before
   */
  async while<T>(work: (signal: Abortable) => Promise<T>): Promise<T> {
    const { signal, cancelToken } = this.#config;
    const controller = new LightAbort();
    const cancel = (): void => controller.abort(new this.#axios.CanceledError(undefined, this.#config));
    const cancelTimer = this.#timeoutMs
      ? this.#clock.schedule(() => controller.abort(this.#timeoutError()), this.#leftMs())
      : undefined;
    signal?.addEventListener?.('abort', cancel);
    const cancelWith = (reason: unknown): void => controller.abort(reason);
    cancelToken?.subscribe(cancelWith);
    try {
      if (signal?.aborted) cancel();
      return await work(controller);
    } finally {
      cancelTimer?.();
      signal?.removeEventListener?.('abort', cancel);
      cancelToken?.unsubscribe(cancelWith);
    }
  }

  #leftMs(): number {
    return this.#timeoutMs - (this.#clock.now() - this.#startedAt);
  }

  #timeoutError(): Error {
    const { AxiosError } = this.#axios;
    const code = this.#config.transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED;
    return new AxiosError(timeoutMessageOf(this.#config), code, this.#config);
  }
}
