import type { RawRequestParts } from '../accounts/account.js';
import { AuthApisOptionsError } from '../common/errors.js';
import { secretProblem } from '../common/secret.js';
import { attempt } from '../request/attempt.js';
import type { TokenExchange } from '../request/token-endpoint.js';
import type { TokenParams } from '../request/round-trip.js';
import { attemptTimeoutError } from '../request/token-request.errors.js';
import { compact } from '../vendors/wire.js';

/** A vendor's answer with what came around it. @publicApi */
export interface WithHttpInfo<T> {
  readonly data: T;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One request to a token endpoint under the account's time limit. */
export type RawRequest = (given: TokenParams) => Promise<WithHttpInfo<unknown>>;

/** What all raw authentication APIs are made of; `given` may hold credentials, parameters, and what one request may say. */
export function requester({ endpoint, credentials, tokenParams }: RawRequestParts): RawRequest {
  const { clock, tokenRequestTimeoutMs, shutdown } = endpoint.deps.context;
  const { label } = credentials;
  const timeoutError = (): Error => attemptTimeoutError(label, tokenRequestTimeoutMs);
  return async (given) => {
    const own = Object.fromEntries(
      endpoint.credentialNames.flatMap((name) => (given[name] ? [[name, given[name]]] : [])),
    );
    const asked = { ...tokenParams, ...compact(given) };
    const work = async (signal: AbortSignal): Promise<TokenExchange> => {
      if (Object.keys(own).length === 0) return endpoint.exchange(credentials, asked, signal);
      const isWhole = endpoint.credentialNames.every((name) => name in own);
      const read = isWhole ? undefined : await credentials.read(signal);
      return endpoint.exchangeWith({ ...read?.sets[0], ...own }, label, { ...read?.extras, ...asked }, signal);
    };
    shutdown.throwIfAborted();
    const running = attempt(work, { clock, timeoutMs: tokenRequestTimeoutMs, timeoutError });
    const abort = (): void => running.abort(shutdown.reason as Error);
    shutdown.addEventListener('abort', abort, { once: true });
    try {
      const { data, response } = await running.outcome;
      return { data, status: response.status, headers: response.headers };
    } finally {
      shutdown.removeEventListener('abort', abort);
    }
  };
}

/** What goes into a header or a credential, checked as the options are. @throws AuthApisOptionsError */
export function checkTexts(params: Readonly<Record<string, unknown>>, subject: string, ...more: string[]): void {
  const problems = Object.entries(params).flatMap(([name, value]) => {
    const problem = value === undefined ? undefined : secretProblem(value);
    return problem ? [`${name} ${problem}`] : [];
  });
  if (problems.length + more.length) throw new AuthApisOptionsError([...problems, ...more], subject);
}

/**
 * A token API's authentication as it is: each call is one request, nothing is remembered. The token stands in the answer
 * for everyone to see; `client.tokens` is what hides it and keeps it fresh.
 *
 * @publicApi
 */
export class AuthenticationApi<Credential extends string, Param extends string, PerRequest extends string, Data> {
  readonly #request: RawRequest;
  readonly #names: ReadonlySet<string>;

  /** @internal */
  constructor(parts: RawRequestParts, names: readonly string[]) {
    this.#request = requester(parts);
    this.#names = new Set([...parts.endpoint.credentialNames, ...names]);
  }

  /**
   * Buys a token.
   *
   * @param given credentials and parameters for this request alone, in place of the account's
   * @throws CredentialsRejectedError, TokenEndpointError, SecretUnavailableError, AccountError, TokenRateLimitError,
   *   AuthApisClosedError; AuthApisOptionsError when what is given cannot be sent
   */
  async auth(given?: Readonly<Partial<Record<Credential | Param | PerRequest, string>>>): Promise<Data> {
    return (await this.authWithHttpInfo(given)).data;
  }

  /** The same, with status and headers. */
  async authWithHttpInfo(
    given?: Readonly<Partial<Record<Credential | Param | PerRequest, string>>>,
  ): Promise<WithHttpInfo<Data>> {
    const params: TokenParams = { ...given };
    const unknown = Object.keys(params).filter((name) => !this.#names.has(name));
    checkTexts(
      params,
      'The parameters of auth()',
      ...unknown.map((name) => `${name} is not known: check its spelling`),
    );
    return (await this.#request(params)) as WithHttpInfo<Data>;
  }
}
