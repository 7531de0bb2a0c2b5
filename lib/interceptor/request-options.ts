import { AuthApisOptionsError } from '../common/errors.js';
import { isRecord } from '../common/is-object.js';

/**
 * Per-request options under `authApis`: on the axios config, in the init of `client.fetch`, in the options of undici.
 *
 * @example
 * ```ts
 * sparkfly.get('/offers', { authApis: { retry: false } });
 * ```
 * @publicApi
 */
export interface AuthApisRequestOptions {
  /** Leave this call alone: no token, no retry. @default false */
  skip?: true;
  /** Do not repeat the call with another token when the API answers 401. @default the call is repeated once */
  retry?: false;
  /**
   * The account whose token to use: its id where the app resolves ids, else its name. On an attached `HttpService`, where
   * several fixed accounts have that name, `'verbit'` or `'sparkfly/east'`; where several APIs at one origin resolve ids,
   * the API before the id.
   *
   * @default the client's own; for `attach`, the unnamed one
   */
  account?: string;
  /** What the token is to be asked for with, `{ authScope: 'offers' }`: another token of the account. @default the account's */
  tokenParams?: Readonly<Record<string, string | undefined>>;
  /** The account is that of the client, which the call itself did not name. @internal */
  ofClient?: true;
}

const NAMES = ['skip', 'retry', 'account', 'tokenParams', 'ofClient'] as const;
export const NO_OPTIONS: AuthApisRequestOptions = Object.freeze(Object.create(null) as object);

/** What a call says of itself, and nobody's prototype: a polluted one must not choose whose token goes out. */
export function requestOptionsOf(config: { readonly authApis?: AuthApisRequestOptions }): AuthApisRequestOptions {
  const given: unknown = Object.hasOwn(config, 'authApis') ? config.authApis : undefined;
  if (given === undefined || given === null) return NO_OPTIONS;
  if (hasUnusableOptions(config)) throw unusableOptions();
  const own = Object.create(null) as Record<string, unknown>;
  for (const name of NAMES) if (Object.hasOwn(given, name)) own[name] = (given as Record<string, unknown>)[name];
  return own;
}

/** An id in the place of the options, say, which would leave the call to another account. */
export function hasUnusableOptions(config: object): boolean {
  const given = Object.hasOwn(config, 'authApis') ? (config as { authApis: unknown }).authApis : undefined;
  return given !== undefined && given !== null && !isRecord(given);
}

const unusableOptions = (): AuthApisOptionsError =>
  new AuthApisOptionsError(['they must be an object, e.g. { account: id }'], 'The options of a call, `authApis`,');

/** Whether an account is named without a value: the id of a customer was meant, and is not there. */
export function isMissingName(options: AuthApisRequestOptions, resolvesIds: boolean): boolean {
  const name: unknown = options.account;
  return name === null || (resolvesIds && 'account' in options && name === undefined);
}

declare module 'axios' {
  interface AxiosRequestConfig {
    authApis?: AuthApisRequestOptions;
  }
}
