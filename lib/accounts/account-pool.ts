import type { AxiosAdapter } from 'axios';
import type { Context } from '../common/context.js';
import { accountIdProblem, unusableName } from '../common/account-id.js';
import { ACCOUNT_IDLE_MS, MAX_ACCOUNTS } from '../common/defaults.js';
import { AccountError, AuthApisOptionsError } from '../common/errors.js';
import { isRecord } from '../common/is-object.js';
import { secretProblem } from '../common/secret.js';
import type { ResolvedAccount, ResolvedApi } from '../config/resolve-options.js';
import type { Site } from '../config/site.js';
import { AccountCredentials } from '../request/account-credentials.js';
import { configuredCredentials, type CredentialsReader, resolvedCredentials } from '../request/credentials.js';
import { HttpTokenSource } from '../request/http-token.source.js';
import { rateLimited, TokenRateLimit } from '../request/token-rate-limit.js';
import { SharedTokenSource } from '../request/shared-token.source.js';
import type { TokenParams } from '../request/round-trip.js';
import { TokenEndpoint } from '../request/token-endpoint.js';
import { createTokenTransport } from '../request/token-transport.js';
import { TokenCache } from '../token/token-cache.js';
import type { AccountEvictedEvent } from '../common/token-events.js';
import type { Sharing } from '../store/sharing.js';
import { countHealth, type HealthCounts } from '../token/health-counts.js';
import type { TokenApi } from '../vendors/token-api.js';
import { compact } from '../vendors/wire.js';
import type { Account, Candidate, RawRequestParts } from './account.js';
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
      account: (_: string, tokenParams?: TokenParams) => this.account(name, tokenParams, true),
    }));
    const account = (id: string, tokenParams?: TokenParams): Account => this.account(id, tokenParams);
    return this.#lookup ? [...named, { api: this.api, site: this.#lookup.endpoint.site, account }] : named;
  }

  /** @throws AccountError, AuthApisOptionsError */
  rawRequestParts(id: string, tokenParams?: TokenParams, isFixed?: boolean): RawRequestParts {
    const { params = {}, ...account } = this.#asked(id, tokenParams, isFixed);
    return { ...this.#partsOf({ ...account, params }), tokenParams: params };
  }

  /** What the dynamic accounts have in common; `undefined` when the app does not resolve any. */
  get resolvedSite(): Site | undefined {
    return this.#lookup?.endpoint.site;
  }

  configured(name: string): Account | undefined {
    return this.#configured.get(name);
  }

  /**
   * An account, and with other parameters another token of it. Counts as a use. An id may come from a request: where the
   * app resolves ids, it is never the name of a fixed account.
   *
   * @param isFixed one of the options, by its name, as code alone says it
   * @throws AccountError (`UNKNOWN_ACCOUNT`) when there is none of that name, and the app does not resolve ids;
   *   AuthApisOptionsError when a parameter cannot be used
   */
  account(id: string, tokenParams?: TokenParams, isFixed?: boolean): Account {
    const asked = this.#asked(id, tokenParams, isFixed);
    if (asked.isFixed && !asked.params) return this.#fixed(id);
    const key = tokenKey(id, asked.params, asked.isFixed);
    return this.#lookedUp.get(key) ?? this.#open(key, asked);
  }

  /**
   * Whether `account` can have a chance; opens nothing.
   *
   * @returns the parameters that say something; `undefined` when none does
   * @throws AccountError (`UNKNOWN_ACCOUNT`), AuthApisOptionsError
   */
  check(id: string, tokenParams?: TokenParams, isFixed?: boolean): TokenParams | undefined {
    const asked = this.#asked(id, tokenParams, isFixed);
    if (asked.isFixed) this.#fixed(id);
    return asked.params;
  }

  /** Drops the tokens of a dynamic account, or the further ones of a fixed account. @returns whether there were any */
  forget(id: string): boolean {
    return accountIdProblem(id) === undefined && this.#lookedUp.drop(tokenKey(id, undefined, !this.#lookup));
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

  /** Before anything is looked up: what is no text could find what another account has. */
  #asked(id: string, tokenParams: TokenParams | undefined, isFixed = this.#lookup === undefined): Asked {
    const problem = accountIdProblem(id);
    if (problem) throw unusableName(problem, this.api);
    return { id, params: tokenParams === undefined ? undefined : paramsOf(tokenParams, this.#api), isFixed };
  }

  /** An account that is not in use: a dynamic one, or a further token of a fixed one. */
  #open(key: string, asked: Asked): Account {
    const { endpoint, credentials } = this.#partsOf(asked);
    const tokens = this.#tokens(endpoint, credentials, asked.params, () => this.#lookedUp.settle(key, account));
    const account: Account = { site: endpoint.site, tokens };
    if (this.#closed) account.tokens.close();
    else {
      this.#lookedUp.add(key, account);
      this.#deps.planner.add(account, false);
    }
    return account;
  }

  #partsOf({ id, params, isFixed }: Asked): Pick<RawRequestParts, 'endpoint' | 'credentials'> {
    const label = tokenLabel(this.api, id, params, isFixed);
    if (isFixed) {
      const { endpoint, credentials } = this.#fixed(id);
      return { endpoint, credentials: credentials.labelled(label) };
    }
    const { endpoint, reader } = this.#lookup!;
    return { endpoint, credentials: new AccountCredentials(label, reader) };
  }

  #fixed(name: string): ConfiguredAccount {
    const found = this.#configured.get(name);
    if (found) return found;
    const message = `There is no ${this.api} account "${name}"; configured: ${this.names.join(', ') || 'none'}`;
    throw new AccountError('UNKNOWN_ACCOUNT', message, { api: this.api, account: name });
  }

  #tokens(
    endpoint: TokenEndpoint,
    credentials: AccountCredentials,
    tokenParams?: TokenParams,
    onFirst?: () => void,
  ): TokenCache {
    const { label } = credentials;
    const { sharing } = this.#deps;
    const source = new HttpTokenSource(endpoint, credentials, tokenParams, onFirst);
    return new TokenCache(sharing ? new SharedTokenSource(source, label, sharing) : source, endpoint.deps, label);
  }

  #evicted(account: Account, reason: AccountEvictedEvent['reason']): void {
    this.#deps.planner.remove(account);
    account.tokens.noteEviction(reason);
  }
}

/** Which token is asked for, checked. */
interface Asked {
  readonly id: string;
  /** Those that say something. */
  readonly params: TokenParams | undefined;
  readonly isFixed: boolean;
}

/** A copy of those that say something: what is checked is what is sent. @throws AuthApisOptionsError */
function paramsOf(given: unknown, api: TokenApi): TokenParams | undefined {
  const subject = `What a token of ${api.name} is asked for with`;
  if (!isRecord(given)) throw new AuthApisOptionsError(['tokenParams must be an object of names and texts'], subject);
  const params = compact({ ...given });
  const problems = Object.entries(params).flatMap(([name, value]) => {
    if (!api.tokenParams.includes(name))
      return [`${name} is no parameter of ${api.name}'s tokens: ${listOf(api.tokenParams)}`];
    const problem = secretProblem(value);
    return problem ? [`${name} ${problem}`] : [];
  });
  if (problems.length) throw new AuthApisOptionsError(problems, subject);
  return Object.keys(params).length > 0 ? (params as TokenParams) : undefined;
}

const listOf = (names: readonly string[]): string => (names.length ? `it has ${names.join(', ')}` : 'it has none');
