import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Account } from '../accounts/account.js';
import { DASHBOARD_REFRESH_PAUSE_MS } from '../common/defaults.js';
import { isAuthApisError, isTokenEndpointError } from '../common/errors.js';
import { durationText } from '../common/messages.js';
import type { AuthApis } from '../module/auth-apis.js';
import type { TokenCache } from '../token/token-cache.js';
import type { RefreshAnswer } from './dashboard-wire.js';
import { findAuthApis } from '../module/find-provider.js';

/** As the request says it: anything. */
type Wanted = Readonly<Partial<Record<'api' | 'account' | 'tokenParams' | 'dynamic', unknown>>>;

export interface RefreshOutcome {
  /** HTTP status. */
  readonly status: number;
  readonly answer: RefreshAnswer;
  readonly retryAfterMs?: number;
}

/** Asks for a new token because somebody pressed the button. */
@Injectable()
export class RefreshDesk {
  readonly #modules: ModuleRef;

  constructor(@Inject(ModuleRef) modules: ModuleRef) {
    this.#modules = modules;
  }

  async refresh(wanted: Wanted): Promise<RefreshOutcome> {
    const apis = findAuthApis(this.#modules, 'AuthApisDashboardModule');
    const found = find(apis, wanted);
    if (!found) return { status: 404, answer: { message: 'There is no such account, or it has been let go' } };
    const retryAfterMs = DASHBOARD_REFRESH_PAUSE_MS - sinceLatestAttempt(found.tokens, apis.clock.wallNow());
    if (retryAfterMs > 0) {
      const message = `A token was asked for a moment ago; again in ${durationText(retryAfterMs)}`;
      return { status: 429, answer: { message }, retryAfterMs };
    }
    return found.tokens.refresh().then(
      () => ({ status: 200, answer: { message: 'A new token is there' } }),
      (error: unknown) => failure(error, apis.clock.wallNow()),
    );
  }
}

/** Opens no account: whoever may press the button need not be able to fill the memory. */
function find(apis: AuthApis, { api, account, tokenParams, dynamic }: Wanted): Account | undefined {
  const pool = apis.pools.find((each) => each.api === api);
  for (const each of pool?.accounts() ?? []) {
    const { label, isUnknown } = each.tokens;
    const isOfKind = (label.dynamic === true) === (dynamic === 'true');
    if (label.account === account && label.tokenParams === tokenParams && isOfKind && !isUnknown) return each;
  }
  return undefined;
}

/** An attempt that is yet to come was made before the wall clock was set back: how long ago, nobody knows. */
function sinceLatestAttempt(tokens: TokenCache, now: number): number {
  const { lastSuccessAt = -Infinity, lastError } = tokens.status();
  const ages = [lastSuccessAt, lastError?.at ?? -Infinity].map((at) => now - at);
  return Math.min(...ages.filter((age) => age >= 0));
}

function failure(error: unknown, now: number): RefreshOutcome {
  if (!isAuthApisError(error)) throw error;
  const { message, retryAt } = error;
  const retryAfterMs = retryAt === undefined ? undefined : retryAt - now;
  return { status: isTokenEndpointError(error) ? 502 : 503, answer: { message }, retryAfterMs };
}
