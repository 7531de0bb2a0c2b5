import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { AccountOptions, AuthApisOptions } from './options.js';

/**
 * A copy of the options, and of all objects in them, with nothing but their own properties: what somebody has put on
 * `Object.prototype` is no option, or a key could be sent to a proxy of theirs.
 *
 * @throws AuthApisOptionsError when a property cannot be read; its getter's own message may hold a secret
 */
export function ownOptions(options: AuthApisOptions): AuthApisOptions {
  const own = ownCopy(options, '');
  own.verbit = ownAccounts(own.verbit, 'verbit');
  own.sparkfly = ownAccounts(own.sparkfly, 'sparkfly');
  const refresh = ownIfObject(own.refresh, 'refresh.');
  if (isObject(refresh)) refresh.backoff = ownIfObject(refresh.backoff, 'refresh.backoff.');
  own.refresh = refresh;
  return own;
}

function ownAccounts<T extends AccountOptions>(given: T | T[] | undefined, at: string): T | T[] | undefined {
  if (Array.isArray(given)) return given.map((account, i) => ownAccount(account, `${at}[${i}]`));
  return given === undefined ? undefined : ownAccount(given, at);
}

function ownAccount<T extends AccountOptions>(account: T, at: string): T {
  if (!isObject(account)) return account;
  const own = ownCopy(account, `${at}.`);
  own.http = ownIfObject(own.http, `${at}.http.`);
  return own;
}

/** What is no object is kept, for the check to tell. */
const ownIfObject = <T>(given: T, at: string): T => (isObject(given) ? ownCopy(given, at) : given);

function ownCopy<T extends object>(given: T, at: string): T {
  const own = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(given)) {
    try {
      own[key] = (given as Record<string, unknown>)[key];
    } catch {
      throw new AuthApisOptionsError([`${at}${key} cannot be read: its getter throws`]);
    }
  }
  return own as T;
}
