import type { AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Observable } from 'rxjs';
import { firstValueFrom } from 'rxjs';

/** What a promise or an observable fails with. */
export async function failureOf<E = AxiosError>(work: Promise<unknown> | Observable<unknown>): Promise<E> {
  const promise = work instanceof Promise ? work : firstValueFrom(work);
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!outcome) throw new Error('it succeeded');
  return outcome.error as E;
}

/** Waits until something holds; the test's own time limit is the end of patience. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What a transport gives back that has no sockets. */
export function answer(config: InternalAxiosRequestConfig, status = 200, data: unknown = {}): AxiosResponse {
  return { status, statusText: '', data, headers: {}, config };
}
