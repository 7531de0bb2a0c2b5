import {
  isAuthApisError,
  isCredentialsRejectedError,
  isTokenBudgetError,
  isTokenUnavailableError,
  type AuthApis,
  type AuthApisError,
  type AuthApisErrorCode,
  type AuthApisEvent,
  type CredentialsRejectedError,
  type ErrorSummary,
  type TokenBudgetError,
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
    case 'requested':
    case 'stopped':
      return event.account;
    case 'refreshed':
      expectTrue<Equal<typeof event.refreshesAt, number>>();
      expectTrue<Equal<typeof event.tokens, number>>();
      expectTrue<Equal<typeof event.from, 'vendor' | 'store'>>();
      return String(event.expiresAt);
    case 'failed':
      expectTrue<Equal<typeof event.error, ErrorSummary>>();
      return String(event.failures);
    case 'refused':
      // @ts-expect-error -- that one is counted otherwise
      void event.failures;
      return String(event.refusals);
    case 'replayed':
      expectTrue<Equal<typeof event.pausedUntil, number | undefined>>();
      return String(event.accepted);
    case 'rotated':
      expectTrue<Equal<typeof event.secret, 'current' | 'next'>>();
      return event.secret;
    case 'rejected':
      expectTrue<Equal<typeof event.ageMs, number>>();
      return String(event.remainingMs);
    case 'evicted':
      expectTrue<Equal<typeof event.reason, 'idle' | 'full' | 'dropped'>>();
      return event.reason;
    case 'storeLost':
      expectTrue<Equal<typeof event.problem, string>>();
      return event.problem;
    case 'storeBack':
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
  if (status?.state === 'refused') expectTrue<Equal<typeof status.counters.requests, number>>();
  expectTrue<Equal<NonNullable<typeof status>['secret'], 'current' | 'next' | undefined>>();
  expectTrue<Equal<NonNullable<typeof status>['params'], string | undefined>>();
  expectTrue<Equal<ReturnType<typeof apis.forget>, boolean>>();
  // @ts-expect-error -- no such state
  if (status?.state === 'tired') throw new Error();
  return apis.statuses();
}

export function explain(caught: unknown): string {
  if (isCredentialsRejectedError(caught)) {
    expectTrue<Equal<typeof caught, CredentialsRejectedError>>();
    expectTrue<Equal<typeof caught.status, number | undefined>>();
    return caught.errors?.[0]?.message ?? caught.error ?? caught.tracingId ?? '';
  }
  if (isTokenUnavailableError(caught)) {
    expectTrue<Equal<typeof caught, TokenUnavailableError>>();
    return String(caught.cause);
  }
  if (isTokenBudgetError(caught)) {
    expectTrue<Equal<typeof caught, TokenBudgetError>>();
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
