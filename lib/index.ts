// oxlint-disable-next-line typescript/triple-slash-reference -- an import would make the app load the file
/// <reference path="./axios-commonjs.cts" preserve="true" />
// The public names. Everything else is internal, whatever its path.

export { AuthApisModule } from './module/auth-apis.module.js';
export type { AuthApisAsyncOptions, AuthApisModuleExtras, AuthApisOptionsFactory } from './module/async-options.js';
export type {
  AccountOptions,
  AccountResolver,
  DynamicAccountsOptions,
  HttpConfig,
  SiteOptions,
} from './config/account-options.js';
export type {
  AttachTarget,
  AuthApisOptions,
  RefreshOptions,
  SparkflyAccountCredentials,
  SparkflyDynamicAccountsOptions,
  SparkflyOptions,
  VerbitAccountCredentials,
  VerbitDynamicAccountsOptions,
  VerbitOptions,
} from './config/options.js';
export type { SecretInput, SecretValue } from './common/secret.js';

export { defineTokenApi, TokenApi } from './vendors/token-api.js';
export type { NoSettings } from './vendors/token-api.js';
export type {
  SettingsOf,
  SettingsSpec,
  ParsedToken,
  TokenApiDefinition,
  TokenRequest,
  TokenRequestInput,
  TokenResponse,
} from './vendors/token-api.definition.js';
export type { TokenPlacement } from './vendors/token-placement.js';
export type { IsUnauthorized, UpstreamResponse } from './vendors/upstream-response.js';
export type { AccountRefreshOptions } from './common/refresh-options.js';
export { oauth2ClientCredentials } from './vendors/oauth2.api.js';
export type { OAuth2Api, OAuth2ClientAuthentication, OAuth2ClientCredentialsOptions } from './vendors/oauth2.api.js';
export { accountsFor, ApiAccounts } from './config/accounts-for.js';
export type { AccountOf, DynamicAccountsOf, TextSettingOf } from './config/accounts-for.js';

export { AuthApis } from './module/auth-apis.js';
export type { ClientsByApi } from './module/auth-apis.js';
export { getAuthClientToken, InjectAuthClient } from './clients/client-tokens.js';

export { AuthClient } from './clients/auth.client.js';
export type { AuthClientOf, TokenParamsOf } from './clients/auth.client.js';
export { AuthenticationApi } from './clients/authentication-api.js';
export { getVerbitClientToken, InjectVerbit, VerbitClient } from './clients/verbit.client.js';
export { VerbitAuthenticationApi } from './clients/verbit-authentication.api.js';
export type { VerbitAuthParams } from './clients/verbit-authentication.api.js';
export type { VerbitAuthResponse, VerbitContract, VerbitEnvironment } from './vendors/verbit.api.js';
export { getSparkflyClientToken, InjectSparkfly, SparkflyClient } from './clients/sparkfly.client.js';
export { SparkflyAuthenticationApi } from './clients/sparkfly-authentication.api.js';
export type { SparkflyAuthParams } from './clients/sparkfly-authentication.api.js';
export type { SparkflyAuthMethod, SparkflyAuthResponse, SparkflyEnvironment } from './vendors/sparkfly.api.js';
export type { WithHttpInfo } from './clients/authentication-api.js';

export { OutboundAuthorizationInterceptor } from './interceptor/outbound-authorization.interceptor.js';
export type { AuthApisRequestOptions } from './interceptor/request-options.js';
export type { AuthorizedFetch, AuthorizedFetchInit } from './interceptor/authorized-fetch.js';
export { TokenRefreshScheduler } from './scheduler/token-refresh.scheduler.js';
export type { UpcomingAttempt } from './scheduler/token-refresh.scheduler.js';

export { AccessToken } from './token/access-token.js';
export { TokenCache } from './token/token-cache.js';
export type { GetTokenOptions } from './token/token-cache.js';
export type { TokenCacheOptions } from './token/token-deps.js';
export { DEFAULT_REFRESH_POLICY } from './token/refresh-policy.js';
export type { RefreshPolicy } from './token/refresh-policy.js';
export type { IssuedToken, TokenSource } from './request/token-source.js';
export type { AcquireRequest, HeldLease, SharedToken, TokenStore } from './store/token-store.js';
export type { TokenState } from './token/held-token.js';
export type { TokenCounters, TokenStatus } from './token/token-status.js';
export { healthOf } from './token/token-health.js';
export type { TokenHealth } from './token/token-health.js';
export type {
  AccountEvictedEvent,
  AuthApisEvent,
  CallRetriedEvent,
  TokenRequestDeniedEvent,
  ErrorSummary,
  SecretRotatedEvent,
  StoreAvailableEvent,
  StoreUnavailableEvent,
  TokenRequestFailedEvent,
  TokenObtainedEvent,
  TokenRejectedEvent,
  TokenRequestedEvent,
  TokenCacheClosedEvent,
} from './common/token-events.js';

export {
  AccountError,
  AuthApisClosedError,
  AuthApisError,
  AuthApisOptionsError,
  CredentialsRejectedError,
  isAccountError,
  isAuthApisClosedError,
  isAuthApisError,
  isAuthApisOptionsError,
  isCredentialsRejectedError,
  isSecretUnavailableError,
  isTokenRateLimitError,
  isTokenEndpointError,
  isTokenUnavailableError,
  isUnknownAccountError,
  SecretUnavailableError,
  TokenRateLimitError,
  TokenEndpointError,
  TokenUnavailableError,
} from './common/errors.js';
export type { AccountLabel, AuthApisErrorCode, VendorErrorDetails, VendorErrorItem } from './common/errors.js';

export { systemClock } from './common/clock.js';
export type { Clock } from './common/clock.js';
