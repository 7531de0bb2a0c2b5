import { AuthApisOptionsError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import { commonProblems } from './definition-problems.js';
import { defineTokenApi, type TokenApi } from './token-api.js';
import type { IsUnauthorized } from './upstream-response.js';
import { compact, formEncoded, text } from './wire.js';

/** How a client says who it is. @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 @publicApi */
export type OAuth2ClientAuthentication = 'client_secret_basic' | 'client_secret_post';

/** An OAuth 2.0 token API with the client credentials grant. @publicApi */
export type OAuth2Api = TokenApi<
  'clientId' | 'clientSecret',
  'scope' | 'audience' | 'resource',
  never,
  { readonly clientAuthentication: readonly ['client_secret_basic', 'client_secret_post'] },
  Readonly<Record<string, unknown>>
>;

/** @publicApi */
export interface OAuth2ClientCredentialsOptions {
  /** What the API is called in options, decorators, events, errors and log lines, e.g. `'acme'`. */
  name: string;
  /** Where API calls go. @default none: each account must say its `baseURL` */
  baseURL?: string;
  /** The token endpoint: absolute, or below the base URL. */
  tokenURL: string;
  /** Origins beside that of the base URL that the same token is meant for. @default none */
  origins?: readonly string[];
  /** Life of a token where the server does not say `expires_in`, milliseconds. @default 3,600,000 (1 h) */
  lifetimeMs?: number;
  /** When tokens are refreshed. @default field by field that of `forRoot` */
  refresh?: AccountRefreshOptions;
  /** Which responses of the API mean that the token is not valid. @default that of `forRoot` */
  isUnauthorized?: IsUnauthorized;
}

/**
 * The client credentials grant of OAuth 2.0 (RFC 6749 §4.4), the way most vendors speak. Accounts say `clientId`,
 * `clientSecret`, and if need be `scope`, `audience`, `resource` and `clientAuthentication`
 * (`'client_secret_basic'` by default, or `'client_secret_post'`).
 *
 * @example
 * ```ts
 * export const acme = oauth2ClientCredentials({
 *   name: 'acme',
 *   baseURL: 'https://api.acme.example',
 *   tokenURL: 'https://login.acme.example/oauth/token',
 * });
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 * @throws AuthApisOptionsError when the options cannot work
 * @publicApi
 */
export function oauth2ClientCredentials(options: OAuth2ClientCredentialsOptions): OAuth2Api {
  checkOptions(options);
  const { name, baseURL, tokenURL, origins, lifetimeMs = 3_600_000, refresh, isUnauthorized } = options;
  return defineTokenApi({
    name,
    credentials: ['clientId', 'clientSecret'],
    /** `scope` is the standard's, `audience` Auth0's and others', `resource` RFC 8707's. */
    tokenParams: ['scope', 'audience', 'resource'],
    settings: { clientAuthentication: ['client_secret_basic', 'client_secret_post'] },
    baseURL,
    tokenURL,
    origins,
    lifetimeMs,
    placement: { scheme: 'Bearer' },
    refresh,
    isUnauthorized,
    request({ url, credentials: { clientId, clientSecret }, tokenParams, settings }) {
      const isPost = settings.clientAuthentication === 'client_secret_post';
      const form = new URLSearchParams({ grant_type: 'client_credentials' });
      for (const [name, value] of Object.entries(tokenParams)) form.set(name, value);
      if (isPost) {
        form.set('client_id', clientId);
        form.set('client_secret', clientSecret);
      }
      const contentType = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return {
        method: 'POST',
        url,
        headers: isPost ? contentType : { ...contentType, Authorization: basic(clientId, clientSecret) },
        body: form.toString(),
      };
    },
    parseResponse({ json }) {
      // §5.1: a type of token that one does not know must not be used.
      const type = json.token_type ?? 'Bearer';
      const isBearer = typeof type === 'string' && /^bearer$/i.test(type);
      const { access_token: token, expires_in: seconds } = json;
      // A number by the standard; some servers send a string.
      const isTold = typeof seconds === 'number' || (typeof seconds === 'string' && /^\d+(\.\d+)?$/.test(seconds));
      return isBearer ? { token, ...(isTold && { lifetimeMs: Number(seconds) * 1_000 }), data: json } : undefined;
    },
    parseError: ({ json }) =>
      compact({ error: [text(json.error), text(json.error_description)].filter(Boolean).join(': ') || undefined }),
  });
}

/** In the words of whoever wrote them, who knows nothing of a definition. They may come from JavaScript, and be anything. */
function checkOptions(given: unknown): void {
  const subject = 'The options of oauth2ClientCredentials';
  if (!isObject(given)) throw new AuthApisOptionsError(['they must be an object'], subject);
  const problems = commonProblems({ lifetimeMs: 1, ...compact(given) });
  const told = problems.map((problem) => problem.replace(/^tokenURL .*/, TOKEN_URL_PROBLEM));
  if (told.length) throw new AuthApisOptionsError(told, subject);
}

const TOKEN_URL_PROBLEM = "tokenURL must be a URL, or a path below the base URL, e.g. 'oauth/token'";

/** Id and secret are form-encoded before they are joined. @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
function basic(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map(formEncoded);
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}
