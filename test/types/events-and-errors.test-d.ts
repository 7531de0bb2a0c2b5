import {
  isAuthApisError,
  isCredentialsRejectedError,
  isTokenRateLimitError,
  isTokenUnavailableError,
  type AuthApis,
  type AuthApisError,
  type AuthApisErrorCode,
  type AuthApisEvent,
  type CredentialsRejectedError,
  type ErrorSummary,
  type TokenRateLimitError,
  type TokenStatus,
  type TokenUnavailableError,
} from 'nestjs-auth-apis';
import { expectTrue, type Equal } from './expect-type.js';

// Each type of event brings its own facts, and a `switch` over all of them is complete.
export function describe(event: AuthApisEvent): string {
  expectTrue<Equal<typeof event.at, number>>();
  // @ts-expect-error -- only some have it
  void event.nextAttemptAt;
  switch (event.type) {
    case 'tokenRequested':
    case 'tokenCacheClosed':
      return event.account;
    case 'tokenObtained':
      expectTrue<Equal<typeof event.refreshesAt, number>>();
      expectTrue<Equal<typeof event.sequence, number>>();
      expectTrue<Equal<typeof event.source, 'vendor' | 'store'>>();
      return String(event.expiresAt);
    case 'tokenRequestFailed':
      expectTrue<Equal<typeof event.error, ErrorSummary>>();
      return String(event.failures);
    case 'tokenRequestDenied':
      // @ts-expect-error -- that one is counted otherwise
      void event.failures;
      return String(event.denials);
    case 'callRetried':
      expectTrue<Equal<typeof event.pausedUntil, number | undefined>>();
      return String(event.accepted);
    case 'secretRotated':
      expectTrue<Equal<typeof event.secret, 'current' | 'next'>>();
      return event.secret;
    case 'tokenRejected':
      expectTrue<Equal<typeof event.ageMs, number>>();
      return String(event.remainingMs);
    case 'accountEvicted':
      expectTrue<Equal<typeof event.reason, 'idle' | 'capacity' | 'forgotten'>>();
      return event.reason;
    case 'storeUnavailable':
      expectTrue<Equal<typeof event.problem, string>>();
      return event.problem;
    case 'storeAvailable':
      // @ts-expect-error -- that is over
      void event.problem;
      return event.api;
    default:
      return event satisfies never;
  }
}

export function observe(apis: AuthApis): TokenStatus[] {
  apis.events$.subscribe((event) => expectTrue<Equal<typeof event, AuthApisEvent>>());
  const [status] = apis.statuses();
  if (status?.state === 'denied') expectTrue<Equal<typeof status.counters.tokenRequests, number>>();
  expectTrue<Equal<NonNullable<typeof status>['secret'], 'current' | 'next' | undefined>>();
  expectTrue<Equal<NonNullable<typeof status>['tokenParams'], string | undefined>>();
  expectTrue<Equal<ReturnType<typeof apis.forget>, boolean>>();
  // @ts-expect-error -- no such state
  if (status?.state === 'tired') throw new Error();
  return apis.statuses();
}

export function explain(caught: unknown): string {
  if (isCredentialsRejectedError(caught)) {
    expectTrue<Equal<typeof caught, CredentialsRejectedError>>();
    expectTrue<Equal<typeof caught.vendorStatus, number | undefined>>();
    return caught.errors?.[0]?.message ?? caught.error ?? caught.tracingId ?? '';
  }
  if (isTokenUnavailableError(caught)) {
    expectTrue<Equal<typeof caught, TokenUnavailableError>>();
    return String(caught.cause);
  }
  if (isTokenRateLimitError(caught)) {
    expectTrue<Equal<typeof caught, TokenRateLimitError>>();
    return String(caught.retryAt);
  }
  if (isAuthApisError(caught)) {
    expectTrue<Equal<typeof caught, AuthApisError>>();
    expectTrue<Equal<typeof caught.code, AuthApisErrorCode>>();
    expectTrue<Equal<typeof caught.retryAt, number | undefined>>();
    // @ts-expect-error -- no such code
    if (caught.code === 'OOPS') throw caught;
    return caught.message;
  }
  expectTrue<Equal<typeof caught, unknown>>();
  return '';
}
