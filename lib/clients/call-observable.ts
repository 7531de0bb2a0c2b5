import type { AxiosPromise, AxiosRequestConfig, AxiosResponse, CancelTokenStatic } from 'axios';
import { Observable } from 'rxjs';
import { CallCancellation } from './call-cancellation.js';

/**
 * A call for each subscriber, cancelled when the subscriber leaves before it is done. The one of `HttpService` cancels
 * those that are done too, which costs an error with its stack for every call.
 */
export function callObservable<T>(
  CancelToken: CancelTokenStatic,
  call: (...args: unknown[]) => AxiosPromise<T>,
  args: readonly unknown[],
): Observable<AxiosResponse<T>> {
  return new Observable((subscriber) => {
    const ownArgs = [...args];
    const config: AxiosRequestConfig = { ...(ownArgs.pop() as AxiosRequestConfig | undefined) };
    ownArgs.push(config);
    // A stream is read on after the subscriber has it.
    const isCancelled = !config.cancelToken && config.responseType !== 'stream';
    const cancellation = isCancelled ? new CallCancellation(CancelToken) : undefined;
    if (cancellation) config.cancelToken = cancellation;
    let isDone = false;
    const settle = (settled: { config?: AxiosRequestConfig } | null | undefined): void => {
      isDone = true;
      // Whoever sends the config again gets a cancellation of its own.
      if (cancellation && settled?.config?.cancelToken === cancellation) delete settled.config.cancelToken;
    };
    call(...ownArgs).then(
      (response) => {
        settle(response);
        subscriber.next(response);
        subscriber.complete();
      },
      (error: unknown) => {
        settle(error as { config?: AxiosRequestConfig });
        subscriber.error(error);
      },
    );
    return () => {
      if (!isDone) cancellation?.cancel();
    };
  });
}
