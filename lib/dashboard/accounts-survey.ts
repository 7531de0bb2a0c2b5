import type { Account } from '../accounts/account.js';
import { DASHBOARD_MOST_TROUBLED, DASHBOARD_SURVEY_MS, DASHBOARD_SURVEY_SHARE } from '../common/defaults.js';
import type { AuthApis } from '../module/auth-apis.js';
import { noneCounted } from '../token/health-counts.js';
import { healthOf } from '../token/token-health.js';
import type { AccountView, DynamicAccountsView } from './dashboard-wire.js';

export interface Survey {
  /** Those of the options, in their order; then those of the others that are in trouble, as many as are shown. */
  readonly accounts: readonly AccountView[];
  readonly dynamicAccounts: DynamicAccountsView | null;
}

/** Those not in the options, as they were at the last count. */
interface Others {
  /** When they are counted again, monotonic milliseconds. */
  readonly dueAt: number;
  readonly troubled: readonly Account[];
  readonly dynamicAccounts: DynamicAccountsView | null;
}

/** How all accounts are. Of the options' all are shown; of the others there may be a hundred thousand. */
export class AccountsSurvey {
  readonly #apis: AuthApis;
  #others: Others = { dueAt: -Infinity, troubled: [], dynamicAccounts: null };

  constructor(apis: AuthApis) {
    this.#apis = apis;
  }

  take(): Survey {
    const { configured, clock } = this.#apis;
    if (clock.now() >= this.#others.dueAt) this.#others = this.#look(new Set(configured));
    const { troubled, dynamicAccounts } = this.#others;
    const accounts = [
      ...configured.map((account) => accountView(account, true)),
      ...troubled.map((account) => accountView(account, false)),
    ];
    return { accounts, dynamicAccounts };
  }

  #look(configured: ReadonlySet<Account>): Others {
    const { clock } = this.#apis;
    const startedAt = clock.now();
    const counts = noneCounted();
    const down: Account[] = [];
    const failing: Account[] = [];
    for (const account of this.#all()) {
      if (configured.has(account) || account.tokens.isUnknown) continue;
      const { health } = account.tokens;
      counts[health]++;
      if (health === 'down') down.push(account);
      if (health === 'failing') failing.push(account);
    }
    const troubled = [...down, ...failing].slice(0, DASHBOARD_MOST_TROUBLED);
    const notShown = counts.down + counts.failing - troubled.length;
    const isAny = Object.values(counts).some((count) => count > 0);
    const pauseMs = Math.max(DASHBOARD_SURVEY_MS, (clock.now() - startedAt) / DASHBOARD_SURVEY_SHARE);
    return { dueAt: clock.now() + pauseMs, troubled, dynamicAccounts: isAny ? { counts, notShown } : null };
  }

  *#all(): IterableIterator<Account> {
    for (const pool of this.#apis.pools) yield* pool.accounts();
  }
}

function accountView({ tokens }: Account, isConfigured: boolean): AccountView {
  const status = tokens.status();
  const { api, account, tokenParams, dynamic } = status;
  const key = JSON.stringify([api, account, tokenParams, dynamic]);
  const health = healthOf(status);
  return { ...status, key, health, isConfigured, isAsking: tokens.isAttempting, isPlanned: tokens.hasPlan };
}
