import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { AuthApisOptions } from './options.js';

/**
 * A copy of the options, and of all objects in them, with nothing but their own properties: what somebody has put on
 * `Object.prototype` is no option, or a key could be sent to a proxy of theirs.
 *
 * @throws AuthApisOptionsError when a property cannot be read; its getter's own message may hold a secret
 */
export function ownOptions(options: AuthApisOptions): AuthApisOptions {
  const own = ownCopy(options, '');
  const refresh = ownIfObject(own.refresh, 'refresh.');
  if (isObject(refresh)) refresh.backoff = ownIfObject(refresh.backoff, 'refresh.backoff.');
  own.refresh = refresh;
  return own;
}

/**
 * The same for the accounts of an API.
 *
 * @param at where they stand in the options
 */
export function ownAccounts(given: unknown, at: string): unknown[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given.map((account, i) => ownAccount(account, `${at}[${i}]`)) : [ownAccount(given, at)];
}

function ownAccount(account: unknown, at: string): unknown {
  if (!isObject(account)) return account;
  const own = ownCopy(account, `${at}.`);
  own.http = ownIfObject(own.http, `${at}.http.`);
  own.accounts = ownLookup(own.accounts, `${at}.accounts.`);
  return dropUndefined(own);
}

/** It may be an object of a class, a repository for one: of that no more is read than what an option is. */
function ownLookup(given: unknown, at: string): unknown {
  if (!isObject(given)) return given;
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(given) as object | null);
  const names = isPlain ? Object.keys(given) : LOOKUP_OPTIONS.filter((name) => hasOfItsClass(given, name));
  const own = ownCopy(given, at, names);
  const { resolve } = own;
  return typeof resolve === 'function' ? Object.assign(own, { resolve: resolve.bind(given) as unknown }) : own;
}

const LOOKUP_OPTIONS = ['resolve', 'maxAccounts', 'idleMs'];

/** Its own, or of one of its classes, but not what somebody has put on `Object.prototype`. */
function hasOfItsClass(given: object, name: string): boolean {
  for (let at: object | null = given; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, name)) return true;
  }
  return false;
}

/** An option that is there and `undefined` is as one that is not there. */
function dropUndefined<T extends object>(own: T): T {
  for (const key of Object.keys(own) as (keyof T)[]) if (own[key] === undefined) delete own[key];
  return own;
}

/** What is no object is kept, for the check to tell. */
const ownIfObject = <T>(given: T, at: string): T => (isObject(given) ? ownCopy(given, at) : given);

function ownCopy<T extends object>(given: T, at: string, keys: readonly string[] = Object.keys(given)): T {
  const own = Object.create(null) as Record<string, unknown>;
  for (const key of keys) {
    try {
      own[key] = (given as Record<string, unknown>)[key];
    } catch {
      throw new AuthApisOptionsError([`${at}${key} cannot be read: its getter throws`]);
    }
  }
  return own as T;
}
