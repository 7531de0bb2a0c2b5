import { Readable } from 'node:stream';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { redactText } from '../common/redact-text.js';
import { detachedAnswer } from './detached-answer.js';
import { targetOf } from './request-target.js';
import { pathOf, withoutQuery } from './without-query.js';

/** What is left of a request where axios would hand out the socket, and with it every header that was sent. */
export interface RedactedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
}

/** The parts of a Node request, or of follow-redirects' wrapper of it, that are looked at. */
interface SentRequest {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly res?: { readonly responseUrl?: string };
  getHeader?(name: string): string | number | string[] | undefined;
}

/**
 * Takes out of an answer what holds our token: the config that went to the wire (the caller's own comes back), the
 * request, and the request behind a streamed body.
 */
export function redactResponse(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  const sent = response.request as SentRequest | undefined;
  response.config = config;
  if (sent) response.request = { ...sentRequest(sent, config), res: { responseUrl: responseUrlOf(sent) } };
  if (response.data instanceof Readable)
    response.data = detachedAnswer(response.data, (error) => redactError(error, config));
  return response;
}

/** How deep a chain of causes is followed. */
const DEEPEST_CAUSE = 10;

/** The same for an error, and for the errors behind it: axios puts one of its own into another. */
export function redactError(error: unknown, config: InternalAxiosRequestConfig, depth = 0): unknown {
  if (typeof error !== 'object' || error === null || depth > DEEPEST_CAUSE) return error;
  const failed = error as Partial<Record<'config' | 'request' | 'cause' | 'errors', unknown>> & {
    response?: AxiosResponse;
  };
  if (failed.config) failed.config = config;
  if (failed.request) failed.request = configuredRequest(config);
  if (failed.response) {
    redactResponse(failed.response, config);
    failed.response.request = failed.request;
  }
  // An AggregateError has several.
  const behind = [failed.cause, ...(Array.isArray(failed.errors) ? (failed.errors as unknown[]) : [])];
  for (const each of behind) if (each !== error) redactError(each, config, depth + 1);
  return error;
}

/** The same error, where it quotes the headers of a request: the mocks of undici do. */
export function withoutSecret(error: Error, secret: string): Error {
  for (const name of ['message', 'stack'] as const) {
    const text = error[name];
    const clean = text && redactText(text, [secret]);
    if (clean !== text) error[name] = clean!;
  }
  return error;
}

function sentRequest(sent: SentRequest, config: InternalAxiosRequestConfig): RedactedRequest {
  if (sent.method === undefined || sent.path === undefined) return configuredRequest(config);
  return { method: sent.method, host: String(sent.getHeader?.('host') ?? sent.host ?? ''), path: pathOf(sent.path) };
}

/** Where the answer was found after redirects; there is an idiom that reads it here. */
function responseUrlOf({ res }: SentRequest): string | undefined {
  return res?.responseUrl === undefined ? undefined : withoutQuery(res.responseUrl);
}

function configuredRequest(config: InternalAxiosRequestConfig): RedactedRequest {
  const target = targetOf(config);
  const path = target?.pathname ?? withoutQuery(config.url ?? '');
  return { method: (config.method ?? 'get').toUpperCase(), host: target?.host ?? '', path };
}
