import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { Abortable } from '../common/light-abort.js';
import type { TokenSource } from '../request/token-source.js';

/** The options of `get()` may be anything from JavaScript; a number that is none would ask the vendor at every call. */
export function waitOptionsError(given: unknown): AuthApisOptionsError | undefined {
  const problems = waitProblems(given);
  return problems.length > 0 ? new AuthApisOptionsError(problems, 'The options of get()') : undefined;
}

function waitProblems(given: unknown): string[] {
  if (!isObject(given)) return ['they must be an object, e.g. { minRemainingMs: 60_000 }'];
  const { minRemainingMs = 0, signal } = given;
  const isAbortable = signal === undefined || typeof (signal as Abortable | null)?.addEventListener === 'function';
  return [
    ...(typeof minRemainingMs === 'number' && minRemainingMs >= 0
      ? []
      : ['minRemainingMs must be a number of milliseconds, 0 or more']),
    ...(isAbortable ? [] : ['signal must be an AbortSignal']),
  ];
}

/** @throws AuthApisOptionsError */
export function checkParts(source: unknown, options: unknown): void {
  const problems = [
    ...(typeof (source as TokenSource | null | undefined)?.fetch === 'function'
      ? []
      : ['the source must be an object with a method `fetch`']),
    ...(isObject(options) ? [] : ['the options must be an object']),
  ];
  if (problems.length > 0) throw new AuthApisOptionsError(problems, 'What is given to TokenCache');
}

/** The text of a token; `undefined` where there is none, as `peek()` may give it. @throws AuthApisOptionsError */
export function valueOf(token: unknown): string | undefined {
  if (token === undefined || token === null) return undefined;
  const value: unknown = typeof token === 'string' ? token : (token as { value?: unknown }).value;
  if (typeof value === 'string') return value;
  throw new AuthApisOptionsError(['it must be an AccessToken, or its text'], 'The token that invalidate() is given');
}
