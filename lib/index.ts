// oxlint-disable-next-line typescript/triple-slash-reference -- an import would make the app load the file
/// <reference path="./axios-commonjs.cts" preserve="true" />
// The public names. Everything else is internal, whatever its path.

export { AuthApisModule } from './module/auth-apis.module.js';
export type { AuthApisAsyncOptions, AuthApisModuleExtras, AuthApisOptionsFactory } from './module/async-options.js';
export type {
  AccountOptions,
  ApiAnswer,
  AttachTarget,
  AuthApisOptions,
  HttpConfig,
  RefreshOptions,
  SparkflyOptions,
  VerbitOptions,
} from './config/options.js';
export type { SecretInput } from './common/secret.js';

export { AuthApis } from './module/auth-apis.js';
export type { ClientsByApi } from './module/auth-apis.js';
export { getSparkflyClientToken, getVerbitClientToken, InjectSparkfly, InjectVerbit } from './module/client-tokens.js';

export { VerbitClient } from './clients/verbit.client.js';
export { VerbitAuthenticationApi } from './clients/verbit-authentication.api.js';
export type { VerbitAuthParams } from './clients/verbit-authentication.api.js';
export type { VerbitAuthResponse, VerbitContract } from './vendors/verbit.wire.js';
export type { VerbitEnvironment } from './vendors/verbit.endpoints.js';
export { SparkflyClient } from './clients/sparkfly.client.js';
export { SparkflyAuthenticationApi } from './clients/sparkfly-authentication.api.js';
export type { SparkflyAuthParams } from './clients/sparkfly-authentication.api.js';
export type { SparkflyAuthMethod, SparkflyAuthResponse } from './vendors/sparkfly.wire.js';
export type { SparkflyEnvironment } from './vendors/sparkfly.endpoints.js';
export type { WithHttpInfo } from './clients/authentication-api.js';

export { OutboundAuthorizationInterceptor } from './interceptor/outbound-authorization.interceptor.js';
export type { AuthApisRequestOptions } from './interceptor/request-options.js';
export { TokenRefreshScheduler } from './scheduler/token-refresh.scheduler.js';
export type { ScheduledOptions, UpcomingAttempt } from './scheduler/token-refresh.scheduler.js';

export { AccessToken } from './token/access-token.js';
export { TokenCache } from './token/token-cache.js';
export type { DueAttempt, GetTokenOptions, TokenCacheOptions } from './token/token-cache.js';
export { DEFAULT_REFRESH_POLICY } from './token/refresh-policy.js';
export type { RefreshPolicy } from './token/refresh-policy.js';
export type { IssuedToken, TokenSource } from './request/token-source.js';
export type { TokenState } from './token/held-token.js';
export type { TokenCounters, TokenStatus } from './token/token-status.js';
export type {
  AuthApisEvent,
  CallReplayedEvent,
  CredentialsRefusedEvent,
  ErrorSummary,
  TokenFailedEvent,
  TokenRefreshedEvent,
  TokenRejectedEvent,
  TokenRequestedEvent,
  TokenStoppedEvent,
} from './token/token-events.js';

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
  isTokenEndpointError,
  isTokenUnavailableError,
  SecretUnavailableError,
  TokenEndpointError,
  TokenUnavailableError,
} from './common/errors.js';
export type { AccountLabel, AuthApisErrorCode, VendorErrorDetails, VendorErrorItem } from './common/errors.js';

export { systemClock } from './common/clock.js';
export type { Clock } from './common/clock.js';
