import type { AccountLabel, TokenEndpointErrorOptions, VendorErrorDetails, VendorErrorItem } from '../common/errors.js';
import { CredentialsRejectedError, TokenEndpointError } from '../common/errors.js';
import { accountText } from '../common/messages.js';
import { retryAfterMs } from '../common/retry-after.js';
import { scrub } from '../common/secret.js';
import type { TokenApiDefinition, TokenRequest, TokenResponse } from '../vendors/token-api.definition.js';
import type { Secrets } from './credentials.js';
import { readSecrets } from './credentials.js';
import type { TokenTransport } from './token-transport.js';

export interface TokenEndpointOptions<Credentials, Params, Answer> {
  readonly label: AccountLabel;
  readonly definition: TokenApiDefinition<Credentials, Params, Answer>;
  /** The credentials that must be read (and hidden) ... */
  readonly secrets: Secrets<string>;
  /** ... and those that are plain options, prefixes for instance. */
  readonly plain?: Partial<Credentials>;
  /** Where to ask; the further ones when one before answers 404 or 405. */
  readonly urls: readonly string[];
  readonly transport: TokenTransport;
  /** Wall time, epoch milliseconds, for `Retry-After` dates of servers that send no `Date`. */
  readonly wallNow: () => number;
}

/** A successful exchange: the answer typed, and the response it came in. */
export interface TokenExchange<Answer> {
  readonly answer: Answer;
  readonly response: TokenResponse;
}

/** An account's token endpoint: one request, typed answer or typed error. No memory but the URL that worked. */
export class TokenEndpoint<Credentials, Params, Answer> {
  readonly #options: TokenEndpointOptions<Credentials, Params, Answer>;
  #urls: readonly string[];
  #lastSecrets: Readonly<Record<string, string>> | undefined;

  constructor(options: TokenEndpointOptions<Credentials, Params, Answer>) {
    this.#options = options;
    this.#urls = options.urls;
  }

  /** Whether a secret is given as a function, so that reading it again can help. */
  get hasDynamicSecrets(): boolean {
    return Object.values(this.#options.secrets).some((secret) => secret.isDynamic);
  }

  /** Reads the secrets anew; whether they differ from those of the last request. */
  async secretsChanged(signal: AbortSignal): Promise<boolean> {
    const last = this.#lastSecrets;
    const current = await readSecrets(this.#options.secrets, this.#options.label, signal);
    return last === undefined || Object.keys(current).some((name) => current[name] !== last[name]);
  }

  /**
   * One token request.
   *
   * @param given credentials to use in place of the account's, by option name
   * @throws CredentialsRejectedError on 400, 401, 403; TokenEndpointError on everything else that is not a token;
   *   SecretUnavailableError
   */
  async exchange(
    params: Params,
    signal: AbortSignal,
    given: Record<string, string> = {},
  ): Promise<TokenExchange<Answer>> {
    const { label, secrets, plain, definition } = this.#options;
    const needed = Object.fromEntries(Object.entries(secrets).filter(([name]) => !(name in given)));
    const read = { ...(await readSecrets(needed, label, signal)), ...given };
    if (Object.keys(given).length === 0) this.#lastSecrets = read;
    const credentials = { ...plain, ...read } as Credentials;
    const { tried, response } = await this.#send((url) => definition.request(url, credentials, params), signal, read);
    const answer = isSuccess(response.status) ? definition.answer(response) : undefined;
    if (answer === undefined) throw this.#refusal(tried, response, Object.values(read));
    return { answer, response };
  }

  /** Tries each URL until one does not answer 404 or 405, and remembers it. */
  async #send(build: (url: string) => TokenRequest, signal: AbortSignal, read: Readonly<Record<string, string>>) {
    const tried: TokenRequest[] = [];
    for (const [index, url] of this.#urls.entries()) {
      const request = build(url);
      tried.push(request);
      const response = await this.#options.transport(request, signal).catch((error: unknown) => {
        throw signal.aborted ? error : this.#noAnswer(request, error, Object.values(read));
      });
      const isWrongPath = response.status === 404 || response.status === 405;
      if (isWrongPath && index < this.#urls.length - 1) continue;
      if (!isWrongPath && index > 0) this.#urls = [url, ...this.#urls.filter((other) => other !== url)];
      return { tried, response };
    }
    throw new Error('a token endpoint has at least one URL');
  }

  #noAnswer(request: TokenRequest, error: unknown, secrets: string[]): TokenEndpointError {
    const { label } = this.#options;
    const { message, code } = error as { message: string; code?: string };
    const text = scrub([code, message].filter(Boolean).join(': '), secrets);
    return new TokenEndpointError(`${accountText(label)}: no answer from ${placeOf(request)} (${text})`, {
      ...label,
      retryable: true,
      cause: Object.assign(new Error(scrub(message, secrets)), code && { code }),
    });
  }

  #refusal(tried: readonly TokenRequest[], response: TokenResponse, secrets: string[]): TokenEndpointError {
    const { label, definition, wallNow } = this.#options;
    const { status, headers } = response;
    const details = isSuccess(status) ? {} : scrubDetails(definition.error(response), secrets);
    const said = isSuccess(status) ? 'without a usable token' : describe(details);
    const message = `${accountText(label)}: ${tried.map(placeOf).join(' and ')} answered ${status}${said ? ` ${said}` : ''}`;
    const serverDate = Date.parse(headers.date ?? '');
    const options: TokenEndpointErrorOptions = {
      ...label,
      ...details,
      status,
      retryable: isTransient(status),
      retryAfterMs: retryAfterMs(headers['retry-after'], Number.isNaN(serverDate) ? wallNow() : serverDate),
    };
    return isRejection(status)
      ? new CredentialsRejectedError(message, options)
      : new TokenEndpointError(message, options);
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
const isRejection = (status: number): boolean => status === 400 || status === 401 || status === 403;

/** May be answered otherwise next time. A 2xx that brought us here had no token; a 3xx is a login page or a move. */
const isTransient = (status: number): boolean =>
  status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;

/** Method, host and path; never the query, where a key may stand. */
function placeOf({ method, url }: TokenRequest): string {
  const { host, pathname } = new URL(url);
  return `${method} ${host}${pathname}`;
}

function describe({ errors, error, tracingId }: VendorErrorDetails): string {
  const items = errors?.map((item) => [item.type, item.message].filter(Boolean).join(': ')) ?? [];
  const said = [...items, error].filter(Boolean).join('; ');
  return `${said && `(${said})`}${tracingId ? ` [tracing id ${tracingId}]` : ''}`;
}

/** A vendor may echo what it was sent. */
function scrubDetails({ errors, error, tracingId }: VendorErrorDetails, secrets: string[]): VendorErrorDetails {
  const clean = (text: string): string => scrub(text, secrets);
  const cleanItem = (item: VendorErrorItem): VendorErrorItem =>
    Object.fromEntries(Object.entries(item).map(([name, text]) => [name, clean(text as string)]));
  return {
    ...(errors && { errors: errors.map(cleanItem) }),
    ...(error !== undefined && { error: clean(error) }),
    ...(tracingId !== undefined && { tracingId: clean(tracingId) }),
  };
}
