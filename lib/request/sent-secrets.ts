import type { TokenApi } from '../vendors/token-api.js';
import type { CredentialSet } from './credentials.js';
import type { TokenParams } from './round-trip.js';

/** The parts of a token request that may be secret. */
export interface SentParts {
  readonly credentials: CredentialSet;
  readonly tokenParams: TokenParams;
  readonly headers: Readonly<Record<string, string>>;
}

/** Header names whose values are credentials, also those that an account adds for a gateway. */
const SECRET_HEADER = /auth|cookie|key|pass|secret|token/i;

/**
 * The secrets of a token request: a response may echo each of them. `perRequest` parameters are none: a tracing id is
 * there to be shown.
 */
export function sentSecrets(api: TokenApi, { credentials, tokenParams, headers }: SentParts): string[] {
  const params = api.tokenParams.flatMap((name) => tokenParams[name] ?? []);
  const sent = Object.entries(headers).filter(([name]) => SECRET_HEADER.test(name));
  return [...Object.values(credentials), ...params, ...sent.map(([name, value]) => secretPart(name, value))];
}

/** Of an authorization what follows the scheme, `Basic` for example. */
const secretPart = (name: string, value: string): string =>
  /authorization$/i.test(name) ? value.slice(value.indexOf(' ') + 1) : value;
