import { LONGEST_LIFETIME_MS } from '../common/defaults.js';
import { isObject } from '../common/is-object.js';
import { ACCOUNT_OPTION_NAMES } from './account-option-names.js';
import { isTokenTemplate } from './token-placement.js';
import { HEADER_NAME } from './wire.js';

const RESERVED: ReadonlySet<string> = new Set(ACCOUNT_OPTION_NAMES);

const isLifetime = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= LONGEST_LIFETIME_MS;

/** Why a definition cannot work: one line a problem, empty when it can. It may come from JavaScript, and be anything. */
export function definitionProblems(given: unknown): string[] {
  if (!isObject(given)) return ['it must be an object'];
  const { placement, settings } = given;
  const names = [given.credentials, given.tokenParams, given.perRequest, Object.keys(settings ?? {})].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  return [
    ...commonProblems(given),
    ...['credentials', 'tokenParams', 'perRequest'].flatMap((list) => listProblems(list, given[list])),
    ...(settings === undefined || (isObject(settings) && Object.values(settings).every(isSetting))
      ? []
      : ["settings must be an object whose values are lists of strings, or 'text'"]),
    ...names.flatMap((each, i) => {
      if (typeof each !== 'string') return []; // told above
      if (RESERVED.has(each)) return [`"${each}" is an option of every account: choose another name`];
      return names.indexOf(each) === i ? [] : [`"${each}" is used twice: choose another name`];
    }),
    ...placementProblems(placement),
    ...['request', 'parseResponse'].flatMap((each) =>
      typeof given[each] === 'function' ? [] : [`${each} must be a function`],
    ),
  ];
}

/** The same for the fields that every API has, however it asks: its name, its URLs, its tokens' lifetime and refresh. */
export function commonProblems(given: Record<string, unknown>): string[] {
  const { name, lifetimeMs, refresh, isUnauthorized } = given;
  return [
    ...(isMatch(name, /^[a-z][\w-]*$/i) ? [] : ["name must be a word of letters, digits and dashes, e.g. 'acme'"]),
    ...(typeof lifetimeMs === 'function' || isLifetime(lifetimeMs)
      ? []
      : ['lifetimeMs must be a number of milliseconds above 0 and up to 366 days']),
    ...urlProblems(given),
    ...(refresh === undefined ? [] : refreshProblems('refresh', refresh, REFRESH_FIELDS)),
    ...(isUnauthorized === undefined || typeof isUnauthorized === 'function'
      ? []
      : ['isUnauthorized must be a function: gets the response, tells whether the token is not valid']),
  ];
}

type FieldProblems = Readonly<Record<string, (at: string, value: unknown) => string[]>>;

const milliseconds = (at: string, value: unknown): string[] =>
  isLifetime(value) ? [] : [`${at} must be a number of milliseconds above 0 and up to 366 days`];

const BACKOFF_FIELDS: FieldProblems = { initialMs: milliseconds, maxMs: milliseconds };

const REFRESH_FIELDS: FieldProblems = {
  enabled: (at, value) => (typeof value === 'boolean' ? [] : [`${at} must be true or false`]),
  aheadRatio: (at, value) =>
    typeof value === 'number' && value > 0 && value < 1 ? [] : [`${at} must be a number between 0 and 1, e.g. 0.3`],
  aheadCapMs: milliseconds,
  backoff: (at, value) => refreshProblems(at, value, BACKOFF_FIELDS),
  concurrency: (at) => [`${at} ${CONCURRENCY_MISPLACED}`],
};

/** The scheduler has one limit for all APIs alike. */
export const CONCURRENCY_MISPLACED = 'is an option of forRoot alone: set it there, it limits each API';

function refreshProblems(at: string, given: unknown, fields: FieldProblems): string[] {
  if (!isObject(given)) return [`${at} must be an object`];
  return Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!Object.hasOwn(fields, name)) return [`${at}.${name} is not an option: check its spelling`];
    return fields[name]!(`${at}.${name}`, value);
  });
}

function placementProblems(placement: unknown): string[] {
  if (!isObject(placement) || 'scheme' in placement === 'in' in placement) {
    return ["placement must be { scheme: 'Bearer' } or { in: 'header', name: 'X-Token' }"];
  }
  if ('scheme' in placement) {
    return isMatch(placement.scheme, HEADER_NAME) ? [] : ["placement.scheme must be one word, e.g. 'Bearer'"];
  }
  return [
    ...(placement.in === 'header' ? [] : ["placement.in must be 'header'"]),
    ...(isMatch(placement.name, HEADER_NAME)
      ? []
      : ["placement.name must be the name of a header, e.g. 'X-Auth-Token'"]),
    ...(placement.value === undefined || isTokenTemplate(placement.value)
      ? []
      : ["placement.value must be text in ASCII with {token} in it once, e.g. 'Token {token}'"]),
  ];
}

function listProblems(list: string, value: unknown): string[] {
  if (value === undefined && list !== 'credentials') return [];
  const isList = Array.isArray(value) && value.every((each) => isMatch(each, /^[a-z_$][\w$]*$/i));
  if (!isList) return [`${list} must be a list of names, e.g. ['clientId', 'clientSecret']`];
  return list === 'credentials' && value.length === 0 ? ['credentials must name at least one'] : [];
}

function urlProblems({ baseURL, tokenURL, origins }: Record<string, unknown>): string[] {
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
  const isGiven = (value: unknown): boolean => isText(value) || typeof value === 'function';
  return [
    ...(baseURL === undefined || isGiven(baseURL) ? [] : ['baseURL must be a URL, or a function that gives one']),
    ...(isGiven(tokenURL) || isList(tokenURL)
      ? []
      : ["tokenURL must be a URL, a path below the base URL, a list of them, or a function, e.g. 'oauth/token'"]),
    ...(origins === undefined || typeof origins === 'function' || (Array.isArray(origins) && origins.every(isText))
      ? []
      : ["origins must be a list of origins, e.g. ['https://files.example.com']"]),
  ];
}

const isMatch = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

const isSetting = (value: unknown): boolean =>
  value === 'text' || (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'));
