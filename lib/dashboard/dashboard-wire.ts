import type { AuthApisEvent } from '../common/token-events.js';
import type { TokenHealth } from '../token/token-health.js';
import type { TokenStatus } from '../token/token-status.js';

/** What the page is told: a `snapshot` first, and again when it could not keep up; then a `change` at a time. */

/** An account as the page shows it. */
export interface AccountView extends TokenStatus {
  /** Tells it from all others. */
  readonly key: string;
  readonly health: TokenHealth;
  /** In the options; the others are those looked up by the app, and tokens with parameters. */
  readonly isConfigured: boolean;
  /** A token request is under way. */
  readonly isAsking: boolean;
  /** The scheduler will ask for a token, at `nextAttemptAt` or `refreshesAt`; otherwise those wait for a call. */
  readonly isPlanned: boolean;
}

/** An event, told once for all of its kind that the account met in a row. */
export interface EventView {
  readonly id: number;
  /** How many of its kind. */
  readonly times: number;
  /** When the first of them was, epoch milliseconds. */
  readonly since: number;
  /** The last of them. */
  readonly event: AuthApisEvent;
}

/** How many accounts that are not in the options stand how, and how many in trouble are not shown. */
export interface DynamicAccountsView {
  readonly counts: Readonly<Record<TokenHealth, number>>;
  readonly notShown: number;
}

export interface Change {
  /** The server's wall time, epoch milliseconds: what the page's clock goes by. */
  readonly now: number;
  /** New ones, and those that are not as they were. */
  readonly accounts?: readonly AccountView[];
  /** Keys of those no longer shown. */
  readonly gone?: readonly string[];
  /** New ones, and those that count more than they did; the oldest first. */
  readonly events?: readonly EventView[];
  /** `null` when there are none any more. */
  readonly dynamicAccounts?: DynamicAccountsView | null;
  /** `null` without a store. */
  readonly store?: 'up' | 'down' | null;
}

export interface Snapshot extends Required<Change> {
  /** Whether there may be "Refresh now" buttons; who may press them is asked for with an empty request. */
  readonly hasRefresh: boolean;
}

/** What a "Refresh now" is answered with. */
export interface RefreshAnswer {
  readonly message: string;
}
