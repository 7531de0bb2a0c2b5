import { type AccountLabel, type AuthApisError, isAuthApisError, TokenEndpointError } from '../common/errors.js';
import { accountText, durationText } from '../common/messages.js';

/** An attempt took longer than it may. */
export function attemptTimeoutError(label: AccountLabel, timeoutMs: number): TokenEndpointError {
  const within = durationText(timeoutMs);
  return retryable(label, `no answer from the token endpoint within ${within} (tokenRequestTimeoutMs)`);
}

export function deadTokenError(label: AccountLabel): TokenEndpointError {
  return retryable(label, 'the vendor handed out a token that is already dead');
}

/** Whatever a token source threw, as an error of ours. */
export function typedError(label: AccountLabel, error: unknown): AuthApisError {
  if (isAuthApisError(error)) return error;
  const said = error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error';
  return retryable(label, `the token request threw ${said}`);
}

const retryable = (label: AccountLabel, what: string): TokenEndpointError =>
  new TokenEndpointError(`${accountText(label)}: ${what}`, { ...label, retryable: true });
