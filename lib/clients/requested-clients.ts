import type { InjectionToken } from '@nestjs/common';
import { accountIdProblem } from '../common/account-id.js';
import { AuthApisOptionsError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { AuthClient } from './auth.client.js';

/** A client that somebody may inject: one provider each. */
export interface ClientKey {
  readonly api: string;
  readonly account: string;
}

/**
 * Names that decorators of the app's classes have asked for. Under `forRootAsync` the configured names are known only
 * after Nest has scanned the providers; but by then the decorators of everything imported have run. Shared by all apps of
 * the process and never cleared, as decorators run once: a name that another app asked for is a stand-in nobody injects.
 */
const requested = new Map<InjectionToken, ClientKey>();

/**
 * The injection token of a client. It goes by the API's name, never by that of a class, which a bundler may shorten.
 *
 * @param clientClass by which the unnamed client of a built-in API is injected
 */
export function requestClient(
  api: string,
  account: string = DEFAULT_ACCOUNT,
  clientClass?: abstract new (...args: never[]) => AuthClient<unknown>,
): InjectionToken {
  const problem = accountIdProblem(account);
  if (problem) throw new AuthApisOptionsError([`the name of an account ${problem}`], `What ${api} is injected by`);
  const isByClass = clientClass !== undefined && account === DEFAULT_ACCOUNT;
  const token = isByClass ? clientClass : `nestjs-auth-apis/${api}/${account}`;
  if (!requested.has(token)) requested.set(token, { api, account });
  return token;
}

/** Every client requested so far, by injection token. */
export const requestedClients = (): ReadonlyMap<InjectionToken, ClientKey> => requested;
