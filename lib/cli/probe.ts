import axios from 'axios';
import { AccountPool } from '../accounts/account-pool.js';
import type { Clock } from '../common/clock.js';
import { Context } from '../common/context.js';
import type { AccountLabel } from '../common/errors.js';
import { isAuthApisError, TokenEndpointError } from '../common/errors.js';
import type { AuthApisError } from '../common/errors.js';
import { accountText, durationText } from '../common/messages.js';
import { attempt } from '../request/attempt.js';
import type { TokenExchange } from '../request/token-endpoint.js';
import { deadTokenError } from '../request/token-request.errors.js';
import type { Overheard } from './overhearing.adapter.js';
import { overhearing } from './overhearing.adapter.js';
import type { Target } from './targets.js';
import type { TokenLife } from './token-life.js';
import { tokenLife } from './token-life.js';

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
  const requests: Overheard[] = [];
  const pool = new AccountPool(resolved, {
    context: new Context({ clock }),
    adapter: overhearing(axios.getAdapter('http'), clock, requests),
    planner: { add() {}, remove() {} },
  });
  try {
    const { endpoint, credentials, tokenParams } = pool.rawRequestParts(account);
    const work = (signal: AbortSignal): Promise<TokenExchange> => endpoint.exchange(credentials, tokenParams, signal);
    const exchange = await attempt(work, { clock, timeoutMs, timeoutError: () => timeoutError(label, timeoutMs) })
      .outcome;
    const life = tokenLife(exchange, site.tokenLifetimeMs);
    if (life.ms <= 0) throw deadTokenError(label);
    return { target, label, requests, granted: { exchange, life } };
  } catch (error) {
    if (isAuthApisError(error)) return { target, label, requests, error };
    throw error;
  } finally {
    pool.close();
  }
}

function timeoutError(label: AccountLabel, timeoutMs: number): TokenEndpointError {
  const message = `${accountText(label)}: no answer from the token endpoint within ${durationText(timeoutMs)}`;
  const cause = Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  return new TokenEndpointError(message, { ...label, retryable: true, cause });
}
