import type { AxiosAdapter, AxiosRequestConfig } from 'axios';
import { accountIdProblem } from '../common/account-id.js';
import { ACCOUNT_IDLE_MS, MAX_ACCOUNTS } from '../common/defaults.js';
import { AccountError, AuthApisOptionsError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import { secretProblem } from '../common/secret.js';
import type { ResolvedAccount, ResolvedApi, ResolvedSite } from '../config/resolve-options.js';
import { AccountCredentials } from '../request/account-credentials.js';
import type { CredentialsReader } from '../request/credentials.js';
import { configuredCredentials, resolvedCredentials } from '../request/credentials.js';
import type { HttpTokenSourceSetting } from '../request/http-token.source.js';
import { HttpTokenSource } from '../request/http-token.source.js';
import { budgeted, RequestBudget } from '../request/request-budget.js';
import type { SharedTokenSetting } from '../request/shared-token.source.js';
import { SharedTokenSource } from '../request/shared-token.source.js';
import type { TokenParams } from '../request/round-trip.js';
import { TokenEndpoint } from '../request/token-endpoint.js';
import type { ConnectionConfig, TokenTransport } from '../request/token-transport.js';
import { createTokenTransport } from '../request/token-transport.js';
import { TokenCache } from '../token/token-cache.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import type { TokenSetting } from '../token/token-setting.js';
import type { HealthCounts } from '../token/health-counts.js';
import { countHealth } from '../token/health-counts.js';
import type { TokenApi } from '../vendors/token-api.js';
import { compact, CONFIDENTIAL_HEADERS } from '../vendors/wire.js';
import type { Account, Candidate, RawParts, Site } from './account.js';
import { LookedUpAccounts } from './looked-up-accounts.js';
import { tokenKey, tokenLabel } from './token-key.js';

/** Who keeps the accounts' tokens fresh. */
export interface Caretaker {
  /** @param isConfigured in the options, and so to be kept fresh whether or not anybody calls */
  take(account: Account, isConfigured: boolean): void;
  release(account: Account): void;
}

export interface AccountPoolParts {
  readonly resolved: ResolvedApi;
  readonly setting: TokenSetting;
  /** axios's http adapter, for the token requests. */
  readonly adapter: AxiosAdapter;
  readonly caretaker: Caretaker;
  /** Set when tokens are shared with other replicas. */
  readonly shared?: SharedTokenSetting;
}

/** A site at work: where its accounts' tokens come from. */
export interface Branch {
  readonly site: Site;
  readonly endpoint: TokenEndpoint;
  readonly source: HttpTokenSourceSetting;
}

/** An account of the options. */
export interface ConfiguredAccount {
  readonly branch: Branch;
  readonly credentials: AccountCredentials;
  readonly account: Account;
}

/**
 * The accounts of one API: those of the options, which stay; those that the app looks up, which come and go; and their
 * further tokens, asked for with other parameters.
 */
export class AccountPool {
  readonly #parts: AccountPoolParts;
  readonly #transport: (connection: ConnectionConfig) => TokenTransport;
  readonly #configured = new Map<string, ConfiguredAccount>();
  readonly #lookup: { readonly branch: Branch; readonly reader: CredentialsReader } | undefined;
  readonly #lookedUp: LookedUpAccounts;
  #closed = false;

  constructor(parts: AccountPoolParts) {
    this.#parts = parts;
    const { resolved, setting, adapter } = parts;
    const { api, lookup, maxTokenRequestsPerMinute: perMinute } = resolved;
    const { clock } = setting;
    const budget = perMinute === undefined ? undefined : new RequestBudget(perMinute, clock);
    this.#transport = (connection) => {
      const transport = createTokenTransport(adapter, connection);
      return budget ? budgeted(transport, api.name, budget, clock) : transport;
    };
    this.#lookedUp = new LookedUpAccounts({
      maxAccounts: lookup?.maxAccounts ?? MAX_ACCOUNTS,
      idleMs: lookup?.idleMs ?? ACCOUNT_IDLE_MS,
      clock,
      onEvicted: (account, reason) => this.#evicted(account, reason),
    });
    for (const account of resolved.accounts) this.#configured.set(account.name, this.#configure(account));
    if (lookup) {
      const texts = Object.keys(api.settings).filter((name) => api.settings[name] === 'text');
      const reader = resolvedCredentials(lookup.resolve, api.credentials, [...api.tokenParams, ...texts]);
      this.#lookup = { branch: this.#branch(lookup.site), reader };
    }
  }

  get api(): string {
    return this.#parts.resolved.api.name;
  }

  /** Names of the accounts of the options. */
  get names(): string[] {
    return [...this.#configured.keys()];
  }

  /** Where outbound calls may find an account here. */
  get candidates(): Candidate[] {
    const named = [...this.#configured].map(([name, { branch }]) => ({
      api: this.api,
      name,
      site: branch.site,
      account: (_: string, tokenParams?: TokenParams) => this.knownAccount(name, tokenParams),
    }));
    const account = (id: string, tokenParams?: TokenParams): Account => this.account(id, tokenParams);
    return this.#lookup ? [...named, { api: this.api, site: this.#lookup.branch.site, account }] : named;
  }

  /** @throws AccountError */
  rawParts(id: string, tokenParams?: TokenParams): RawParts {
    const branch = this.#branchOf(id);
    const credentials = this.#credentials(id, tokenParams);
    return { endpoint: branch.endpoint, credentials, tokenParams: compact(tokenParams ?? {}) };
  }

  /** What the accounts that the app looks up have in common; `undefined` when it does not look any up. */
  get lookupBranch(): Branch | undefined {
    return this.#lookup?.branch;
  }

  configured(name: string): ConfiguredAccount | undefined {
    return this.#configured.get(name);
  }

  /**
   * An account by its name or id, and with other parameters another token of it. Counts as a use.
   *
   * @throws AccountError (`UNKNOWN_ACCOUNT`) when the options have none of that name, and none are looked up;
   *   AuthApisOptionsError when the id or a parameter cannot be used
   */
  account(id: string, tokenParams?: TokenParams): Account {
    if (id === DEFAULT_ACCOUNT) this.checkDefault();
    return this.knownAccount(id, tokenParams);
  }

  /** The same without asking what `default` means: for whoever holds a client, or has the name from the options. */
  knownAccount(id: string, tokenParams?: TokenParams): Account {
    const configured = tokenParams ? undefined : this.#configured.get(id);
    if (configured) return configured.account;
    const key = tokenKey(id, tokenParams);
    return this.#lookedUp.get(key) ?? this.#open(key, id, tokenParams);
  }

  /**
   * Whether `account` can have a chance; opens nothing.
   *
   * @throws AccountError (`UNKNOWN_ACCOUNT`), AuthApisOptionsError
   */
  check(id: string, tokenParams?: TokenParams): void {
    checkNames(id, tokenParams, this.#parts.resolved.api);
    this.#branchOf(id);
  }

  /**
   * The unnamed account is called so; beside a lookup it could as well be a customer's id, who must not get its token.
   *
   * @throws AccountError (`AMBIGUOUS_ACCOUNT`)
   */
  checkDefault(): void {
    if (!this.#lookup || !this.#configured.has(DEFAULT_ACCOUNT)) return;
    const message =
      `${this.api}: "${DEFAULT_ACCOUNT}" is what the unnamed account of the options is called, and no id beside it: ` +
      'give that account a name of its own';
    throw new AccountError('AMBIGUOUS_ACCOUNT', message, { api: this.api, account: DEFAULT_ACCOUNT });
  }

  /** Drops the tokens of an account that is not one of the options. @returns whether there were any */
  forget(id: string): boolean {
    return this.#lookedUp.drop(id);
  }

  /** All accounts that are held, those of the options first. */
  *accounts(): IterableIterator<Account> {
    for (const { account } of this.#configured.values()) yield account;
    yield* this.#lookedUp;
  }

  /** Those that come and go, as they are now. */
  get lookedUp(): readonly Account[] {
    return [...this.#lookedUp];
  }

  /** How many of those that are looked up, and of further tokens, stand how; added to `counts`. */
  standings(counts?: HealthCounts): HealthCounts {
    return countHealth(this.#lookedUp, counts);
  }

  close(): void {
    this.#closed = true;
    this.#lookedUp.close();
    for (const { tokens } of this.accounts()) tokens.close();
  }

  #configure({ name, site, secrets }: ResolvedAccount): ConfiguredAccount {
    const branch = this.#branch(site);
    const label = { api: this.api, account: name };
    const credentials = new AccountCredentials(label, configuredCredentials(secrets));
    const tokens = this.#tokens(branch, credentials);
    const account: Account = { site: branch.site, tokens };
    this.#parts.caretaker.take(account, true);
    return { branch, credentials, account };
  }

  #branch(site: ResolvedSite): Branch {
    const { setting } = this.#parts;
    const { api, endpoints, settings, tokenParams, origins, tokenLifetimeMs } = site;
    const endpoint = new TokenEndpoint({
      api,
      settings,
      tokenParams: compact(tokenParams),
      urls: endpoints.tokenURLs,
      transport: this.#transport(connectionOf(site)),
      wallNow: () => setting.clock.wallNow(),
    });
    return {
      site: {
        baseURL: endpoints.baseURL,
        tokenURLs: endpoints.tokenURLs.map((url) => new URL(url)).map(({ origin, pathname }) => origin + pathname),
        origins,
        mayBeInsecure: site.allowInsecure,
        tokenHeader: api.tokenHeader,
        confidential: [...CONFIDENTIAL_HEADERS, api.tokenHeader.name],
      },
      endpoint,
      source: { endpoint, configuredLifetimeMs: tokenLifetimeMs, clock: setting.clock },
    };
  }

  /** An account that is not in use: one that the app looks up, or a further token of one of the options. */
  #open(key: string, id: string, tokenParams: TokenParams | undefined): Account {
    const configured = this.#configured.get(id);
    if (configured && key === id) return configured.account; // none of the parameters says anything
    this.check(id, tokenParams);
    const branch = this.#branchOf(id);
    const credentials = this.#credentials(id, tokenParams);
    const tokens = this.#tokens(branch, credentials, tokenParams, () => this.#lookedUp.settle(key, account));
    const account: Account = { site: branch.site, tokens };
    if (this.#closed) account.tokens.close();
    else {
      this.#lookedUp.add(key, account);
      this.#parts.caretaker.take(account, false);
    }
    return account;
  }

  #branchOf(id: string): Branch {
    const branch = this.#configured.get(id)?.branch ?? this.#lookup?.branch;
    if (branch) return branch;
    const message = `There is no ${this.api} account "${id}"; configured: ${this.names.join(', ') || 'none'}`;
    throw new AccountError('UNKNOWN_ACCOUNT', message, { api: this.api, account: id });
  }

  #credentials(id: string, tokenParams: TokenParams | undefined): AccountCredentials {
    const label = tokenLabel(this.api, id, tokenParams);
    const configured = this.#configured.get(id);
    return configured ? configured.credentials.labelled(label) : new AccountCredentials(label, this.#lookup!.reader);
  }

  #tokens(
    branch: Branch,
    credentials: AccountCredentials,
    tokenParams?: TokenParams,
    onFirst?: () => void,
  ): TokenCache {
    const source = new HttpTokenSource(branch.source, credentials, tokenParams && compact(tokenParams), onFirst);
    const { shared, setting } = this.#parts;
    return new TokenCache(
      shared ? new SharedTokenSource(source, credentials.label, shared) : source,
      setting,
      credentials.label,
    );
  }

  #evicted(account: Account, reason: AccountEvictedEvent['reason']): void {
    this.#parts.caretaker.release(account);
    account.tokens.noteEviction(reason);
  }
}

/** Ids and parameters may come from a request of somebody's. @throws AccountError, AuthApisOptionsError */
function checkNames(id: string, tokenParams: TokenParams | undefined, api: TokenApi): void {
  const idProblem = accountIdProblem(id);
  if (idProblem) {
    throw new AccountError('UNKNOWN_ACCOUNT', `${api.name}: the name or id of an account ${idProblem}`, {
      api: api.name,
    });
  }
  const problems = Object.entries(tokenParams ?? {}).flatMap(([name, value]) => {
    if (!api.tokenParams.includes(name))
      return [`${name} is no parameter of ${api.name}'s tokens: ${listOf(api.tokenParams)}`];
    const problem = value === undefined ? undefined : secretProblem(value);
    return problem ? [`${name} ${problem}`] : [];
  });
  if (problems.length) throw new AuthApisOptionsError(problems, `What a token of ${api.name} is asked for with`);
}

const listOf = (names: readonly string[]): string => (names.length ? `it has ${names.join(', ')}` : 'it has none');

/** What token requests take over from the account's `http`: how to reach the vendor, no more. */
function connectionOf({ http, allowInsecure }: ResolvedSite): ConnectionConfig {
  const { proxy, httpAgent, httpsAgent, lookup, family, socketPath, headers }: AxiosRequestConfig = http;
  return { proxy, httpAgent, httpsAgent, lookup, family, socketPath, headers, mayBeInsecure: allowInsecure };
}
