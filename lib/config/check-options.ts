import * as v from 'valibot';
import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { Endpoints, SettingsOf, SettingsSpec } from '../vendors/token-api.definition.js';
import { BUILT_IN_NAMES } from '../vendors/built-in.js';
import type { TokenApi } from '../vendors/token-api.js';
import { ApiAccounts } from './accounts-for.js';
import type { SiteOptions } from './account-options.js';
import type { AuthApisOptions } from './options.js';
import { accountSchema, accountsSchema, isText, moduleSchema } from './options.schema.js';
import { isOrigin, urlProblem } from './origins.js';

const BUILT_IN: ReadonlySet<string> = new Set(BUILT_IN_NAMES);

/** The accounts of one API as the options have them: own copies, unchecked. */
export interface GivenApi {
  readonly api: TokenApi;
  /** Where they stand in the options: `sparkfly`, `apis[0]`. */
  readonly at: string;
  /** Whether they are given as a list. */
  readonly isList: boolean;
  readonly entries: readonly unknown[];
}

/**
 * Refuses options that cannot work, before anything is built from them.
 *
 * @throws AuthApisOptionsError with all problems at once, one line each: the option, what is wrong, the remedy
 */
export function checkOptions(options: AuthApisOptions, apis: readonly GivenApi[]): void {
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'apis' && !BUILT_IN.has(name)));
  const problems = [
    ...schemaProblems(moduleSchema, rest, ''),
    ...apisProblems(options.apis),
    ...apis.flatMap(apiProblems),
  ];
  if (problems.length) throw new AuthApisOptionsError(problems);
}

/** What is no `ApiAccounts` is not among the given APIs, and told here. */
function apisProblems(apis: unknown): string[] {
  if (apis === undefined) return [];
  if (!Array.isArray(apis)) return ['apis must be an array, e.g. [accountsFor(acme, { ... })]'];
  const names = new Set(BUILT_IN);
  return apis.flatMap((each: unknown, i) => {
    if (!(each instanceof ApiAccounts)) return [`apis[${i}] must be made with accountsFor(api, { ... })`];
    const isTaken = names.has(each.name);
    names.add(each.name);
    return isTaken ? [`apis[${i}] is another API called "${each.name}": give all accounts of an API at once`] : [];
  });
}

/** @throws AuthApisOptionsError */
export function checkIsObject(options: unknown): void {
  if (isObject(options)) return;
  throw new AuthApisOptionsError(['they must be an object, e.g. { verbit: { apiKey: process.env.VERBIT_API_KEY } }']);
}

function apiProblems({ api, at, isList, entries }: GivenApi): string[] {
  const names = new Set<string>();
  const accounts = entries.flatMap((account, i) => {
    const where = isList ? `${at}[${i}]` : at;
    if (!isObject(account)) return [`${where} must be an object with the account's credentials`];
    if ('accounts' in account) {
      const { accounts } = account;
      const lookup = isObject(accounts) ? { resolve: undefined, ...accounts } : accounts;
      return checkAccount(accountsSchema(api), { ...account, accounts: lookup }, where, api);
    }
    const name: unknown = account.name ?? DEFAULT_ACCOUNT;
    const isTaken = typeof name === 'string' && names.has(name);
    if (typeof name === 'string') names.add(name);
    const given = { ...Object.fromEntries(api.credentials.map((each) => [each, undefined])), ...account };
    return [...checkAccount(accountSchema(api), given, where, api), ...(isTaken ? [nameProblem(name, where)] : [])];
  });
  return [...accounts, ...givenTwice(entries, at, 'accounts'), ...givenTwice(entries, at, 'maxTokenRequestsPerMinute')];
}

function givenTwice(entries: readonly unknown[], at: string, option: string): string[] {
  const isTwice = entries.filter((entry) => isObject(entry) && option in entry).length > 1;
  return isTwice ? [`${at}: \`${option}\` is given twice, it is for the API as a whole: let one entry say it`] : [];
}

function nameProblem(name: string, at: string): string {
  if (name === DEFAULT_ACCOUNT) return `${at}.name is missing: one account may be unnamed, give each other a \`name\``;
  return `${at}.name is used twice ("${name}"): give each account a \`name\` of its own`;
}

function checkAccount(schema: v.GenericSchema, account: Record<string, unknown>, at: string, api: TokenApi): string[] {
  const problems = [...schemaProblems(schema, account, at), ...urlsProblems(account, at)];
  return problems.length ? problems : documentedProblems(account, at, api);
}

/** What the API's definition says of URLs, and what nobody says; asked only of options that are right so far. */
function documentedProblems(account: SiteOptions, at: string, api: TokenApi): string[] {
  const settings = account as SettingsOf<SettingsSpec>;
  try {
    const baseURL = account.baseURL ?? api.baseURL(settings);
    if (baseURL === undefined) return [`${at}.baseURL is missing: none is documented for ${api.name}, give it`];
    const endpoints = api.endpoints(settings, account);
    if (endpoints) return definedProblems(endpoints, account, at, api);
  } catch {
    return [`${at}: the definition of ${api.name} gives no URLs, it throws`];
  }
  const set = Object.keys(api.settings).filter((name) => settings[name] !== undefined);
  const those = set.map((name) => `${name} '${settings[name]}'`).join(' and ') || 'these settings';
  return [`${at}.tokenURL is missing: no token endpoint is documented for ${those}, give its URL`];
}

/** What the account says itself has been checked. */
function definedProblems(endpoints: Endpoints, account: SiteOptions, at: string, api: TokenApi): string[] {
  const { baseURL, tokenURLs, furtherOrigins } = endpoints;
  const check = (what: string, url: unknown): string[] => {
    const problem = isText(url) ? urlProblem(url, account.allowInsecure === true) : 'must be a string';
    return problem ? [`${at}: ${what} in the definition of ${api.name} ${problem}`] : [];
  };
  const base = account.baseURL === undefined ? check('baseURL', baseURL) : [];
  // A token endpoint below a base URL that cannot be is no problem of its own.
  const auth =
    account.tokenURL === undefined && base.length === 0 ? tokenURLs.flatMap((url) => check('tokenURL', url)) : [];
  return [...base, ...auth, ...furtherOrigins.flatMap((origin) => check('origins', origin))];
}

/** What no field can say alone: the URLs, given whether plain http is allowed. What is no string the schema tells. */
function urlsProblems(account: SiteOptions, at: string): string[] {
  const { baseURL, tokenURL, allowedOrigins, allowInsecure } = account;
  const check = (option: string, url: unknown): string[] => {
    const problem = isText(url) ? urlProblem(url, allowInsecure === true) : undefined;
    return problem ? [`${at}.${option} ${problem}`] : [];
  };
  // A path is below the base URL; `//host` would be neither.
  const isPath = isText(tokenURL) && !/^([a-z][a-z\d+.-]*:|\/\/)/i.test(tokenURL);
  // `host.example/auth` is a URL whose scheme was forgotten.
  const isBadPath = isPath && /[:?#\s]|^[^/.]+\.[^/]*\//.test(tokenURL);
  const origins: unknown[] = Array.isArray(allowedOrigins) ? allowedOrigins : [];
  return [
    ...check('baseURL', baseURL),
    ...(isPath ? [] : check('tokenURL', tokenURL)),
    ...(isBadPath
      ? [`${at}.tokenURL must be an absolute URL with its scheme, or a path without ? and #, e.g. 'auth'`]
      : []),
    ...origins.flatMap((origin, i) => {
      const option = `allowedOrigins[${i}]`;
      const problems = check(option, origin);
      if (problems.length || !isText(origin) || isOrigin(origin)) return problems;
      return [`${at}.${option} must be an origin without a path, e.g. https://gateway.example.com`];
    }),
  ];
}

function schemaProblems(schema: v.GenericSchema, value: unknown, at: string): string[] {
  const result = v.safeParse(schema, value, { message: genericMessage });
  return result.success ? [] : result.issues.map((issue) => `${optionOf(issue, at)} ${issue.message}`);
}

/** For what has no message of its own; the library's default would show the value. */
function genericMessage(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'is not an option: check its spelling';
  return issue.type === 'array' ? 'must be an array' : 'must be an object';
}

/** `sparkfly[1].key`, `refresh.backoff.maxMs` */
function optionOf({ path }: v.BaseIssue<unknown>, at: string): string {
  const keys = (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return `${at}${keys.join('')}`.replace(/^\./, '');
}
