import type { AxiosAdapter } from 'axios';
import type { Context } from '../common/context.js';
import { accountIdProblem } from '../common/account-id.js';
import { ACCOUNT_IDLE_MS, MAX_ACCOUNTS } from '../common/defaults.js';
import { AccountError, AuthApisOptionsError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import { secretProblem } from '../common/secret.js';
import type { ResolvedAccount, ResolvedApi } from '../config/resolve-options.js';
import type { Site } from '../config/site.js';
import { AccountCredentials } from '../request/account-credentials.js';
import type { CredentialsReader } from '../request/credentials.js';
import { configuredCredentials, resolvedCredentials } from '../request/credentials.js';
import { HttpTokenSource } from '../request/http-token.source.js';
import { rateLimited, TokenRateLimit } from '../request/token-rate-limit.js';
import { SharedTokenSource } from '../request/shared-token.source.js';
import type { TokenParams } from '../request/round-trip.js';
import { TokenEndpoint } from '../request/token-endpoint.js';
import { createTokenTransport } from '../request/token-transport.js';
import { TokenCache } from '../token/token-cache.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import type { Sharing } from '../store/sharing.js';
import type { HealthCounts } from '../token/health-counts.js';
import { countHealth } from '../token/health-counts.js';
import type { TokenApi } from '../vendors/token-api.js';
import { compact } from '../vendors/wire.js';
import type { Account, Candidate } from './account.js';
import { LookedUpAccounts } from './looked-up-accounts.js';
import { tokenKey, tokenLabel } from './token-key.js';

/** Plans the refreshes of accounts' tokens. */
export interface RefreshPlanner {
  /** @param isConfigured in the options, and so to be refreshed whether or not anybody calls */
  add(account: Account, isConfigured: boolean): void;
  remove(account: Account): void;
}

export interface AccountPoolDeps {
  readonly context: Context;
  /** axios's http adapter, for the token requests. */
  readonly adapter: AxiosAdapter;
  readonly planner: RefreshPlanner;
  /** Set when tokens are shared with other replicas. */
  readonly sharing?: Sharing;
}

/** What a raw request for an account is made of: it remembers nothing. */
export interface RawRequestParts {
  readonly endpoint: TokenEndpoint;
  readonly credentials: AccountCredentials;
  /** What is asked for unless a request says otherwise. */
  readonly tokenParams: TokenParams;
}

/** An account of the options. */
interface ConfiguredAccount extends Account {
  readonly endpoint: TokenEndpoint;
  readonly credentials: AccountCredentials;
}

/**
 * The accounts of one API: those of the options, which stay; those that the app looks up, which come and go; and their
 * further tokens, asked for with other parameters.
 */
export class AccountPool {
  readonly #api: TokenApi;
  readonly #deps: AccountPoolDeps;
  readonly #rateLimit: TokenRateLimit | undefined;
  readonly #configured = new Map<string, ConfiguredAccount>();
  readonly #lookup: { readonly endpoint: TokenEndpoint; readonly reader: CredentialsReader } | undefined;
  readonly #lookedUp: LookedUpAccounts;
  #closed = false;

  constructor({ api, accounts, lookup, maxTokenRequestsPerMinute: perMinute }: ResolvedApi, deps: AccountPoolDeps) {
    this.#api = api;
    this.#deps = deps;
    const { clock } = deps.context;
    this.#rateLimit = perMinute === undefined ? undefined : new TokenRateLimit(perMinute, clock);
    this.#lookedUp = new LookedUpAccounts({
      maxAccounts: lookup?.maxAccounts ?? MAX_ACCOUNTS,
      idleMs: lookup?.idleMs ?? ACCOUNT_IDLE_MS,
      clock,
      onEvicted: (account, reason) => this.#evicted(account, reason),
    });
    for (const account of accounts) this.#configured.set(account.name, this.#configure(account));
    if (lookup) {
      const texts = Object.keys(api.settings).filter((name) => api.settings[name] === 'text');
      const reader = resolvedCredentials(lookup.resolve, api.credentials, [...api.tokenParams, ...texts]);
      this.#lookup = { endpoint: this.#endpoint(lookup.site), reader };
    }
  }

  get api(): string {
    return this.#api.name;
  }

  /** Names of the accounts of the options. */
  get names(): string[] {
    return [...this.#configured.keys()];
  }

  /** Where outbound calls may find an account here. */
  get candidates(): Candidate[] {
    const named = [...this.#configured].map(([name, { site }]) => ({
      api: this.api,
      name,
      site,
      account: (_: string, tokenParams?: TokenParams) => this.knownAccount(name, tokenParams),
    }));
    const account = (id: string, tokenParams?: TokenParams): Account => this.account(id, tokenParams);
    return this.#lookup ? [...named, { api: this.api, site: this.#lookup.endpoint.site, account }] : named;
  }

  /** @throws AccountError */
  rawRequestParts(id: string, tokenParams: TokenParams = {}): RawRequestParts {
    const endpoint = this.#endpointOf(id);
    return { endpoint, credentials: this.#credentials(id, tokenParams), tokenParams: compact(tokenParams) };
  }

  /** What the accounts that the app resolves have in common; `undefined` when it does not resolve any. */
  get resolvedSite(): Site | undefined {
    return this.#lookup?.endpoint.site;
  }

  configured(name: string): Account | undefined {
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
    if (configured) return configured;
    const key = tokenKey(id, tokenParams);
    return this.#lookedUp.get(key) ?? this.#open(key, id, tokenParams);
  }

  /**
   * Whether `account` can have a chance; opens nothing.
   *
   * @throws AccountError (`UNKNOWN_ACCOUNT`), AuthApisOptionsError
   */
  check(id: string, tokenParams?: TokenParams): void {
    checkNames(id, tokenParams, this.#api);
    this.#endpointOf(id);
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
    yield* this.#configured.values();
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
    const endpoint = this.#endpoint(site);
    const credentials = new AccountCredentials({ api: this.api, account: name }, configuredCredentials(secrets));
    const account = { site, endpoint, credentials, tokens: this.#tokens(endpoint, credentials) };
    this.#deps.planner.add(account, true);
    return account;
  }

  #endpoint(site: Site): TokenEndpoint {
    const { context, adapter } = this.#deps;
    const transport = createTokenTransport(adapter, site.connection, site.allowInsecure);
    const limited = this.#rateLimit ? rateLimited(transport, this.api, this.#rateLimit, context.clock) : transport;
    return new TokenEndpoint({ site, context, transport: limited, policy: site.refresh });
  }

  /** An account that is not in use: one that the app looks up, or a further token of one of the options. */
  #open(key: string, id: string, tokenParams: TokenParams | undefined): Account {
    const configured = this.#configured.get(id);
    if (configured && key === id) return configured; // none of the parameters says anything
    this.check(id, tokenParams);
    const endpoint = this.#endpointOf(id);
    const credentials = this.#credentials(id, tokenParams);
    const tokens = this.#tokens(endpoint, credentials, tokenParams, () => this.#lookedUp.settle(key, account));
    const account: Account = { site: endpoint.site, tokens };
    if (this.#closed) account.tokens.close();
    else {
      this.#lookedUp.add(key, account);
      this.#deps.planner.add(account, false);
    }
    return account;
  }

  #endpointOf(id: string): TokenEndpoint {
    const { endpoint } = this.#configured.get(id) ?? this.#lookup ?? {};
    if (endpoint) return endpoint;
    const message = `There is no ${this.api} account "${id}"; configured: ${this.names.join(', ') || 'none'}`;
    throw new AccountError('UNKNOWN_ACCOUNT', message, { api: this.api, account: id });
  }

  #credentials(id: string, tokenParams: TokenParams | undefined): AccountCredentials {
    const label = tokenLabel(this.api, id, tokenParams);
    const configured = this.#configured.get(id);
    return configured ? configured.credentials.labelled(label) : new AccountCredentials(label, this.#lookup!.reader);
  }

  #tokens(
    endpoint: TokenEndpoint,
    credentials: AccountCredentials,
    tokenParams?: TokenParams,
    onFirst?: () => void,
  ): TokenCache {
    const { label } = credentials;
    const { sharing } = this.#deps;
    const source = new HttpTokenSource(endpoint, credentials, tokenParams && compact(tokenParams), onFirst);
    return new TokenCache(sharing ? new SharedTokenSource(source, label, sharing) : source, endpoint.deps, label);
  }

  #evicted(account: Account, reason: AccountEvictedEvent['reason']): void {
    this.#deps.planner.remove(account);
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
