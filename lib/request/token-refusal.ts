import { LONGEST_VENDOR_TEXT, MOST_VENDOR_ERRORS } from '../common/defaults.js';
import {
  CredentialsRejectedError,
  TokenEndpointError,
  type VendorErrorDetails,
  type VendorErrorItem,
} from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { accountText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import { redactText } from '../common/redact-text.js';
import { retryAfterMs } from '../common/retry-after.js';
import type { TokenRequest } from '../vendors/token-api.definition.js';
import type { TokenApi } from '../vendors/token-api.js';
import type { RoundTrip, TokenRequestSubject } from './round-trip.js';

/**
 * The error for an answer without a token, in the vendor's words without our secrets.
 *
 * @param secrets what the requests said that must not be shown
 */
export function refusal(
  api: TokenApi,
  { label }: TokenRequestSubject,
  secrets: readonly string[],
  tries: readonly RoundTrip[],
  told: RoundTrip,
  lack: string,
  serverNow: number,
): TokenEndpointError {
  const { status, headers } = told.response;
  const details = isSuccess(status) ? {} : cleanDetails(api.parseError(told.response), secrets);
  const asked = tries.map(({ request, response: { status: said } }) => `${placeOf(request, secrets)} answered ${said}`);
  const why = isSuccess(status) ? lack : describe(details);
  const message = `${accountText(label)}: ${[asked.join(', '), why].filter(Boolean).join(' ')}`;
  const RefusalError = isRejection(status) ? CredentialsRejectedError : TokenEndpointError;
  return new RefusalError(message, {
    ...label,
    ...details,
    vendorStatus: status,
    retryable: isTransient(status),
    retryAfterMs: retryAfterMs(headers['retry-after'], serverNow),
  });
}

/** The error for a request that nobody answered. */
export function noAnswer(
  { label }: TokenRequestSubject,
  secrets: readonly string[],
  request: TokenRequest,
  error: unknown,
): TokenEndpointError {
  const { message, code } = error as { message: string; code?: string };
  const reason = clean(message, secrets);
  const cleanCode = code === undefined ? undefined : clean(code, secrets);
  const text = [cleanCode, reason].filter(Boolean).join(': ');
  const what = code === 'ERR_BAD_RESPONSE' ? 'no whole answer' : 'no answer'; // one began
  return new TokenEndpointError(`${accountText(label)}: ${what} from ${placeOf(request, secrets)} (${text})`, {
    ...label,
    retryable: true,
    cause: Object.assign(new Error(reason), cleanCode !== undefined && { code: cleanCode }),
  });
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;
export const isRejection = (status: number): boolean => status === 400 || status === 401 || status === 403;

/** May be answered otherwise next time. A 2xx that brought us here had no token; a 3xx is a login page or a move. */
const isTransient = (status: number): boolean =>
  status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;

/** Method, host and path; never the query, where a key may stand. A definition may put one into the path. */
function placeOf({ method, url }: TokenRequest, secrets: readonly string[]): string {
  const { host, pathname } = new URL(url);
  return `${method} ${host}${clean(pathname, secrets)}`;
}

function describe({ errors, error, tracingId }: VendorErrorDetails): string {
  const items = errors?.map((item) => [item.type, item.message].filter(Boolean).join(': ')) ?? [];
  const said = oneLine([...items, error].filter(Boolean).join('; '), LONGEST_VENDOR_TEXT);
  return [said && `(${said})`, tracingId && `[tracing id ${tracingId}]`].filter(Boolean).join(' ');
}

/** Redacted before it is cut: half a secret would not be found. */
const clean = (text: string, secrets: readonly string[]): string =>
  oneLine(redactText(text, secrets), LONGEST_VENDOR_TEXT);

const ITEM_FIELDS = ['code', 'type', 'message'] as const;

/** A vendor may echo what it was sent, break lines of a log in two, or not know when to end. */
function cleanDetails(
  { errors, error, tracingId }: Partial<Record<keyof VendorErrorDetails, unknown>>,
  secrets: readonly string[],
): VendorErrorDetails {
  // Other fields are dropped: their names are the vendor's text, too.
  const cleanItem = (item: Readonly<Record<string, unknown>>): VendorErrorItem =>
    Object.fromEntries(
      ITEM_FIELDS.flatMap((name) => {
        const text = item[name];
        return typeof text === 'string' ? [[name, clean(text, secrets)]] : [];
      }),
    );
  return {
    ...(Array.isArray(errors) && { errors: errors.filter(isObject).slice(0, MOST_VENDOR_ERRORS).map(cleanItem) }),
    ...(typeof error === 'string' && { error: clean(error, secrets) }),
    ...(typeof tracingId === 'string' && { tracingId: clean(tracingId, secrets) }),
  };
}
