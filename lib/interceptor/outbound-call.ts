import type { AxiosResponse, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Account } from '../accounts/account.js';
import type { Context } from '../common/context.js';
import { directAgent } from '../common/direct-agent.js';
import type { Abortable } from '../common/light-abort.js';
import { pollutedPrototype } from '../common/polluted-prototype.js';
import type { AccessToken } from '../token/access-token.js';
import { headerValue } from '../vendors/token-placement.js';
import { CallerPatience } from './caller-patience.js';
import { authorizedExchange, type Exchange } from './exchange.js';
import { OutboundRequest } from './outbound-request.js';
import { redactError, redactResponse } from './redaction.js';
import { detachedBody, isOneShot, pinnedContentType } from './replayable-body.js';
import { requestOptionsOf } from './request-options.js';
import { isRelativeTo, targetOf } from './request-target.js';
import type { Transport } from './transport.js';
import { isUnauthorized } from './is-unauthorized.js';

type Config = InternalAxiosRequestConfig;

/** What a call needs beside its config and its account. */
export interface OutboundCallDeps {
  /** The build of axios that made the instance. */
  readonly axios: AxiosStatic;
  readonly context: Context;
}

/** What came of handing a request to the transport: axios resolves or rejects by the caller's `validateStatus`. */
interface Outcome {
  readonly response?: AxiosResponse;
  readonly error?: unknown;
  /** A redirect led to another origin, if only for a while: the token was left behind there. */
  readonly hasStrayed: boolean;
}

/**
 * One authorized call: the token is put on just before the wire, never on the caller's config, and taken out of
 * everything that comes back.
 */
export function outboundCall(
  transport: Transport,
  config: Config,
  account: Account,
  deps: OutboundCallDeps,
): Promise<AxiosResponse> {
  const call = new OutboundCall(transport, config, account, deps);
  return authorizedExchange(account.tokens, call).then((outcome) => {
    if ('error' in outcome) throw redactError(outcome.error, config);
    return redactResponse(outcome.response!, config);
  });
}

/** A request that carries the caller's own credentials: our token stays out, theirs stays off other origins. */
export function callersOwnCall(transport: Transport, config: Config, account: Account): Promise<AxiosResponse> {
  const polluted = pollutedPrototype();
  if (polluted) return Promise.reject(polluted);
  return transport(new OutboundRequest(config, account));
}

class OutboundCall implements Exchange<Outcome> {
  readonly #transport: Transport;
  readonly #config: Config;
  readonly #account: Account;
  readonly #context: Context;
  readonly #patience: CallerPatience;
  readonly #changes: Partial<Config> | undefined;

  constructor(transport: Transport, config: Config, account: Account, deps: OutboundCallDeps) {
    this.#transport = transport;
    this.#config = config;
    this.#account = account;
    this.#context = deps.context;
    this.#patience = new CallerPatience(config, deps.axios, deps.context.clock);
    this.#changes = changesOf(config, account);
  }

  send(token: AccessToken): Promise<Outcome> {
    this.#patience.throwIfCancelled();
    const { tokenHeader } = this.#account.site;
    const timeout = this.#patience.timeout();
    const changes = timeout ? { ...this.#changes, ...timeout } : this.#changes;
    const header = [tokenHeader.name, headerValue(tokenHeader, token.value)] as const;
    const request = new OutboundRequest(this.#config, this.#account, changes, header);
    const outcome = this.#transport(request).then(
      (response) => ({ response, hasStrayed: request.hasStrayed }),
      (error: unknown) => ({ error, response: responseOf(error), hasStrayed: request.hasStrayed }),
    );
    this.#context.clock.whileBusy?.(outcome);
    return outcome;
  }

  /** Not by an answer that was found by way of an origin that never saw our token. */
  isRefused({ response, hasStrayed }: Outcome): boolean {
    return response !== undefined && !hasStrayed && isUnauthorized(this.#account.site, response, this.#context);
  }

  isAnswered({ response }: Outcome): boolean {
    return response !== undefined;
  }

  isRepeatable(): boolean {
    return requestOptionsOf(this.#config).retry !== false && !isOneShot(this.#config.data);
  }

  /** A stream left open would hold its socket. */
  discard({ response }: Outcome): void {
    const body = response?.data as { destroy?: unknown } | undefined;
    if (typeof body?.destroy === 'function') (body as { destroy(): void }).destroy();
  }

  wait<T>(work: (signal: Abortable) => Promise<T>): Promise<T> {
    return this.#patience.while(work);
  }
}

/** What every repetition of a call says otherwise than the caller's config; mostly nothing. */
function changesOf(config: Config, account: Account): Partial<Config> | undefined {
  // Before the wait for a token: what a stream says meanwhile would be lost. One that can be read once is sent once.
  const data = detachedBody(config.data);
  const headers = pinnedContentType(config);
  const route = isInTheClear(config, account) ? directRoute(config) : undefined;
  if (data === config.data && !headers && !route) return undefined;
  return { data, ...(headers && { headers }), ...route };
}

/**
 * Plain http is allowed to this machine because it leaves no wire; through a proxy of the environment it would. A proxy
 * that the app names for these calls is its own decision.
 */
function isInTheClear(config: Config, { site }: Account): boolean {
  if (site.allowInsecure || config.proxy !== undefined) return false;
  const href = isRelativeTo(site.baseURL, config) ? site.baseURL : targetOf(config)?.href;
  return href !== undefined && /^http:/i.test(href);
}

function directRoute({ httpAgent }: Config): Partial<Config> {
  const agent = httpAgent ? undefined : directAgent();
  return agent ? { proxy: false, httpAgent: agent } : { proxy: false };
}

const responseOf = (error: unknown): AxiosResponse | undefined =>
  (error as { response?: AxiosResponse } | null | undefined)?.response;
