/**
 * Per-request options, on the axios config under `authApis`.
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
   * The account whose token to use: its name, or its id where the app looks accounts up; where several APIs have one of
   * that name, `'verbit'` or `'sparkfly/east'`.
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
const NONE: AuthApisRequestOptions = Object.freeze(Object.create(null) as object);

/** What a call says of itself, and nobody's prototype: a polluted one must not choose whose token goes out. */
export function requestOptionsOf(config: { authApis?: AuthApisRequestOptions }): AuthApisRequestOptions {
  const given: unknown = Object.hasOwn(config, 'authApis') ? config.authApis : undefined;
  if (typeof given !== 'object' || given === null) return NONE;
  const own = Object.create(null) as Record<string, unknown>;
  for (const name of NAMES) if (Object.hasOwn(given, name)) own[name] = (given as Record<string, unknown>)[name];
  return own;
}

declare module 'axios' {
  interface AxiosRequestConfig {
    authApis?: AuthApisRequestOptions;
  }
}
