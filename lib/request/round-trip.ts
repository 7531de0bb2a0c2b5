import type { AccountLabel } from '../common/errors.js';
import type { SettingsOf, SettingsSpec, TokenRequest, TokenResponse } from '../vendors/token-api.definition.js';
import type { CredentialSet } from './credentials.js';

/** What a token is asked for with, by the names of the API's definition. */
export type TokenParams = Readonly<Record<string, string | undefined>>;

/** One URL that was asked, and what it said. */
export interface RoundTrip {
  readonly request: TokenRequest;
  readonly response: TokenResponse;
}

/** What a request is made of, beside its URL. */
export interface TokenRequestSubject {
  readonly label: AccountLabel;
  readonly credentials: CredentialSet;
  readonly tokenParams: TokenParams;
  readonly settings: SettingsOf<SettingsSpec>;
}
