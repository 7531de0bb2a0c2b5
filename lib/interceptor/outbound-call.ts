import type { AxiosAdapter, AxiosResponse, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../common/clock.js';
import { isAuthApisError } from '../common/errors.js';
import type { AccessToken } from '../token/access-token.js';
import { CallerPatience } from './caller-patience.js';
import type { Account } from '../accounts/account.js';
import { headerValue } from './outbound-account.js';
import { redactError, redactResponse } from './redaction.js';
import { detachedBody, isOneShot, pinnedContentType } from './replayable-body.js';
import { requestOptionsOf } from './request-options.js';
import { isBelow, targetOf } from './request-target.js';

/** What a call needs beside its config and its account. */
export interface OutboundTools {
  readonly axios: AxiosStatic;
  readonly clock: Clock;
  readonly isUnauthorized: (response: AxiosResponse) => boolean;
}

/** axios's transport for a call, and what has to be said to it. */
export interface Transport {
  readonly adapter: AxiosAdapter;
  readonly settings?: { readonly maxRedirects: 0 };
}

/** What came of handing a request to the transport: axios resolves or rejects by the caller's `validateStatus`. */
interface Outcome {
  readonly response?: AxiosResponse;
  readonly error?: unknown;
  /** A redirect led to another origin, if only for a while: the token was left behind there. */
  readonly hasStrayed: boolean;
}

/**
 * One authorized call: the token is put on just before the wire, on a copy of the caller's config, and taken out of
 * everything that comes back. A 401 to our token is answered by one replay with another one.
 */
export async function outboundCall(
  transport: Transport,
  config: InternalAxiosRequestConfig,
  account: Account,
  tools: OutboundTools,
): Promise<AxiosResponse> {
  const patience = new CallerPatience(config, tools.axios, tools.clock);
  const send = sender(transport, config, account, patience, tools.clock);
  const token = account.tokens.take() ?? (await patience.while((signal) => account.tokens.get({ signal })));
  const first = await send(token);
  if (!isRefusal(first, tools)) return settle(first, config);
  if (requestOptionsOf(config).replay === false || isOneShot(config.data)) {
    account.tokens.replacement.discard(token);
    return settle(first, config);
  }
  const replacement = await otherToken(account, token, patience);
  if (!replacement) return settle(first, config);
  discardBody(first);
  const second = await send(replacement);
  if (second.response) account.tokens.replacement.replayed(replacement, !isRefusal(second, tools));
  const newest = isRefusal(second, tools) ? await newerThanShared(account, replacement, patience) : undefined;
  if (!newest) return settle(second, config);
  discardBody(second);
  const third = await send(newest);
  if (third.response) account.tokens.replacement.replayed(newest, !isRefusal(third, tools));
  return settle(third, config);
}

/** What another replica had got may be as old as the refused token, and dead with it: that was no new one yet. */
async function newerThanShared(
  account: Account,
  refused: AccessToken,
  patience: CallerPatience,
): Promise<AccessToken | undefined> {
  return account.tokens.isFromStore(refused) ? otherToken(account, refused, patience) : undefined;
}

/** A request that carries the caller's own credentials: our token stays out, theirs stays off other origins. */
export function foreignCall(
  transport: Transport,
  config: InternalAxiosRequestConfig,
  account: Account,
): Promise<AxiosResponse> {
  return transport.adapter({
    ...config,
    ...transport.settings,
    sensitiveHeaders: sensitiveHeaders(config, account),
    beforeRedirect: redirectWatch(config, account, () => undefined),
  });
}

/** Puts a token on a copy of the config and hands it to the transport. */
function sender(
  transport: Transport,
  config: InternalAxiosRequestConfig,
  account: Account,
  patience: CallerPatience,
  clock: Clock,
): (token: AccessToken) => Promise<Outcome> {
  const { placement } = account.site;
  const contentType = pinnedContentType(config);
  // Before the wait for a token: what a stream says meanwhile would be lost. One that can be read once is sent once.
  const data = detachedBody(config.data);
  return (token) => {
    patience.throwIfCancelled();
    const headers = config.headers.concat({ [placement.header]: headerValue(placement, token) });
    if (contentType) headers.setContentType(contentType);
    let hasStrayed = false;
    const wire = {
      ...config,
      ...transport.settings,
      ...patience.timeout(),
      headers,
      data,
      sensitiveHeaders: sensitiveHeaders(config, account),
      beforeRedirect: redirectWatch(config, account, () => (hasStrayed = true)),
      ...(isInTheClear(config, account) && { proxy: false as const }),
    };
    const outcome = transport.adapter(wire).then(
      (response) => ({ response, hasStrayed }),
      (error: unknown) => ({ error, response: responseOf(error), hasStrayed }),
    );
    clock.whileBusy?.(outcome);
    return outcome;
  };
}

/**
 * Leaves the vendors' headers behind where a redirect goes to another origin. So does axios; but it goes by the `Host`
 * header, and where the caller has set one (copied from a request to the app, say) that is not where the call went.
 */
function redirectWatch(
  config: InternalAxiosRequestConfig,
  account: Account,
  onStray: () => void,
): NonNullable<InternalAxiosRequestConfig['beforeRedirect']> {
  return (options, ...details) => {
    if (originOf(options) !== targetOf(config)?.origin) {
      onStray();
      dropHeaders(options, sensitiveHeaders(config, account));
    }
    config.beforeRedirect?.(options, ...details);
  };
}

function dropHeaders({ headers }: { headers?: Record<string, unknown> }, names: readonly string[]): void {
  const dropped = new Set(names.map((name) => name.toLowerCase()));
  for (const name of Object.keys(headers ?? {})) if (dropped.has(name.toLowerCase())) delete headers![name];
}

/**
 * Plain http is allowed to this machine because it leaves no wire; through a proxy of the environment it would. A proxy
 * that the app names for these calls is its own decision.
 */
function isInTheClear(config: InternalAxiosRequestConfig, { site }: Account): boolean {
  if (site.mayBeInsecure || config.proxy !== undefined) return false;
  const href = isBelow(site.baseURL, config) ? site.baseURL : targetOf(config)?.href;
  return href !== undefined && /^http:/i.test(href);
}

const originOf = ({ href }: { href?: unknown }): string | undefined =>
  typeof href === 'string' ? new URL(href).origin : undefined;

/** Not forwarded to another origin by a redirect. A request's own list replaces axios's default one: append. */
function sensitiveHeaders(config: InternalAxiosRequestConfig, { site }: Account): string[] {
  return [...(config.sensitiveHeaders ?? []), ...site.confidential];
}

/** Whether our token was refused: not by an answer that was found by way of an origin that never saw it. */
function isRefusal({ response, hasStrayed }: Outcome, { isUnauthorized }: OutboundTools): boolean {
  return response !== undefined && !hasStrayed && isUnauthorized(response);
}

/** The caller's patience ending is the caller's error; no token to be had is not: the API's 401 says more. */
async function otherToken(
  account: Account,
  refused: AccessToken,
  patience: CallerPatience,
): Promise<AccessToken | undefined> {
  try {
    return await patience.while((signal) => account.tokens.replacement.after(refused, signal));
  } catch (error) {
    if (isAuthApisError(error)) return undefined;
    throw error;
  }
}

const responseOf = (error: unknown): AxiosResponse | undefined =>
  (error as { response?: AxiosResponse } | null | undefined)?.response;

function settle(outcome: Outcome, config: InternalAxiosRequestConfig): AxiosResponse {
  if ('error' in outcome) throw redactError(outcome.error, config);
  return redactResponse(outcome.response!, config);
}

/** Nobody will read the first answer: a stream left open would hold its socket. */
function discardBody({ response }: Outcome): void {
  const body = response?.data as { destroy?: unknown } | undefined;
  if (typeof body?.destroy === 'function') (body as { destroy(): void }).destroy();
}
