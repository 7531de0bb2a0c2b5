/**
 * Per-request options, on the axios config under `authApis`.
 *
 * @example
 * ```ts
 * sparkfly.get('/offers', { authApis: { replay: false } });
 * ```
 * @publicApi
 */
export interface AuthApisRequestOptions {
  /** Leave this call alone: no token, no replay. @default false */
  skip?: true;
  /** Do not repeat the call with another token when the API answers 401. @default the call is repeated once */
  replay?: false;
  /**
   * The account whose token to use: its name; where several APIs have one of that name, `'verbit'` or `'sparkfly/east'`.
   *
   * @default the client's own; for `attach`, the unnamed one
   */
  account?: string;
}

declare module 'axios' {
  interface AxiosRequestConfig {
    authApis?: AuthApisRequestOptions;
  }
}
