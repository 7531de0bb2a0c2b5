import type { Context } from '../common/context.js';
import {
  AccountError,
  type AccountLabel,
  AuthApisClosedError,
  type AuthApisError,
  TokenEndpointError,
  TokenUnavailableError,
} from '../common/errors.js';
import { accountText, timeText } from '../common/messages.js';
import type { TokenFlight } from './token-flight.js';
import type { TokenRecord } from './token-record.js';

/** Why a caller gets no token: the vendor denied the request, and the cool-down is not over. */
export function deniedError({ setback }: TokenFlight, record: TokenRecord): AuthApisError {
  const { error, nextAttemptAt } = setback!;
  return error instanceof TokenEndpointError || error instanceof AccountError
    ? error.again(record.wallAt(nextAttemptAt))
    : error;
}

/** No token can be had in time. */
export function unavailableError(
  { attempt, setback, allowedAt }: TokenFlight,
  record: TokenRecord,
  label: AccountLabel,
  { tokenRequestTimeoutMs }: Context,
): TokenUnavailableError {
  const cause = setback?.error;
  // An attempt under way will have ended by then, one way or the other.
  const retryAt = record.wallAt(attempt ? attempt.startedAt + tokenRequestTimeoutMs : allowedAt);
  const who = `${accountText(label)}: `;
  const said = cause?.message.startsWith(who) ? cause.message.slice(who.length) : cause?.message;
  const why = said === undefined ? 'the vendor has not answered yet' : `the last attempt failed (${said})`;
  const message = `${who}no token in time: ${why}; try again at ${timeText(retryAt)}`;
  return new TokenUnavailableError(message, { ...label, retryAt, cause });
}

export function closedError(label: AccountLabel): AuthApisClosedError {
  const message = `${accountText(label)}: the app is shutting down, no token is asked for any more`;
  return new AuthApisClosedError(message, label);
}
