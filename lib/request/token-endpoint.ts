import type { Context } from '../common/context.js';
import {
  type AccountLabel,
  isAuthApisError,
  isCredentialsRejectedError,
  TokenEndpointError,
} from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import { accountText } from '../common/messages.js';
import { thrownText } from '../common/thrown.js';
import type { Site } from '../config/site.js';
import type { TokenRequest, TokenResponse } from '../vendors/token-api.definition.js';
import { HEADER_NAME, parseJson, tokenText } from '../vendors/wire.js';
import type { AccountCredentials } from './account-credentials.js';
import type { CredentialSet, ReadCredentials } from './credentials.js';
import type { RoundTrip, TokenParams, TokenRequestSubject } from './round-trip.js';
import { sentSecrets } from './sent-secrets.js';
import { sorted } from './sorted.js';
import { isRejection, isSuccess, noAnswer, refusal } from './token-refusal.js';
import type { TokenTransport } from './token-transport.js';

/** What a token endpoint, and all that is made from it, is given: one object for each site. */
export interface EndpointDeps {
  readonly site: Site;
  readonly context: Context;
  readonly transport: TokenTransport;
  /** The site's refresh policy: token caches are given the same object. */
  readonly policy: Site['refresh'];
}

/** A successful exchange: the answer typed, and the response it came in. */
export interface TokenExchange<Data = unknown> {
  readonly token: string;
  readonly data: Data;
  /** What the answer says of its life, and what the vendor documents; milliseconds. */
  readonly toldMs?: number;
  readonly documentedMs: number;
  readonly response: TokenResponse;
  /** Which of a pair of secrets was taken. */
  readonly secret?: 'current' | 'next';
}

/**
 * A token endpoint: one request for whatever account, typed answer or typed error. No memory but the URL that worked.
 */
export class TokenEndpoint {
  readonly deps: EndpointDeps;
  /** Where a token was issued last. */
  #provenURL: string | undefined;
  #likelyURL: string | undefined;

  constructor(deps: EndpointDeps) {
    this.deps = deps;
  }

  get site(): Site {
    return this.deps.site;
  }

  /** What is asked, where and with which headers: with the same credentials the same token. */
  get identity(): unknown {
    const { api, tokenURLs, settings, tokenParams } = this.site;
    const { headers } = this.deps.transport;
    return [api.name, tokenURLs, sorted(settings), sorted(tokenParams), sorted({ ...headers })];
  }

  /** The names of what must be known to ask. */
  get credentialNames(): readonly string[] {
    return this.site.api.credentials;
  }

  /**
   * One token request; another with the next secrets when those of a pair are refused.
   *
   * @param ahead the account's credentials, when they have been read already
   * @throws CredentialsRejectedError on 400, 401, 403; TokenEndpointError on everything else that is not a token;
   *   SecretUnavailableError, AccountError, TokenRateLimitError
   */
  async exchange(
    account: AccountCredentials,
    tokenParams: TokenParams,
    signal: AbortSignal,
    ahead?: ReadCredentials,
  ): Promise<TokenExchange> {
    const read = ahead ?? (await account.read(signal));
    let refusal: unknown;
    for (const set of read.sets) {
      try {
        const exchange = await this.exchangeWith(set, account.label, { ...read.extras, ...tokenParams }, signal);
        return { ...exchange, secret: account.accepted(set, read) };
      } catch (error) {
        if (isCredentialsRejectedError(error)) refusal ??= error;
        else {
          refusal = error;
          break;
        }
      }
    }
    // What is read again is compared with what got a final answer: only another secret is worth another request.
    if (isAuthApisError(refusal) && !refusal.retryable) account.refused(read);
    throw refusal;
  }

  /** One token request with these credentials, remembering nothing of them. */
  async exchangeWith(
    credentials: CredentialSet,
    label: AccountLabel,
    given: TokenParams,
    signal: AbortSignal,
  ): Promise<TokenExchange> {
    const { api } = this.site;
    const settings = { ...this.site.settings, ...pick(given, Object.keys(api.settings)) };
    const tokenParams = { ...this.site.tokenParams, ...pick(given, [...api.tokenParams, ...api.perRequest]) };
    const documentedMs = fromDefinition(label, 'lifetimeMs()', () => api.lifetimeMs(settings));
    const ask = { label, credentials, tokenParams, settings };
    const tries = await this.#send(ask, signal);
    const told = this.#tellingTry(tries);
    let lack = 'without a usable token';
    const note = (error: unknown): void =>
      void (lack = `and parseResponse() of the API's definition ${thrownText(error)}`);
    const answer = isSuccess(told.response.status) ? api.parseResponse(told.response, settings, note) : undefined;
    const token = tokenText(answer?.token);
    this.#remember(tries, token !== undefined);
    const serverNow = this.#serverNow(told.response.headers);
    if (!answer || token === undefined) {
      const secrets = tries.flatMap(({ request }) => this.#secrets(ask, request));
      throw refusal(api, ask, secrets, tries, told, lack, serverNow);
    }
    return {
      token,
      data: answer.data ?? told.response.json,
      toldMs: answer.lifetimeMs ?? this.#untilEnd(answer.expiresAt, told.response),
      documentedMs,
      response: told.response,
    };
  }

  /** By the vendor's own clock where it tells the time. */
  #untilEnd(expiresAt: number | undefined, { headers }: TokenResponse): number | undefined {
    return expiresAt === undefined ? undefined : expiresAt - this.#serverNow(headers);
  }

  #serverNow(headers: TokenResponse['headers']): number {
    const date = Date.parse(headers.date ?? '');
    return Number.isNaN(date) ? this.deps.context.clock.wallNow() : date;
  }

  /** Asks at each URL until one does not answer 404 or 405. */
  async #send(ask: TokenRequestSubject, signal: AbortSignal): Promise<RoundTrip[]> {
    const tries: RoundTrip[] = [];
    for (const url of this.#urls()) {
      const request = this.#build(url, ask);
      const received = await this.deps.transport(request, signal).catch((error: unknown) => {
        throw signal.aborted || isAuthApisError(error)
          ? error
          : noAnswer(ask, this.#secrets(ask, request), request, error);
      });
      const response = { ...received, json: fieldsOf(received.body) };
      tries.push({ request, response });
      if (response.status !== 404 && response.status !== 405) break;
    }
    return tries;
  }

  /** @throws TokenEndpointError when the definition does not make a request of it */
  #build(url: string, { label, credentials, tokenParams, settings }: TokenRequestSubject): TokenRequest {
    return fromDefinition(label, 'request()', () => {
      const request = this.site.api.request({ url, credentials, tokenParams, settings });
      const isBad = ([name, value]: [string, unknown]): boolean =>
        !HEADER_NAME.test(name) || typeof value !== 'string' || /[\r\n\0]/.test(value);
      if (Object.entries(request.headers).some(isBad)) throw new Unusable('gives a header that cannot be sent');
      const target = URL.canParse(request.url) ? new URL(request.url) : undefined;
      if (!target) throw new Unusable('gives no URL');
      // Where it is asked was checked when the app started; elsewhere the credentials may go over https alone.
      if (target.protocol !== 'https:' && target.origin !== new URL(url).origin) {
        throw new Unusable('gives a URL that is not https, of another origin than the one it was given');
      }
      return request;
    });
  }

  /** What a response to the request may echo and nobody may see. */
  #secrets({ credentials, tokenParams }: TokenRequestSubject, request: TokenRequest): string[] {
    const headers = { ...this.deps.transport.headers, ...request.headers };
    return sentSecrets(this.site.api, { credentials, tokenParams, headers });
  }

  #urls(): readonly string[] {
    const { tokenURLs } = this.site;
    const first = this.#provenURL ?? this.#likelyURL ?? tokenURLs[0]!;
    return [first, ...tokenURLs.filter((url) => url !== first)];
  }

  /** Where a token was issued is where to ask; where credentials were refused they are at least read: likely, for once. */
  #remember(tries: readonly RoundTrip[], isIssued: boolean): void {
    const { request, response } = tries.at(-1)!;
    if (isIssued) this.#provenURL = request.url;
    this.#likelyURL = tries.length > 1 && isRejection(response.status) ? request.url : undefined;
  }

  /**
   * Whose answer counts when several URLs were tried: the last one's. But a URL that has issued tokens before is the
   * right one, and what another says of the same credentials is no reason to give up.
   */
  #tellingTry(tries: readonly RoundTrip[]): RoundTrip {
    const [first, last] = [tries[0]!, tries.at(-1)!];
    return this.#provenURL !== undefined && !isSuccess(last.response.status) ? first : last;
  }
}

/** What is wrong with what a definition gives, in words of our own. */
class Unusable extends Error {}

/** What a definition throws may quote a secret: only its kind and place are told. @throws TokenEndpointError */
function fromDefinition<T>(label: AccountLabel, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const problem = error instanceof Unusable ? error.message : thrownText(error);
    throw new TokenEndpointError(`${accountText(label)}: ${what} of the API's definition ${problem}`, label);
  }
}

function fieldsOf(body: string): TokenResponse['json'] {
  const json = parseJson(body);
  return isObject(json) ? json : {};
}

function pick(given: TokenParams, names: readonly string[]): TokenParams {
  return Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}
