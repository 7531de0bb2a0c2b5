import type { AccountLabel, SecretInput, TokenApi, TokenResponse } from 'nestjs-auth-apis';
import { Secret } from '../../lib/common/secret.js';
import { AccountCredentials } from '../../lib/request/account-credentials.js';
import { configuredCredentials } from '../../lib/request/credentials.js';
import { sparkfly } from '../../lib/vendors/sparkfly.api.js';
import { verbit } from '../../lib/vendors/verbit.api.js';

/** What comes from the wire; its fields are read by whoever asked. */
export type RawResponse = Omit<TokenResponse, 'json'>;

/** The built-in APIs as all code takes them that knows neither. */
export const verbitApi = verbit as unknown as TokenApi;
export const sparkflyApi = sparkfly as unknown as TokenApi;

/** An account's credentials, given as the options give them. */
export function credentialsOf(label: AccountLabel, secrets: Record<string, SecretInput>): AccountCredentials {
  const entries = Object.entries(secrets).map(([name, value]) => [name, new Secret(value!)] as const);
  return new AccountCredentials(label, configuredCredentials(Object.fromEntries(entries)));
}

export const quiet = (): AbortSignal => new AbortController().signal;
