import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { BUILT_IN_NAMES } from '../vendors/built-in.js';
import type { AuthApisOptions } from './options.js';

/** Objects of the app's that are used as they are, and accounts, which `ownAccounts` copies. */
const AS_THEY_ARE: ReadonlySet<string> = new Set([
  'clock',
  'store',
  ...BUILT_IN_NAMES,
] satisfies (keyof AuthApisOptions)[]);

/** Options that are copied also when they are objects of a class. */
const ALWAYS_COPIED: ReadonlySet<string> = new Set(['http', 'refresh', 'backoff']);

/**
 * A copy of the options, and of all plain objects in them, with nothing but their own properties: what somebody has put on
 * `Object.prototype` is no option, or a key could be sent to a proxy of theirs.
 *
 * @throws AuthApisOptionsError when a property cannot be read; its getter's own message may hold a secret
 */
export function ownOptions(options: AuthApisOptions): AuthApisOptions {
  return ownTree(options, '', AS_THEY_ARE);
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
  const own = ownTree(account, `${at}.`, RESOLVER);
  own.accounts = ownLookup(own.accounts, `${at}.accounts.`);
  return dropUndefined(own);
}

const RESOLVER: ReadonlySet<string> = new Set(['accounts']);

/** It may be an object of a class, a repository for one: of that no more is read than what an option is. */
function ownLookup(given: unknown, at: string): unknown {
  if (!isObject(given)) return given;
  const names = isPlain(given) ? Object.keys(given) : LOOKUP_OPTIONS.filter((name) => hasOfItsClass(given, name));
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

/** A copy of an object and of the plain objects in it, but for those under the names of `asTheyAre`. */
function ownTree<T extends object>(
  given: T,
  at: string,
  asTheyAre: ReadonlySet<string> = new Set(),
  copies: Map<object, object> = new Map(),
): T {
  const own = ownCopy(given, at);
  copies.set(given, own);
  for (const [key, value] of Object.entries(own) as [keyof T & string, unknown][]) {
    if (!isObject(value) || asTheyAre.has(key) || !(isPlain(value) || ALWAYS_COPIED.has(key))) continue;
    own[key] = (copies.get(value) ?? ownTree(value, `${at}${key}.`, undefined, copies)) as never;
  }
  return own;
}

/** What axios takes apart as well: an agent or a module, e.g. for `transport`, is none. */
const isPlain = (given: object): boolean =>
  [Object.prototype, null].includes(Object.getPrototypeOf(given) as object | null) &&
  !Object.hasOwn(given, Symbol.toStringTag) &&
  !Object.hasOwn(given, Symbol.iterator);

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
