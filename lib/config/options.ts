import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import type { AccountRefreshOptions } from '../common/refresh-options.js';
import type { SecretInput, SecretValue } from '../common/secret.js';
import type { SparkflyAuthMethod, SparkflyEnvironment } from '../vendors/sparkfly.api.js';
import type { IsUnauthorized } from '../vendors/upstream-response.js';
import type { VerbitContract, VerbitEnvironment } from '../vendors/verbit.api.js';
import type { TokenStore } from '../store/token-store.js';
import type { AccountOptions, DynamicAccountsOptions } from './account-options.js';
import type { ApiAccounts } from './accounts-for.js';

interface VerbitSettings {
  /** @default 'v0.8' */
  contract?: VerbitContract;
  /** @default 'production' */
  environment?: VerbitEnvironment;
}

/** A Verbit account. @publicApi */
export interface VerbitOptions extends AccountOptions, VerbitSettings {
  /** The API key, a pair of keys for a rotation, or a function that gives them and is asked at every token request. Required. */
  apiKey: SecretInput;
}

/** The credentials of a Verbit account, as `accounts.resolve` gives them. @publicApi */
export interface VerbitAccountCredentials {
  apiKey: SecretValue;
}

/** Any number of Verbit accounts. @publicApi */
export interface VerbitDynamicAccountsOptions
  extends DynamicAccountsOptions<VerbitAccountCredentials>, VerbitSettings {}

interface SparkflySettings {
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

/** A Sparkfly account. @publicApi */
export interface SparkflyOptions extends AccountOptions, SparkflySettings {
  /** Sent as `X-Auth-Identity`; a value, a pair, or a function that is asked at every token request. Required. */
  identity: SecretInput;
  /** Sent as `X-Auth-Key`; a value, a pair, or a function that is asked at every token request. Required. */
  key: SecretInput;
}

/** The credentials of a Sparkfly account, as `accounts.resolve` gives them. @publicApi */
export interface SparkflyAccountCredentials {
  identity: SecretValue;
  key: SecretValue;
  identityPrefix?: string | null;
  keyPrefix?: string | null;
  authScope?: string | null;
  forwardedFor?: string | null;
}

/** Any number of Sparkfly accounts. @publicApi */
export interface SparkflyDynamicAccountsOptions
  extends DynamicAccountsOptions<SparkflyAccountCredentials>, SparkflySettings {}

/** When tokens are refreshed, unless a definition or an account says otherwise. @publicApi */
export interface RefreshOptions extends AccountRefreshOptions {
  /**
   * How many token requests the refreshing may have under way at once, by API; at most half of them repeat what failed.
   * Calls that wait for a token are not counted, and never wait for this.
   *
   * @default 20
   */
  concurrency?: number;
}

/** Options of `AuthApisModule.forRoot`. @publicApi */
export interface AuthApisOptions {
  /** One Verbit account, several with names, or any number that the app looks up. @default none */
  verbit?: VerbitOptions | VerbitDynamicAccountsOptions | (VerbitOptions | VerbitDynamicAccountsOptions)[];
  /** One Sparkfly account, several with names, or any number that the app looks up. @default none */
  sparkfly?: SparkflyOptions | SparkflyDynamicAccountsOptions | (SparkflyOptions | SparkflyDynamicAccountsOptions)[];
  /** Accounts of further token APIs, each made with `accountsFor(api, ...)`. @default none */
  apis?: ApiAccounts[];
  /**
   * When the first tokens are asked for. `background`: at bootstrap, which does not wait. `await`: bootstrap waits up
   * to `tokenWaitTimeoutMs`; denied credentials (or another 4xx) fail it, transient failures are only logged. `none`: at first use.
   *
   * @default 'background'
   */
  prefetch?: 'background' | 'await' | 'none';
  /** When tokens are refreshed; a definition and an account may say otherwise, field by field. */
  refresh?: RefreshOptions;
  /** How long a call waits for a token, milliseconds. @default 10,000 */
  tokenWaitTimeoutMs?: number;
  /** How long one token request may take, milliseconds. @default 5,000 */
  tokenRequestTimeoutMs?: number;
  /** Injection tokens of `HttpService`s whose calls are to be authorized as well. @default none */
  attachTo?: AttachTarget[];
  /**
   * Which responses of an API mean that the token is not valid, unless a definition or an account says otherwise. Where it
   * throws, the default counts, and one line says so.
   *
   * @default status 401
   */
  isUnauthorized?: IsUnauthorized;
  /**
   * Where replicas of the app share tokens, a `RedisTokenStore` for instance. Without it, and whenever it cannot be had,
   * each process has tokens of its own.
   *
   * @default none
   */
  store?: TokenStore;
  /** How long one operation of the store may take, milliseconds. @default 250 */
  storeTimeoutMs?: number;
  /** Time; a test passes a `ManualClock`. @default the machine's */
  clock?: Clock;
  /** Chance, in [0, 1). @default Math.random */
  random?: Random;
}

/** How a provider is asked for: its class, a string or a symbol. @publicApi */
export type AttachTarget = string | symbol | (abstract new (...args: never[]) => unknown);
