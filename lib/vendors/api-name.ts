import { AuthApisOptionsError } from '../common/errors.js';

/** An API's name, of what an app calls it by. @throws AuthApisOptionsError when that is neither a name nor an API */
export function apiNameOf(api: unknown): string {
  const name: unknown = typeof api === 'object' && api !== null ? (api as { name?: unknown }).name : api;
  if (typeof name === 'string' && name !== '') return name;
  throw new AuthApisOptionsError(["it must be a name, e.g. 'sparkfly', or what defineTokenApi has made"], 'An API');
}
