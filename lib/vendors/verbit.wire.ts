import { randomUUID } from 'node:crypto';
import type { VendorErrorDetails, VendorErrorItem } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { TokenApiDefinition, TokenPlacement, TokenRequest, TokenResponse } from './token-api.definition.js';
import { COMMON_HEADERS, CONFIDENTIAL_HEADERS, compact, date, parseJson, text, tokenText } from './wire.js';

/** Which of Verbit's two documented token endpoints an account speaks to. @publicApi */
export type VerbitContract = 'v0.8' | 'users';

export interface VerbitCredentials {
  readonly apiKey: string;
}

export interface VerbitRequestParams {
  /** Unique per request, echoed by the server. @default a random UUID */
  readonly tracingId?: string;
  /** Sent as ISO 8601 in UTC. @default absent: the server's time */
  readonly requestTimestamp?: Date;
}

/** A successful answer of `POST /auth`. The `users` contract answers with the token alone. @publicApi */
export interface VerbitAuthResponse {
  readonly data: { readonly token: string };
  readonly tracingId?: string;
  readonly requestTimestamp?: Date;
  readonly schemaTimestamp?: Date;
  readonly schemaHash?: string;
  readonly schemaName?: string;
}

type VerbitDefinition = TokenApiDefinition<VerbitCredentials, VerbitRequestParams, VerbitAuthResponse>;

const HOUR_MS = 3_600_000;
const placement: TokenPlacement = {
  header: 'Authorization',
  scheme: 'Bearer',
  confidential: CONFIDENTIAL_HEADERS,
};
const token = (answer: VerbitAuthResponse): string => answer.data.token;

/** "Verbit Transcribe (v0.8 tech preview)", `AuthenticationApi#auth`. */
const v08: VerbitDefinition = {
  lifetimeMs: HOUR_MS,
  placement,
  request(url, { apiKey }, { tracingId = randomUUID(), requestTimestamp }) {
    const timestamp = requestTimestamp && { 'X-Request-Timestamp': requestTimestamp.toISOString() };
    return post(url, { payload: { api_key: apiKey } }, { 'X-Tracing-ID': tracingId, ...timestamp });
  },
  answer({ body }) {
    const json = parseJson(body);
    const value = isObject(json) && isObject(json.data) ? tokenText(json.data.token) : undefined;
    if (!isObject(json) || value === undefined) return undefined;
    return compact<VerbitAuthResponse>({
      tracingId: text(json.tracing_id),
      requestTimestamp: date(json.request_timestamp),
      data: { token: value },
      schemaTimestamp: date(json.schema_timestamp),
      schemaHash: text(json.schema_hash),
      schemaName: text(json.schema_name),
    });
  },
  token,
  error,
};

/** verbit.readme.io, "Authentication"; Verbit's streaming SDK. */
const users: VerbitDefinition = {
  lifetimeMs: 24 * HOUR_MS,
  placement,
  request: (url, { apiKey }) => post(url, { data: { api_key: apiKey } }),
  answer({ body }) {
    const json = parseJson(body);
    const value = isObject(json) ? tokenText(json.token) : undefined;
    return value === undefined ? undefined : { data: { token: value } };
  },
  token,
  error,
};

export const verbitContracts: Readonly<Record<VerbitContract, VerbitDefinition>> = { 'v0.8': v08, users };

function post(url: string, payload: object, headers: Record<string, string> = {}): TokenRequest {
  return {
    method: 'POST',
    url,
    headers: { ...COMMON_HEADERS, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(payload),
  };
}

/** Both APIs' shapes: `errors[]` of v0.8 (also bare), `ErrorType`/`ErrorComment` of post-production; and near misses. */
function error({ body, headers }: TokenResponse): VendorErrorDetails {
  const json = parseJson(body);
  const fields = isObject(json) ? json : {};
  const list: unknown[] = [Array.isArray(json) ? json : (fields.errors ?? [])].flat();
  const { ErrorType: type, ErrorComment: message } = fields;
  const items = [...list, { type, message }].map(errorItem).filter((item) => Object.keys(item).length > 0);
  return compact({
    errors: items.length ? items : undefined,
    error: text(fields.error),
    tracingId: text(fields.tracing_id) ?? text(headers['x-tracing-id']),
  });
}

function errorItem(item: unknown): VendorErrorItem {
  if (!isObject(item)) return compact({ message: text(item) });
  const { code, type, message } = item;
  return compact({
    code: typeof code === 'number' ? String(code) : text(code),
    type: text(type),
    message: text(message),
  });
}
