import { LONGEST_VENDOR_TEXT, MOST_VENDOR_ERRORS } from '../common/defaults.js';
import type { VendorErrorDetails, VendorErrorItem } from '../common/errors.js';
import { CredentialsRejectedError, TokenEndpointError } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { accountText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import { retryAfterMs } from '../common/retry-after.js';
import { scrub } from '../common/secret.js';
import type { TokenRequest } from '../vendors/token-api.definition.js';
import type { TokenApi } from '../vendors/token-api.js';
import { formEncoded } from '../vendors/wire.js';
import type { CredentialSet } from './credentials.js';
import type { RoundTrip, TokenRequestSubject } from './round-trip.js';

/** The error for an answer without a token, in the vendor's words without our secrets. */
export function refusal(
  api: TokenApi,
  { label, credentials }: TokenRequestSubject,
  tries: readonly RoundTrip[],
  told: RoundTrip,
  lack: string,
  serverNow: number,
): TokenEndpointError {
  const { status, headers } = told.response;
  const details = isSuccess(status)
    ? {}
    : scrubDetails(api.parseError(told.response), secretsIn(told.request, credentials));
  const asked = tries.map(({ request, response: { status: said } }) => `${placeOf(request)} answered ${said}`);
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
  { label, credentials }: TokenRequestSubject,
  request: TokenRequest,
  error: unknown,
): TokenEndpointError {
  const { message, code } = error as { message: string; code?: string };
  const secrets = secretsIn(request, credentials);
  const text = scrub([code, message].filter(Boolean).join(': '), secrets);
  const what = code === 'ERR_BAD_RESPONSE' ? 'no whole answer' : 'no answer'; // one began
  return new TokenEndpointError(`${accountText(label)}: ${what} from ${placeOf(request)} (${text})`, {
    ...label,
    retryable: true,
    cause: Object.assign(new Error(scrub(message, secrets)), code && { code }),
  });
}

/** The secrets as they are, and in the forms in which a vendor may echo them: encoded for a form, or for Basic. */
function secretsIn({ headers }: TokenRequest, credentials: CredentialSet): string[] {
  const values = Object.values(credentials).flatMap((value) => [value, encodeURIComponent(value), formEncoded(value)]);
  const words = Object.values(headers).flatMap((value) => value.split(' '));
  const isEncoded = (word: string): boolean => {
    const decoded = Buffer.from(word, 'base64').toString();
    return !decoded.includes(NO_TEXT) && scrub(decoded, values) !== decoded;
  };
  return [...values, ...words.filter(isEncoded)];
}

/** What stands where bytes are no text: such a word was no encoded one. */
const NO_TEXT = '\ufffd';

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;
export const isRejection = (status: number): boolean => status === 400 || status === 401 || status === 403;

/** May be answered otherwise next time. A 2xx that brought us here had no token; a 3xx is a login page or a move. */
const isTransient = (status: number): boolean =>
  status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;

/** Method, host and path; never the query, where a key may stand. */
function placeOf({ method, url }: TokenRequest): string {
  const { host, pathname } = new URL(url);
  return `${method} ${host}${pathname}`;
}

function describe({ errors, error, tracingId }: VendorErrorDetails): string {
  const items = errors?.map((item) => [item.type, item.message].filter(Boolean).join(': ')) ?? [];
  const said = [...items, error].filter(Boolean).join('; ').slice(0, LONGEST_VENDOR_TEXT);
  return [said && `(${said})`, tracingId && `[tracing id ${tracingId}]`].filter(Boolean).join(' ');
}

/** A vendor may echo what it was sent, break lines of a log in two, or not know when to end. */
function scrubDetails(
  { errors, error, tracingId }: Partial<Record<keyof VendorErrorDetails, unknown>>,
  secrets: string[],
): VendorErrorDetails {
  const clean = (text: string): string => oneLine(scrub(text, secrets)).slice(0, LONGEST_VENDOR_TEXT);
  const cleanItem = (item: VendorErrorItem): VendorErrorItem =>
    Object.fromEntries(
      Object.entries(item).flatMap(([name, text]) => (typeof text === 'string' ? [[name, clean(text)]] : [])),
    );
  return {
    ...(Array.isArray(errors) && { errors: errors.filter(isObject).slice(0, MOST_VENDOR_ERRORS).map(cleanItem) }),
    ...(typeof error === 'string' && { error: clean(error) }),
    ...(typeof tracingId === 'string' && { tracingId: clean(tracingId) }),
  };
}
