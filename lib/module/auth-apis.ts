import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import type { SparkflyClient } from '../clients/sparkfly.client.js';
import type { VerbitClient } from '../clients/verbit.client.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { OutboundAccount } from '../interceptor/outbound-account.js';
import { unknownAccount } from '../interceptor/outbound-account.js';
import type { AuthApisEvent } from '../token/token-events.js';
import type { TokenStatus } from '../token/token-status.js';
import type { Account, AccountSurroundings } from './account.js';
import { createAccount } from './account.js';

/** The clients by the name of their API. @publicApi */
export interface ClientsByApi {
  readonly verbit: VerbitClient;
  readonly sparkfly: SparkflyClient;
}

/**
 * All accounts of the app: their clients by name, their state, and what happens to them.
 *
 * @example
 * ```ts
 * constructor(private readonly apis: AuthApis) {}
 * status() {
 *   return this.apis.statuses();
 * }
 * ```
 * @publicApi
 */
export class AuthApis {
  readonly #accounts: readonly Account[];
  readonly #events = new Subject<AuthApisEvent>();

  /** Everything that happens to the accounts' tokens, as it happens; completes at shutdown. Holds no secret. */
  readonly events$: Observable<AuthApisEvent> = this.#events.asObservable();

  /** @internal */
  constructor(options: ResolvedOptions, onForeign: AccountSurroundings['onForeign']) {
    this.#accounts = options.accounts.map((account) =>
      createAccount(account, {
        options,
        onEvent: (event) => this.#events.next(event),
        onForeign,
        sibling: (api, name) => this.#find(api, name).outbound,
      }),
    );
  }

  /**
   * The client of an account.
   *
   * @param name the account's; without it, the unnamed account
   * @throws AccountError (`UNKNOWN_ACCOUNT`), listing those that exist
   */
  client<Api extends keyof ClientsByApi>(api: Api, name: string = DEFAULT_ACCOUNT): ClientsByApi[Api] {
    return this.#find(api, name).client as ClientsByApi[Api];
  }

  /** Every account at a glance, without secrets. */
  statuses(): TokenStatus[] {
    return this.#accounts.map(({ outbound }) => outbound.tokens.status());
  }

  /** @internal Names of an API's accounts. */
  namesOf(api: string): string[] {
    return this.outboundAccounts.filter(({ label }) => label.api === api).map(({ label }) => label.account);
  }

  /** @internal */
  get outboundAccounts(): readonly OutboundAccount[] {
    return this.#accounts.map(({ outbound }) => outbound);
  }

  /** @internal */
  close(): void {
    for (const { outbound } of this.#accounts) outbound.tokens.close();
    this.#events.complete();
  }

  #find(api: string, name: string): Account {
    const found = this.#accounts.find(({ outbound: { label } }) => label.api === api && label.account === name);
    if (found) return found;
    throw unknownAccount(
      name,
      api,
      this.outboundAccounts.filter(({ label }) => label.api === api),
    );
  }
}
