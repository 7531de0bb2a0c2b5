import * as v from 'valibot';
import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import { verbitEndpoints } from '../vendors/verbit.endpoints.js';
import type { AccountOptions, AuthApisOptions, VerbitOptions } from './options.js';
import { isText, moduleSchema, sparkflySchema, verbitSchema } from './options.schema.js';
import { isOrigin, urlProblem } from './origins.js';

/**
 * Refuses options that cannot work, before anything is built from them.
 *
 * @throws AuthApisOptionsError with all problems at once, one line each: the option, what is wrong, the remedy
 */
export function checkOptions(options: AuthApisOptions): void {
  const { verbit, sparkfly, ...rest } = options;
  const problems = [
    ...schemaProblems(moduleSchema, rest, ''),
    ...accountsProblems('verbit', verbit, checkVerbit),
    ...accountsProblems('sparkfly', sparkfly, (account, at) =>
      checkAccount(sparkflySchema, withKeys(account, 'identity', 'key'), at),
    ),
  ];
  if (problems.length) throw new AuthApisOptionsError(problems);
}

/** @throws AuthApisOptionsError */
export function checkIsObject(options: unknown): void {
  if (isObject(options)) return;
  throw new AuthApisOptionsError(['they must be an object, e.g. { verbit: { apiKey: process.env.VERBIT_API_KEY } }']);
}

/** An option that takes one or several. */
export function asList<T>(given: T | T[] | undefined): T[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given];
}

function accountsProblems<T extends AccountOptions>(
  api: string,
  given: T | T[] | undefined,
  check: (account: T, at: string) => string[],
): string[] {
  const names = new Set<string>();
  return asList(given).flatMap((account, i) => {
    const at = Array.isArray(given) ? `${api}[${i}]` : api;
    if (typeof account !== 'object' || account === null)
      return [`${at} must be an object with the account's credentials`];
    const name: unknown = account.name ?? DEFAULT_ACCOUNT;
    const isTaken = typeof name === 'string' && names.has(name);
    if (typeof name === 'string') names.add(name);
    return [...check(account, at), ...(isTaken ? [nameProblem(name, at)] : [])];
  });
}

function nameProblem(name: string, at: string): string {
  if (name === DEFAULT_ACCOUNT) return `${at}.name is missing: one account may be unnamed, give each other a \`name\``;
  return `${at}.name is used twice ("${name}"): give each account a \`name\` of its own`;
}

function checkVerbit(account: VerbitOptions, at: string): string[] {
  const problems = checkAccount(verbitSchema, withKeys(account, 'apiKey'), at);
  const { contract = 'v0.8', environment = 'production', baseURL, authURL } = account;
  if (problems.length || verbitEndpoints({ contract, environment, baseURL, authURL })) return problems;
  return [
    `${at}.authURL is missing: no token endpoint is documented for contract 'users' in the sandbox, give its URL`,
  ];
}

/** Puts absent secrets in as `undefined`, so that our own message is told of them and not the library's. */
const withKeys = <T extends object>(account: T, ...keys: (keyof T)[]): T => ({
  ...Object.fromEntries(keys.map((key) => [key, undefined])),
  ...account,
});

function checkAccount(schema: v.GenericSchema, account: AccountOptions, at: string): string[] {
  return [...schemaProblems(schema, account, at), ...urlsProblems(account, at)];
}

/** What no field can say alone: the URLs, given whether plain http is allowed. What is no string the schema tells. */
function urlsProblems(account: AccountOptions, at: string): string[] {
  const { baseURL, authURL, allowedOrigins, allowInsecure } = account;
  const check = (option: string, url: unknown): string[] => {
    const problem = isText(url) ? urlProblem(url, allowInsecure === true) : undefined;
    return problem ? [`${at}.${option} ${problem}`] : [];
  };
  // A path is below the base URL; `//host` would be neither.
  const isPath = isText(authURL) && !/^([a-z][a-z\d+.-]*:|\/\/)/i.test(authURL);
  // `host.example/auth` is a URL whose scheme was forgotten.
  const isBadPath = isPath && /[:?#\s]|^[^/.]+\.[^/]*\//.test(authURL);
  const origins: unknown[] = Array.isArray(allowedOrigins) ? allowedOrigins : [];
  return [
    ...check('baseURL', baseURL),
    ...(isPath ? [] : check('authURL', authURL)),
    ...(isBadPath
      ? [`${at}.authURL must be an absolute URL with its scheme, or a path without ? and #, e.g. 'auth'`]
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
