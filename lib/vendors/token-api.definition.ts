import type { VendorErrorDetails } from '../common/errors.js';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import type { TokenPlacement } from './token-placement.js';
import type { IsUnauthorized } from './upstream-response.js';

/** A token request as it goes on the wire. @publicApi */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A vendor's answer, read whole. @publicApi */
export interface TokenResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /**
   * The body's fields when it is a JSON object, else none; their types are the vendor's promise, not ours. A reader of a
   * nested field may cast and throw: what throws is not the documented answer.
   */
  readonly json: Readonly<Record<string, unknown>>;
}

/** What a successful answer holds. @publicApi */
export interface ParsedToken<Data> {
  /** The token as it stands in the answer. What is not one header-safe word counts as no token. */
  readonly token: unknown;
  /** Its life from the start of the request, milliseconds. What is no credible number counts as not told. */
  readonly lifetimeMs?: number;
  /** Or when it ends, epoch milliseconds of the vendor's clock: compared with the answer's own `Date`. */
  readonly expiresAt?: number;
  /** What the raw authentication API hands out. @default the answer's JSON fields */
  readonly data?: Data;
}

/** Plain options of an API's accounts: one of those listed, or any text. @publicApi */
export type SettingsSpec = Readonly<Record<string, readonly string[] | 'text'>>;

/** The options that a `SettingsSpec` describes. @publicApi */
export type SettingsOf<Settings extends SettingsSpec> = {
  readonly [Name in keyof Settings]?: Settings[Name] extends readonly (infer Choice)[] ? Choice : string;
};

/** What a token request is made of. @publicApi */
export interface TokenRequestInput<
  Credential extends string,
  Param extends string,
  PerRequest extends string,
  Settings extends SettingsSpec,
> {
  readonly url: string;
  /** Read for this request. */
  readonly credentials: Readonly<Record<Credential, string>>;
  readonly tokenParams: Readonly<Partial<Record<Param | PerRequest, string>>>;
  readonly settings: SettingsOf<Settings>;
}

/**
 * What a token API is: names, and pure functions between credentials and bytes. No I/O, no time, no memory.
 *
 * @typeParam Credential names of the secrets of an account
 * @typeParam Param names of what a token may be asked for with
 * @typeParam PerRequest names of what one request may say without the token being another one
 * @publicApi
 */
export interface TokenApiDefinition<
  Credential extends string,
  Param extends string,
  PerRequest extends string,
  Settings extends SettingsSpec,
  Data,
> {
  /** What the API is called in options, decorators, events, errors and log lines, e.g. `'acme'`. */
  readonly name: string;
  /** Each becomes an option of the account: a value, a pair for a rotation, or a function; never shown. */
  readonly credentials: readonly Credential[];
  /**
   * Each becomes an option of the account, and of `client.for(...)`: another value is another token. Values are secret: a
   * user's token may be one. @default none
   */
  readonly tokenParams?: readonly Param[];
  /** What the raw authentication API takes beside them, a tracing id for instance. @default none */
  readonly perRequest?: readonly PerRequest[];
  /** Further plain options of the account: `{ region: ['eu', 'us'], keyPrefix: 'text' }`. @default none */
  readonly settings?: Settings;
  /** Where API calls go. @default none: each account must say its `baseURL` */
  readonly baseURL?: string | ((settings: SettingsOf<Settings>) => string | undefined);
  /**
   * Where tokens are asked for: absolute, or below the base URL. Of several, the next is tried when one answers 404 or
   * 405. `undefined`: nothing is documented for these settings, and the account must say its `tokenURL`.
   */
  readonly tokenURL:
    | string
    | readonly string[]
    | ((settings: SettingsOf<Settings>, baseURL: string) => string | readonly string[] | undefined);
  /** Origins beside that of the base URL that the same token is meant for. @default none */
  readonly origins?: readonly string[] | ((settings: SettingsOf<Settings>) => readonly string[]);
  /** The documented life of a token that does not tell its own, milliseconds. */
  readonly lifetimeMs: number | ((settings: SettingsOf<Settings>) => number);
  /** Where the token goes on API calls. */
  readonly placement: TokenPlacement;
  /** When tokens are refreshed. @default field by field that of `forRoot` */
  readonly refresh?: AccountRefreshOptions;
  /** Which responses of the API mean that the token is not valid. @default that of `forRoot` */
  readonly isUnauthorized?: IsUnauthorized;
  /** How to ask. `Accept` and `User-Agent` are there already. */
  request(input: TokenRequestInput<Credential, Param, PerRequest, Settings>): TokenRequest;
  /** How to read a 2xx. `undefined`, or throwing: it is not the documented answer. */
  parseResponse(response: TokenResponse, settings: SettingsOf<Settings>): ParsedToken<Data> | undefined;
  /** How to read anything else; what is not of the right type is left out. @default nothing is read */
  parseError?(response: TokenResponse): Partial<Record<keyof VendorErrorDetails, unknown>>;
}

/** Where an account's calls and token requests go, and where its token may. */
export interface Endpoints {
  readonly baseURL: string;
  /** Where to ask for a token; the further ones are tried when one before answers 404 or 405. */
  readonly tokenURLs: readonly string[];
  /** Origins beside that of the base URL that the vendor documents for the same token. */
  readonly furtherOrigins: readonly string[];
}
