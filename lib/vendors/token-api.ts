import { AuthApisOptionsError, type VendorErrorDetails } from '../common/errors.js';
import type {
  Endpoints,
  SettingsOf,
  SettingsSpec,
  ParsedToken,
  TokenApiDefinition,
  TokenRequest,
  TokenRequestInput,
  TokenResponse,
} from './token-api.definition.js';
import { withoutPrototype } from '../common/without-prototype.js';
import { definitionProblems } from './definition-problems.js';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import { type TokenHeader, tokenHeaderOf } from './token-placement.js';
import type { IsUnauthorized } from './upstream-response.js';
import { COMMON_HEADERS, joinURL } from './wire.js';

/** @publicApi */
// oxlint-disable-next-line typescript/no-empty-object-type -- exactly this: no settings at all
export type NoSettings = {};

/** What an account may say of URLs, in place of what the vendor documents. */
export interface GivenURLs {
  readonly baseURL?: string;
  readonly tokenURL?: string;
}

/**
 * A token API, ready for accounts of it: made by `defineTokenApi`.
 *
 * @publicApi
 */
export class TokenApi<
  Credential extends string = string,
  Param extends string = string,
  PerRequest extends string = string,
  Settings extends SettingsSpec = SettingsSpec,
  Data = unknown,
> {
  readonly name: string;
  readonly credentials: readonly Credential[];
  readonly tokenParams: readonly Param[];
  readonly perRequest: readonly PerRequest[];
  readonly settings: Settings;
  /** The header that carries the token. @internal */
  readonly tokenHeader: TokenHeader;
  /** @internal */
  readonly refresh: AccountRefreshOptions | undefined;
  /** @internal */
  readonly isUnauthorized: IsUnauthorized | undefined;
  readonly #definition: TokenApiDefinition<Credential, Param, PerRequest, Settings, Data>;

  /** @internal */
  constructor(definition: TokenApiDefinition<Credential, Param, PerRequest, Settings, Data>) {
    this.name = definition.name;
    this.credentials = [...definition.credentials];
    this.tokenParams = [...(definition.tokenParams ?? [])];
    this.perRequest = [...(definition.perRequest ?? [])];
    this.settings = { ...(definition.settings ?? ({} as Settings)) };
    this.tokenHeader = tokenHeaderOf(definition.placement);
    const { refresh } = definition;
    this.refresh = refresh && withoutPrototype({ ...refresh, backoff: withoutPrototype({ ...refresh.backoff }) });
    this.isUnauthorized = definition.isUnauthorized;
    this.#definition = definition;
  }

  /** The base URL of accounts with these settings; `undefined` when they must say it. @internal */
  baseURL(settings: SettingsOf<Settings>): string | undefined {
    const { baseURL } = this.#definition;
    return typeof baseURL === 'function' ? notLater(baseURL(settings)) : baseURL;
  }

  /** `undefined` when a URL is missing that nothing documents. @internal */
  endpoints(settings: SettingsOf<Settings>, given: GivenURLs): Endpoints | undefined {
    const { tokenURL, origins = [] } = this.#definition;
    const baseURL = given.baseURL ?? this.baseURL(settings);
    if (baseURL === undefined) return undefined;
    const documented = typeof tokenURL === 'function' ? notLater(tokenURL(settings, baseURL)) : tokenURL;
    const tokenURLs = given.tokenURL ?? documented;
    if (tokenURLs === undefined || tokenURLs.length === 0) return undefined;
    return {
      baseURL,
      tokenURLs: [...new Set([tokenURLs].flat().map((url) => joinURL(baseURL, url)))],
      furtherOrigins: typeof origins === 'function' ? notLater(origins(settings)) : origins,
    };
  }

  /** @internal */
  lifetimeMs(settings: SettingsOf<Settings>): number {
    const { lifetimeMs } = this.#definition;
    return typeof lifetimeMs === 'function' ? notLater(lifetimeMs(settings)) : lifetimeMs;
  }

  /** @internal */
  request(input: TokenRequestInput<Credential, Param, PerRequest, Settings>): TokenRequest {
    const request = notLater(this.#definition.request(input));
    return { ...request, headers: { ...COMMON_HEADERS, ...request.headers } };
  }

  /** @param onThrown told what the definition threw, and in place of throwing it @internal */
  parseResponse(
    response: TokenResponse,
    settings: SettingsOf<Settings>,
    onThrown?: (error: unknown) => void,
  ): ParsedToken<Data> | undefined {
    try {
      const answer = atOnce(this.#definition.parseResponse(response, settings));
      // Read here: what reading throws may quote the answer, too.
      return (
        answer && { token: answer.token, lifetimeMs: answer.lifetimeMs, expiresAt: answer.expiresAt, data: answer.data }
      );
    } catch (error) {
      // It met what nobody documented. What it threw may quote the answer, and so the token.
      onThrown?.(error);
      return undefined;
    }
  }

  /** @internal */
  parseError(response: TokenResponse): Partial<Record<keyof VendorErrorDetails, unknown>> {
    try {
      return atOnce(this.#definition.parseError?.(response)) ?? {};
    } catch {
      return {};
    }
  }
}

/** A definition from JavaScript may give a promise; what that fails with must be nobody's unhandled rejection. */
function atOnce<T>(given: T): T | undefined {
  if (typeof (given as { then?: unknown } | undefined)?.then !== 'function') return given;
  Promise.resolve(given).catch(() => {});
  return undefined;
}

/** @throws TypeError when it is a promise: definitions say what they say at once */
function notLater<T>(given: T): T {
  const isLater = typeof (given as { then?: unknown } | undefined)?.then === 'function';
  if (!isLater) return given;
  atOnce(given);
  throw new TypeError('gives a promise');
}

/**
 * Says what a vendor's token API is: how to ask, how to read the answer, where the token goes. The two built-in ones
 * are made with it.
 *
 * @example
 * ```ts
 * export const acme = defineTokenApi({
 *   name: 'acme',
 *   credentials: ['appId', 'appKey'],
 *   tokenParams: ['region'],
 *   baseURL: 'https://api.acme.example/v2',
 *   tokenURL: 'https://login.acme.example/token',
 *   lifetimeMs: 30 * 60_000,
 *   placement: { in: 'header', name: 'X-Acme-Token' },
 *   request: ({ url, credentials, tokenParams }) => ({
 *     method: 'POST',
 *     url,
 *     headers: { 'Content-Type': 'application/json' },
 *     body: JSON.stringify({ id: credentials.appId, key: credentials.appKey, region: tokenParams.region }),
 *   }),
 *   answer: ({ json }) => ({ token: json.access, lifetimeMs: Number(json.seconds) * 1_000 }),
 *   error: ({ json }) => ({ error: json.reason }),
 * });
 * ```
 * @throws AuthApisOptionsError when the definition cannot work
 * @publicApi
 */
export function defineTokenApi<
  const Credential extends string,
  const Param extends string = never,
  const PerRequest extends string = never,
  const Settings extends SettingsSpec = NoSettings,
  Data = Readonly<Record<string, unknown>>,
>(
  definition: TokenApiDefinition<Credential, Param, PerRequest, Settings, Data>,
): TokenApi<Credential, Param, PerRequest, Settings, Data> {
  const problems = definitionProblems(definition);
  if (problems.length) throw new AuthApisOptionsError(problems, 'The fields of a definition for defineTokenApi');
  return new TokenApi(definition);
}
