import type { Abortable } from './light-abort.js';

/**
 * Waits for `promise`, but no longer than until `signal` aborts; then rejects with the signal's reason.
 * The promise itself goes on, and a late rejection of it is nobody's problem.
 */
export function raceAbort<T>(promise: Promise<T>, signal: Abortable): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
