import type { AccountCredentials } from './account-credentials.js';
import type { TokenEndpoint } from './token-endpoint.js';
import type { TokenParams } from './round-trip.js';
import { tokenLifetimeMs } from './token-lifetime.js';
import type { ReadCredentials } from './credentials.js';
import { sorted } from './sorted.js';
import type { ShareableSource } from './shared-token.source.js';
import type { IssuedToken, TokenSource } from './token-source.js';

/** The token source that asks the vendor: one account, and what its token is asked for with. */
export class HttpTokenSource implements ShareableSource {
  readonly #endpoint: TokenEndpoint;
  readonly #credentials: AccountCredentials;
  readonly #tokenParams: TokenParams;
  #onFirst: (() => void) | undefined;
  /** Read to tell whose token it is: what is asked with next, so that both are the same. */
  #ahead: ReadCredentials | undefined;

  /**
   * @param tokenParams another scope, say, is another token and another source
   * @param onFirst told once, of the first token
   */
  constructor(
    endpoint: TokenEndpoint,
    credentials: AccountCredentials,
    tokenParams: TokenParams = {},
    onFirst?: () => void,
  ) {
    this.#endpoint = endpoint;
    this.#credentials = credentials;
    this.#tokenParams = tokenParams;
    this.#onFirst = onFirst;
  }

  async fetch(signal: AbortSignal): Promise<IssuedToken> {
    const { site, context } = this.#endpoint.deps;
    const exchange = this.#endpoint.exchange(this.#credentials, this.#tokenParams, signal, this.#ahead);
    this.#ahead = undefined;
    context.clock.whileBusy?.(exchange);
    const { token, toldMs, documentedMs, response, secret } = await exchange;
    const lifetimeMs = tokenLifetimeMs(token, {
      documentedMs,
      toldMs,
      configuredMs: site.tokenLifetimeMs,
      responseDate: response.headers.date,
    });
    this.noteToken();
    return { value: token, lifetimeMs, secret };
  }

  noteToken(): void {
    this.#onFirst?.();
    this.#onFirst = this.#ahead = undefined;
  }

  /** What is asked where, with whose credentials: whoever has all of that would get the same token, for the same life. */
  async identity(signal: AbortSignal): Promise<string> {
    const { label } = this.#credentials;
    this.#ahead = await this.#credentials.read(signal);
    const { sets, extras } = this.#ahead;
    // Of a pair either may come first.
    const credentials = sets.map((set) => JSON.stringify(sorted(set))).toSorted();
    const tokenParams = sorted({ ...extras, ...this.#tokenParams });
    return JSON.stringify([
      this.#endpoint.identity,
      label.account,
      credentials,
      tokenParams,
      this.#endpoint.site.tokenLifetimeMs,
    ]);
  }

  /** Undefined where nothing can change: nobody need ask. */
  get credentialsChanged(): TokenSource['credentialsChanged'] {
    return this.#credentials.isDynamic ? (signal) => this.#credentials.changed(signal) : undefined;
  }
}
