import { type Observable, Subject } from 'rxjs';
import type { Account, Candidate } from '../accounts/account.js';
import type { AccountPool, RefreshPlanner } from '../accounts/account-pool.js';
import type { AuthClientOf } from '../clients/auth.client.js';
import type { BuiltInClients } from '../clients/built-in.js';
import type { Clock } from '../common/clock.js';
import { type CallReports, Context } from '../common/context.js';
import { AccountError, AuthApisClosedError, AuthApisOptionsError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { OpenLeases } from '../store/open-leases.js';
import type { Sharing } from '../store/sharing.js';
import { StoreGuard } from '../store/store-guard.js';
import type { AuthApisEvent } from '../common/token-events.js';
import type { TokenObserver } from '../common/token-observer.js';
import type { TokenStatus } from '../token/token-status.js';
import { apiNameOf } from '../vendors/api-name.js';
import type { TokenApi } from '../vendors/token-api.js';
import { ApiClients } from './api-clients.js';
import { survive } from './survive.js';

/**
 * The clients by the name of their API. An app may add its own:
 * `declare module 'nestjs-auth-apis' { interface ClientsByApi { readonly acme: AuthClientOf<typeof acme> } }`.
 *
 * @publicApi
 */
export interface ClientsByApi extends BuiltInClients {}

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
  readonly #apis: ReadonlyMap<string, ApiClients>;
  readonly #context: Context;
  readonly #sharing: Sharing | undefined;
  readonly #events = new Subject<AuthApisEvent>();

  /**
   * Everything that happens to the accounts' tokens, as it happens; completes at shutdown. Holds no secret.
   *
   * An error that a subscriber throws is an uncaught exception, as with every RxJS observable, and ends the process: catch
   * errors in the subscriber, or set `config.onUnhandledError` of RxJS. It reaches no call and no other subscriber.
   */
  readonly events$: Observable<AuthApisEvent> = this.#events.asObservable();

  /** @internal */
  constructor(options: ResolvedOptions, planner: RefreshPlanner, reports?: CallReports) {
    const context = new Context({ ...options, emit: (event) => this.#events.next(event), reports });
    this.#context = context;
    const sharing = this.#share(options);
    this.#sharing = sharing;
    this.#apis = new Map(options.apis.map((api) => [api.api.name, new ApiClients(api, { context, planner, sharing })]));
  }

  /**
   * The client of an account.
   *
   * @param api by its name, or as `defineTokenApi` made it
   * @param name the account's id where the app resolves ids, and the client of a fixed account beside them is injected
   *   (`@InjectSparkfly('own')`); else the account's name. Without it, the unnamed account
   * @throws AccountError (`UNKNOWN_ACCOUNT`), listing those that exist; AuthApisOptionsError when `api` is none
   */
  client<Api extends keyof ClientsByApi>(api: Api, name?: string): ClientsByApi[Api];
  client<Api extends TokenApiName>(api: Api, name?: string): AuthClientOf<Api>;
  client(api: string | TokenApiName, ...given: [name?: string]): object {
    const called = apiNameOf(api);
    const [name] = given;
    const found = this.#apis.get(called);
    // An id that is missing must not be taken for a wish for the unnamed account.
    const isUnnamed = given.length === 0 || (name === undefined && !found?.pool.resolvedSite);
    if (found) return isUnnamed ? found.unnamed() : found.client(name!);
    const known = [...this.#apis.values()].filter(({ pool }) => pool.candidates.length > 0).map((each) => each.name);
    const message = `There is no API "${called}"; configured: ${known.join(', ') || 'none'}`;
    throw new AccountError('UNKNOWN_ACCOUNT', message, { api: called, account: name ?? DEFAULT_ACCOUNT });
  }

  /** Every account that is held at a glance, without secrets; ids that the app does not know are none. */
  statuses(): TokenStatus[] {
    return [...this.#accounts()].filter(({ tokens }) => !tokens.isUnknown).map(({ tokens }) => tokens.status());
  }

  /**
   * Drops the tokens of a dynamic account: of a customer who has left, say. Its next call resolves it anew. Fixed accounts
   * stay.
   *
   * @returns whether there were any
   * @throws AuthApisOptionsError when `api` or `id` is no text
   */
  forget(api: string | TokenApiName, id: string): boolean {
    const found = this.#apis.get(apiNameOf(api));
    if (typeof id !== 'string')
      throw new AuthApisOptionsError(['the id must be a string'], 'What is given to forget()');
    return found?.pool.forget(id) ?? false;
  }

  /**
   * Puts `observer` around token requests, waits for them, and store operations; one at a time.
   *
   * @returns takes it away again
   * @internal
   */
  observe(observer: TokenObserver): () => void {
    this.#context.observer = observer;
    return () => {
      if (this.#context.observer === observer) this.#context.observer = undefined;
    };
  }

  /**
   * Subscribes a listener of ours to `events$`: an error that it throws is logged.
   *
   * @internal
   */
  listen(listener: (event: AuthApisEvent) => void): void {
    this.#events.subscribe((event) => survive(() => listener(event)));
  }

  /** @internal Names of an API's accounts. */
  namesOf(api: string): string[] {
    return this.#apis.get(api)?.pool.names ?? [];
  }

  /** @internal What is injected for a name; that of the unnamed account may be the client for all that are looked up. */
  injectable(api: string, name: string): object {
    const found = this.#apis.get(api)!;
    return found.injectable(name);
  }

  /** @internal Whether there is a client of that name. */
  has(api: string, name: string): boolean {
    return this.#apis.get(api)?.has(name) ?? false;
  }

  /** @internal Whether an account of the options has a living token. */
  isLiving(api: string, name: string): boolean {
    return this.#apis.get(api)?.pool.configured(name)?.tokens.peek() !== undefined;
  }

  /** @internal Where outbound calls may find their account. */
  get candidates(): readonly Candidate[] {
    return [...this.#apis.values()].flatMap(({ pool }) => pool.candidates);
  }

  /** @internal All accounts, by API. */
  get pools(): readonly AccountPool[] {
    return [...this.#apis.values()].map(({ pool }) => pool);
  }

  /** @internal What the app has once. */
  get context(): Context {
    return this.#context;
  }

  /** @internal */
  get clock(): Clock {
    return this.#context.clock;
  }

  /** @internal Whether the store that replicas share tokens through can be had; `undefined` without one. */
  get storeState(): 'up' | 'down' | undefined {
    return this.#sharing?.guard.state;
  }

  /** @internal The accounts of the options. */
  get configured(): readonly Account[] {
    return [...this.#apis.values()].flatMap(({ pool }) => pool.names.map((name) => pool.configured(name)!));
  }

  /**
   * Gives the leases back, and asks the store for nothing any more: the app may close its client then. Tokens that are
   * asked for later are this process's own.
   *
   * @internal
   */
  async leaveStore(): Promise<void> {
    this.#sharing?.leases.close();
    await this.#sharing?.guard.settled();
  }

  /** @internal */
  close(): void {
    this.#context.close(new AuthApisClosedError('The app is shutting down, no token is requested any more'));
    for (const { pool } of this.#apis.values()) pool.close();
    this.#events.complete();
  }

  #share({ store, storeTimeoutMs }: ResolvedOptions): Sharing | undefined {
    if (!store) return undefined;
    const context = this.#context;
    const { clock } = context;
    // The store is everybody's: it has no account.
    const tell = (event: { type: 'storeUnavailable'; problem: string } | { type: 'storeAvailable' }): void =>
      this.#events.next({ ...event, api: 'store', account: DEFAULT_ACCOUNT, at: Math.round(clock.wallNow()) });
    const guard = new StoreGuard(clock, storeTimeoutMs, {
      lost: (problem) => tell({ type: 'storeUnavailable', problem }),
      back: () => tell({ type: 'storeAvailable' }),
      ended: (...what) => this.#context.observer?.storeOperation(...what),
    });
    return { context, store, guard, leases: new OpenLeases() };
  }

  *#accounts(): IterableIterator<Account> {
    for (const { pool } of this.#apis.values()) yield* pool.accounts();
  }
}

/** Anything that `defineTokenApi` makes. */
type TokenApiName = Pick<TokenApi, 'name'>;
