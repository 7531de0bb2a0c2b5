import type { AxiosAdapter, AxiosResponse, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../common/clock.js';
import { isAuthApisError } from '../common/errors.js';
import type { AccessToken } from '../token/access-token.js';
import { CallerPatience } from './caller-patience.js';
import type { OutboundAccount } from './outbound-account.js';
import { headerValue } from './outbound-account.js';
import { finalURL, redactError, redactResponse } from './redaction.js';
import { isOneShot, pinnedContentType } from './replayable-body.js';
import { targetOf } from './request-target.js';

/** What a call needs beside its config and its account. */
export interface OutboundTools {
  readonly axios: AxiosStatic;
  readonly clock: Clock;
  readonly isUnauthorized: (response: AxiosResponse) => boolean;
}

/** What came of handing a request to the transport: axios resolves or rejects by the caller's `validateStatus`. */
type Outcome = { readonly response: AxiosResponse } | { readonly error: unknown };

/**
 * One authorized call: the token is put on just before the wire, on a copy of the caller's config, and taken out of
 * everything that comes back. A 401 to our token is answered by one replay with another one.
 */
export async function outboundCall(
  base: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  account: OutboundAccount,
  tools: OutboundTools,
): Promise<AxiosResponse> {
  const patience = new CallerPatience(config, tools.axios, tools.clock);
  const send = sender(base, config, account, patience);
  const token = account.tokens.take() ?? (await patience.while((signal) => account.tokens.get({ signal })));
  const first = await send(token);
  if (!isRefusal(first, config, tools)) return settle(first, config);
  if (config.authApis?.replay === false || isOneShot(config.data)) {
    account.replacement.discard(token);
    return settle(first, config);
  }
  const replacement = await otherToken(account, token, patience);
  if (!replacement) return settle(first, config);
  discardBody(first);
  const second = await send(replacement);
  if (responseOf(second)) account.replacement.replayed(replacement, !isRefusal(second, config, tools));
  return settle(second, config);
}

/** A request that carries the caller's own credentials: our token stays out, theirs stays off other origins. */
export function foreignCall(
  base: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  account: OutboundAccount,
): Promise<AxiosResponse> {
  return base({ ...config, sensitiveHeaders: sensitiveHeaders(config, account) });
}

/** Puts a token on a copy of the config and hands it to the transport. */
function sender(
  base: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  account: OutboundAccount,
  patience: CallerPatience,
): (token: AccessToken) => Promise<Outcome> {
  const { placement } = account;
  const contentType = pinnedContentType(config);
  return (token) => {
    patience.throwIfCancelled();
    const headers = config.headers.concat({ [placement.header]: headerValue(placement, token) });
    if (contentType) headers.setContentType(contentType);
    const wire = { ...config, ...patience.timeout(), headers, sensitiveHeaders: sensitiveHeaders(config, account) };
    return base(wire).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
  };
}

/** Not forwarded to another origin by a redirect. A request's own list replaces axios's default one: append. */
function sensitiveHeaders(config: InternalAxiosRequestConfig, { placement }: OutboundAccount): string[] {
  return [...(config.sensitiveHeaders ?? []), placement.header, 'X-Auth-Identity', 'X-Auth-Key'];
}

/** Whether our token was refused: not by another origin after a redirect, which never saw it. */
function isRefusal(outcome: Outcome, config: InternalAxiosRequestConfig, { isUnauthorized }: OutboundTools): boolean {
  const response = responseOf(outcome);
  if (!response || !isUnauthorized(response)) return false;
  const found = finalURL(response);
  return found === undefined || new URL(found).origin === targetOf(config)?.origin;
}

/** The caller's patience ending is the caller's error; no token to be had is not: the API's 401 says more. */
async function otherToken(
  account: OutboundAccount,
  refused: AccessToken,
  patience: CallerPatience,
): Promise<AccessToken | undefined> {
  try {
    return await patience.while((signal) => account.replacement.after(refused, signal));
  } catch (error) {
    if (isAuthApisError(error)) return undefined;
    throw error;
  }
}

function responseOf(outcome: Outcome): AxiosResponse | undefined {
  return 'response' in outcome ? outcome.response : (outcome.error as { response?: AxiosResponse } | null)?.response;
}

function settle(outcome: Outcome, config: InternalAxiosRequestConfig): AxiosResponse {
  if ('response' in outcome) return redactResponse(outcome.response, config);
  throw redactError(outcome.error, config);
}

/** Nobody will read the first answer: a stream left open would hold its socket. */
function discardBody(outcome: Outcome): void {
  const body = responseOf(outcome)?.data as { destroy?: unknown } | undefined;
  if (typeof body?.destroy === 'function') (body as { destroy(): void }).destroy();
}
