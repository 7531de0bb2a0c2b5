import type { HttpService } from '@nestjs/axios';
import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import type { SecretInput } from '../common/secret.js';
import type { SparkflyEnvironment } from '../vendors/sparkfly.endpoints.js';
import type { SparkflyAuthMethod } from '../vendors/sparkfly.wire.js';
import type { VerbitEnvironment } from '../vendors/verbit.endpoints.js';
import type { VerbitContract } from '../vendors/verbit.wire.js';

/**
 * An axios request config, of whichever axios `@nestjs/axios` uses: an app can have two.
 *
 * @publicApi
 */
export type HttpConfig = Parameters<HttpService['request']>[0];

/** What every account may say. @publicApi */
export interface AccountOptions {
  /** Tells several accounts of one vendor apart. @default the unnamed account, injected by class */
  name?: string;
  /** Where API calls go. @default the vendor's, by environment */
  baseURL?: string;
  /** Where tokens are asked for: absolute, or relative to the base URL. @default the vendor's, by contract */
  authURL?: string;
  /** Further origins that the token may be sent to, e.g. `https://gateway.example.com`. @default none */
  allowedOrigins?: string[];
  /** Allow plain http to other hosts than this machine. @default false */
  allowInsecure?: boolean;
  /** Life of a token that does not tell its own, milliseconds; a JWT's can only be shortened. @default the documented one */
  tokenLifetimeMs?: number;
  /**
   * An axios config for the API calls. Token requests inherit only `proxy`, `httpAgent`, `httpsAgent`, `lookup`,
   * `family`, `socketPath` and `headers` from it.
   *
   * @default {}
   */
  http?: HttpConfig;
}

/** A Verbit account. @publicApi */
export interface VerbitOptions extends AccountOptions {
  /** The API key, or a function that gives it and is asked at every token request. Required. */
  apiKey: SecretInput;
  /** @default 'v0.8' */
  contract?: VerbitContract;
  /** @default 'production' */
  environment?: VerbitEnvironment;
}

/** A Sparkfly account. @publicApi */
export interface SparkflyOptions extends AccountOptions {
  /** Sent as `X-Auth-Identity`; a value, or a function that is asked at every token request. Required. */
  identity: SecretInput;
  /** Sent as `X-Auth-Key`; a value, or a function that is asked at every token request. Required. */
  key: SecretInput;
  /** A word before the identity, joined by one space. @default none */
  identityPrefix?: string;
  /** A word before the key, joined by one space. @default none */
  keyPrefix?: string;
  /** @default 'staging' */
  environment?: SparkflyEnvironment;
  /** @default 'GET' for `pos-staging`, else 'POST' */
  authMethod?: SparkflyAuthMethod;
  /** "API scope availability for an auth token", sent as `X-Auth-Scope`. @default none */
  authScope?: string;
  /** "Available IP address for an auth token", sent as `X-Forwarded-For`. @default none */
  forwardedFor?: string;
}

/** When tokens are refreshed. @publicApi */
export interface RefreshOptions {
  /** Refresh in the background, before the end of life, whether or not anybody calls. @default true */
  enabled?: boolean;
  /** How long before its end a token is refreshed, as a part of its life; up to a third less by chance. @default 0.3 */
  aheadRatio?: number;
  /** ... but no longer than this, milliseconds; up to a sixth less by chance. @default 3,600,000 (1 h) */
  aheadCapMs?: number;
  /** Pauses between failed token requests, doubling, shortened by up to a half by chance; milliseconds. */
  backoff?: {
    /** @default 1,000 */
    initialMs?: number;
    /** @default 60,000 */
    maxMs?: number;
  };
}

/** What `isUnauthorized` gets to see of an API's answer. @publicApi */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** As it came, before axios parses it. */
  readonly data: unknown;
}

/** Options of `AuthApisModule.forRoot`. @publicApi */
export interface AuthApisOptions {
  /** One Verbit account, or several with names. @default none */
  verbit?: VerbitOptions | VerbitOptions[];
  /** One Sparkfly account, or several with names. @default none */
  sparkfly?: SparkflyOptions | SparkflyOptions[];
  /**
   * When the first tokens are asked for. `background`: at bootstrap, which does not wait. `await`: bootstrap waits up
   * to `authTimeoutMs`; refused credentials (or another 4xx) fail it, trouble is only logged. `none`: at first use.
   *
   * @default 'background'
   */
  prefetch?: 'background' | 'await' | 'none';
  refresh?: RefreshOptions;
  /** How long a call waits for a token, milliseconds. @default 10,000 */
  authTimeoutMs?: number;
  /** How long one token request may take, milliseconds. @default 5,000 */
  attemptTimeoutMs?: number;
  /** Injection tokens of `HttpService`s whose calls are to be authorized as well. @default none */
  attachTo?: AttachTarget[];
  /** Which answers of an API mean that it refused the token. @default status 401 */
  isUnauthorized?: (answer: ApiAnswer) => boolean;
  /** Time; a test passes a `ManualClock`. @default the machine's */
  clock?: Clock;
  /** Chance, in [0, 1). @default Math.random */
  random?: Random;
}

/** How a provider is asked for: its class, a string or a symbol. @publicApi */
export type AttachTarget = string | symbol | (abstract new (...args: never[]) => unknown);
