import type { AccountLabel, TokenEndpointErrorOptions, VendorErrorDetails, VendorErrorItem } from '../common/errors.js';
import { CredentialsRejectedError, TokenEndpointError } from '../common/errors.js';
import { LONGEST_VENDOR_TEXT, MOST_VENDOR_ERRORS } from '../common/defaults.js';
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

/** One URL that was asked, and what it said. */
interface Try {
  readonly request: TokenRequest;
  readonly response: TokenResponse;
}

/** An account's token endpoint: one request, typed answer or typed error. No memory but the URL that worked. */
export class TokenEndpoint<Credentials, Params, Answer> {
  readonly #options: TokenEndpointOptions<Credentials, Params, Answer>;
  /** Where a token was issued last. */
  #provenURL: string | undefined;
  #likelyURL: string | undefined;
  #lastSecrets: Readonly<Record<string, string>> | undefined;

  constructor(options: TokenEndpointOptions<Credentials, Params, Answer>) {
    this.#options = options;
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
    const tries = await this.#send((url) => definition.request(url, credentials, params), signal, read);
    const told = this.#tellingTry(tries);
    const answer = isSuccess(told.response.status) ? definition.answer(told.response) : undefined;
    this.#remember(tries, answer !== undefined);
    if (answer === undefined) throw this.#refusal(tries, told.response, Object.values(read));
    return { answer, response: told.response };
  }

  /** Asks at each URL until one does not answer 404 or 405. */
  async #send(
    build: (url: string) => TokenRequest,
    signal: AbortSignal,
    read: Readonly<Record<string, string>>,
  ): Promise<Try[]> {
    const tries: Try[] = [];
    for (const url of this.#urls()) {
      const request = build(url);
      const response = await this.#options.transport(request, signal).catch((error: unknown) => {
        throw signal.aborted ? error : this.#noAnswer(request, error, Object.values(read));
      });
      tries.push({ request, response });
      if (response.status !== 404 && response.status !== 405) break;
    }
    return tries;
  }

  #urls(): readonly string[] {
    const { urls } = this.#options;
    const first = this.#provenURL ?? this.#likelyURL ?? urls[0]!;
    return [first, ...urls.filter((url) => url !== first)];
  }

  /** Where a token was issued is where to ask; where credentials were refused they are at least read: likely, for once. */
  #remember(tries: readonly Try[], isIssued: boolean): void {
    const { request, response } = tries.at(-1)!;
    if (isIssued) this.#provenURL = request.url;
    this.#likelyURL = tries.length > 1 && isRejection(response.status) ? request.url : undefined;
  }

  /**
   * Whose answer counts when several URLs were tried: the last one's. But a URL that has issued tokens before is the
   * right one, and what another says of the same credentials is no reason to give up.
   */
  #tellingTry(tries: readonly Try[]): Try {
    const [first, last] = [tries[0]!, tries.at(-1)!];
    return this.#provenURL !== undefined && !isSuccess(last.response.status) ? first : last;
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

  #refusal(tries: readonly Try[], response: TokenResponse, secrets: string[]): TokenEndpointError {
    const { label, definition, wallNow } = this.#options;
    const { status, headers } = response;
    const details = isSuccess(status) ? {} : scrubDetails(definition.error(response), secrets);
    const asked = tries.map(({ request, response: { status: said } }) => `${placeOf(request)} answered ${said}`);
    const why = isSuccess(status) ? 'without a usable token' : describe(details);
    const message = `${accountText(label)}: ${[asked.join(', '), why].filter(Boolean).join(' ')}`;
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

/** Line breaks and terminal escapes among them. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

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
  const said = [...items, error].filter(Boolean).join('; ').slice(0, LONGEST_VENDOR_TEXT);
  return [said && `(${said})`, tracingId && `[tracing id ${tracingId}]`].filter(Boolean).join(' ');
}

/** A vendor may echo what it was sent, break lines of a log in two, or not know when to end. */
function scrubDetails({ errors, error, tracingId }: VendorErrorDetails, secrets: string[]): VendorErrorDetails {
  const clean = (text: string): string => scrub(text, secrets).replace(CONTROL, ' ').slice(0, LONGEST_VENDOR_TEXT);
  const cleanItem = (item: VendorErrorItem): VendorErrorItem =>
    Object.fromEntries(Object.entries(item).map(([name, text]) => [name, clean(text as string)]));
  return {
    ...(errors && { errors: errors.slice(0, MOST_VENDOR_ERRORS).map(cleanItem) }),
    ...(error !== undefined && { error: clean(error) }),
    ...(tracingId !== undefined && { tracingId: clean(tracingId) }),
  };
}
