import axios from 'axios';
import { AccountPool } from '../accounts/account-pool.js';
import type { Clock } from '../common/clock.js';
import { Context } from '../common/context.js';
import { LONGEST_VENDOR_TEXT } from '../common/defaults.js';
import { type AccountLabel, type AuthApisError, isAuthApisError, TokenEndpointError } from '../common/errors.js';
import { accountText, durationText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import { redactText } from '../common/redact-text.js';
import { attempt } from '../request/attempt.js';
import type { ReadCredentials } from '../request/credentials.js';
import type { TokenParams } from '../request/round-trip.js';
import { sentSecrets } from '../request/sent-secrets.js';
import type { TokenEndpoint, TokenExchange } from '../request/token-endpoint.js';
import { deadTokenError } from '../request/token-request.errors.js';
import { type Overheard, overhearing } from './overhearing.adapter.js';
import type { Target } from './targets.js';
import { type TokenLife, tokenLife } from './token-life.js';

/** What came of one token request. */
export interface Probe {
  readonly target: Target;
  readonly label: AccountLabel;
  readonly requests: readonly Overheard[];
  readonly granted?: { readonly exchange: TokenExchange; readonly life: TokenLife };
  readonly error?: AuthApisError;
}

/** Asks for one token, the way the app would. */
export async function probe(target: Target, clock: Clock, timeoutMs: number): Promise<Probe> {
  const { resolved, account, site } = target;
  const label: AccountLabel = { api: resolved.api.name, account, ...(resolved.lookup && { dynamic: true }) };
  const overheard: Overheard[] = [];
  const secrets: string[] = [];
  const told = (): Probe => ({ target, label, requests: overheard.map((each) => redacted(each, secrets)) });
  const pool = new AccountPool(resolved, {
    context: new Context({ clock }),
    adapter: overhearing(axios.getAdapter('http'), clock, overheard),
    planner: { add() {}, remove() {} },
  });
  try {
    const { endpoint, credentials, tokenParams } = pool.rawRequestParts(account);
    const work = async (signal: AbortSignal): Promise<TokenExchange> => {
      const read = await credentials.read(signal);
      secrets.push(...secretsOf(endpoint, read, tokenParams));
      return endpoint.exchange(credentials, tokenParams, signal, read);
    };
    const exchange = await attempt(work, { clock, timeoutMs, timeoutError: () => timeoutError(label, timeoutMs) })
      .outcome;
    const life = tokenLife(exchange, site.tokenLifetimeMs);
    if (life.ms <= 0) throw deadTokenError(label);
    return { ...told(), granted: { exchange, life } };
  } catch (error) {
    if (isAuthApisError(error)) return { ...told(), error };
    throw error;
  } finally {
    pool.close();
  }
}

/** What was sent may come back, in the path of a redirect for example; a definition may send it in its own path. */
function secretsOf({ site, deps }: TokenEndpoint, { sets, extras }: ReadCredentials, given: TokenParams): string[] {
  const tokenParams = { ...site.tokenParams, ...extras, ...given };
  const headers = deps.transport.headers ?? {};
  return sets.flatMap((credentials) => sentSecrets(site.api, { credentials, tokenParams, headers }));
}

function redacted(request: Overheard, secrets: readonly string[]): Overheard {
  const clean = (url: string): string => oneLine(redactText(url, secrets), LONGEST_VENDOR_TEXT);
  const { url, redirectTo } = request;
  return { ...request, url: clean(url), ...(redirectTo !== undefined && { redirectTo: clean(redirectTo) }) };
}

function timeoutError(label: AccountLabel, timeoutMs: number): TokenEndpointError {
  const message = `${accountText(label)}: no answer from the token endpoint within ${durationText(timeoutMs)}`;
  const cause = Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  return new TokenEndpointError(message, { ...label, retryable: true, cause });
}
