import * as v from 'valibot';
import type { Clock } from '../common/clock.js';
import { LONGEST_LIFETIME_MS } from '../common/defaults.js';
import { isObject } from '../common/is-object.js';
import { accountIdProblem } from '../common/account-id.js';
import { type SecretInput, secretProblem, secretValueProblem } from '../common/secret.js';
import { withoutPrototype } from '../common/without-prototype.js';
import type { AccountOptionName } from '../vendors/account-option-names.js';
import { builtIn } from '../vendors/built-in.js';
import { CONCURRENCY_MISPLACED } from '../vendors/definition-problems.js';
import type { TokenApi } from '../vendors/token-api.js';

/**
 * What valid options are. Every message names the remedy and never the value, which may be a secret; the option's
 * name is put before it by `check-options.ts`.
 */

/** Without a prototype: valibot walks the entries with `for in`, and would meet what somebody put on `Object.prototype`. */
const strictObject = <const T extends v.ObjectEntries>(entries: T) => v.strictObject(withoutPrototype(entries));

/** A check whose message may depend on what is wrong. */
const valid = <T>(problem: (value: unknown) => string | undefined) =>
  v.custom<T>(
    (value) => problem(value) === undefined,
    (issue) => problem(issue.input) ?? 'is not valid',
  );

export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

const text = (example: string) =>
  valid<string>((value) => (isText(value) ? undefined : `must be a string that is not empty, e.g. '${example}'`));

const headerText = (example: string) =>
  valid<string>((value) =>
    typeof value !== 'string' || secretProblem(value)
      ? `must be a string that an HTTP header can carry, without line breaks or outer spaces, e.g. '${example}'`
      : undefined,
  );

const isDuration = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= LONGEST_LIFETIME_MS;

const milliseconds = valid<number>((value) =>
  isDuration(value) ? undefined : 'must be a number of milliseconds above 0 and up to 366 days',
);

const lifetime = valid<number>((value) =>
  isDuration(value)
    ? undefined
    : 'must be a number of milliseconds above 0 and up to 366 days; leave it out for the documented lifetime',
);

const flag = valid<boolean>((value) => (typeof value === 'boolean' ? undefined : 'must be true or false'));

const func = (what: string) =>
  valid<(...args: never[]) => unknown>((value) =>
    typeof value === 'function' ? undefined : `must be a function: ${what}`,
  );

const oneOf = <const T extends readonly string[]>(...choices: T) =>
  valid<T[number]>((value) =>
    choices.includes(value as string) ? undefined : `must be one of ${choices.map((c) => `'${c}'`).join(', ')}`,
  );

/** A value, a pair of them, or a function that is asked at every token request. */
const secret = (variable: string) =>
  valid<SecretInput>((value) => {
    if (typeof value === 'function') return undefined;
    const problem = secretValueProblem(value);
    const isAbsent = problem === 'is missing' || problem === 'is empty';
    if (isAbsent) return `${problem}: give the value or a function that returns it (is ${variable} set?)`;
    if (problem === 'must be a string') return 'must be a string, a pair of strings, or a function that returns one';
    return problem && `${problem}: give it as the vendor issued it, or a function that returns it`;
  });

const url = text('https://api.example.com/v1');

const count = (unit: string) =>
  valid<number>((value) =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST
      ? undefined
      : `must be a whole number of ${unit} above 0 and up to ${MOST.toLocaleString('en')}`,
  );

/** More than this is a mistake: a budget of a million requests a minute is none. */
const MOST = 1_000_000;

const refreshFields = {
  enabled: v.optional(flag),
  aheadRatio: v.optional(
    valid<number>((value) =>
      typeof value === 'number' && value > 0 && value < 1 ? undefined : 'must be a number between 0 and 1, e.g. 0.3',
    ),
  ),
  aheadCapMs: v.optional(milliseconds),
  backoff: v.optional(strictObject({ initialMs: v.optional(milliseconds), maxMs: v.optional(milliseconds) })),
};

/** An option that belongs elsewhere. */
const misplaced = (why: string) => v.optional(valid<never>(() => why));

const isUnauthorized = v.optional(func('gets the response, tells whether the token is not valid'));

const site = {
  baseURL: v.optional(url),
  tokenURL: v.optional(url),
  allowedOrigins: v.optional(
    valid<string[]>((value) =>
      Array.isArray(value) && value.every(isText)
        ? undefined
        : "must be an array of origins, e.g. ['https://example.com']",
    ),
  ),
  allowInsecure: v.optional(flag),
  tokenLifetimeMs: v.optional(lifetime),
  refresh: v.optional(strictObject({ ...refreshFields, concurrency: misplaced(CONCURRENCY_MISPLACED) })),
  isUnauthorized,
  http: v.optional(
    valid<Record<string, unknown>>((value) => {
      if (!isObject(value)) return 'must be an object: an axios request config';
      return 'baseURL' in value
        ? "must not have a baseURL: the account's own `baseURL` is the option for it"
        : undefined;
    }),
  ),
  maxTokenRequestsPerMinute: v.optional(count('token requests')),
} satisfies Record<Exclude<AccountOptionName, 'name' | 'accounts'>, v.GenericSchema>;

const name = valid<string>((value) => {
  const problem = accountIdProblem(value);
  return problem && `${problem}, e.g. 'east'`;
});

/** What an API's definition lets an account say beside its credentials. */
function ownFields({ name: api, tokenParams, settings }: TokenApi): v.ObjectEntries {
  const examples = builtIn(api)?.examples ?? {};
  const text = (option: string) => v.optional(headerText(examples[option] ?? 'text'));
  return {
    ...Object.fromEntries(tokenParams.map((param) => [param, text(param)])),
    ...Object.fromEntries(
      Object.entries(settings).map(([each, spec]) => [each, spec === 'text' ? text(each) : v.optional(oneOf(...spec))]),
    ),
  };
}

/** One account of an API. */
export function accountSchema(api: TokenApi) {
  const secrets = api.credentials.map((each) => [each, secret(variableOf(api.name, each))]);
  return strictObject({ ...site, name: v.optional(name), ...ownFields(api), ...Object.fromEntries(secrets) });
}

/** Any number of accounts of an API, that the app looks up. */
export function accountsSchema(api: TokenApi) {
  const secrets = api.credentials.map((each) => [
    each,
    misplaced("must not stand beside `accounts`, whose `resolve` gives each account's own"),
  ]);
  return strictObject({
    ...site,
    ...ownFields(api),
    ...Object.fromEntries(secrets),
    name: misplaced('must not stand beside `accounts`: their ids are their names'),
    accounts: strictObject({
      resolve: func("gets an account's id, gives its credentials"),
      maxAccounts: v.optional(count('accounts')),
      idleMs: v.optional(milliseconds),
    }),
  });
}

/** `VERBIT_API_KEY` for `apiKey`: what the environment variable is most likely called. */
const variableOf = (api: string, option: string): string =>
  `${api}_${option}`
    .replaceAll('-', '_')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toUpperCase();

const attachTarget = valid<string | symbol | (abstract new (...args: never[]) => unknown)>((value) =>
  ['string', 'symbol', 'function'].includes(typeof value)
    ? undefined
    : 'must be an injection token of an HttpService: its class, a string or a symbol',
);

const hasMethods = (value: unknown, ...names: string[]): boolean =>
  names.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function');

/** All but the accounts, which are checked one by one. */
export const moduleSchema = strictObject({
  prefetch: v.optional(oneOf('background', 'await', 'none')),
  refresh: v.optional(strictObject({ ...refreshFields, concurrency: v.optional(count('token requests')) })),
  tokenWaitTimeoutMs: v.optional(milliseconds),
  tokenRequestTimeoutMs: v.optional(milliseconds),
  attachTo: v.optional(v.array(attachTarget)),
  isUnauthorized,
  store: v.optional(
    valid<object>((value) =>
      hasMethods(value, 'acquire', 'save', 'release')
        ? undefined
        : 'must be a TokenStore with acquire(), save() and release(), e.g. a RedisTokenStore of nestjs-auth-apis/redis',
    ),
  ),
  storeTimeoutMs: v.optional(milliseconds),
  clock: v.optional(
    valid<Clock>((value) =>
      hasMethods(value, 'now', 'wallNow', 'schedule')
        ? undefined
        : 'must be a Clock with now(), wallNow() and schedule(), e.g. a ManualClock of nestjs-auth-apis/testing',
    ),
  ),
  random: v.optional(func('gives a number in [0, 1)')),
});
