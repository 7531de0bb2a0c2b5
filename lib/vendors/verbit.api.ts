import { randomUUID } from 'node:crypto';
import type { VendorErrorDetails, VendorErrorItem } from '../common/errors.js';
import { isObject } from '../common/is-object.js';
import type { TokenRequest, TokenResponse } from './token-api.definition.js';
import { defineTokenApi } from './token-api.js';
import { compact, date, parseJson, text, tokenText } from './wire.js';

/** Which of Verbit's two documented token endpoints an account speaks to. @publicApi */
export type VerbitContract = 'v0.8' | 'users';

/** @publicApi */
export type VerbitEnvironment = 'production' | 'sandbox';

/** A successful answer of `POST /auth`. The `users` contract answers with the token alone. @publicApi */
export interface VerbitAuthResponse {
  readonly data: { readonly token: string };
  readonly tracingId?: string;
  readonly requestTimestamp?: Date;
  readonly schemaTimestamp?: Date;
  readonly schemaHash?: string;
  readonly schemaName?: string;
}

const HOUR_MS = 3_600_000;
const BASE_URLS: Readonly<Record<VerbitEnvironment, string>> = {
  production: 'https://api.verbit.co/api/v1',
  sandbox: 'https://sandbox-api.verbit.co/api/v1',
};
const VERBIT_HOST = /(^|\.)verbit\.co$/;
const USERS_AUTH_URL = 'https://users.verbit.co/api/v1/auth';
/** Live orders and sessions take the same token. */
const FURTHER_ORIGINS = ['https://orders.verbit.co', 'https://realtime.verbit.co'];

/**
 * Verbit, in both contracts that are documented.
 *
 * @see "Verbit Transcribe (v0.8 tech preview)", `AuthenticationApi#auth`
 * @see verbit.readme.io, "Authentication", and Verbit's streaming SDK: the `users` contract
 */
export const verbit = defineTokenApi({
  name: 'verbit',
  credentials: ['apiKey'],
  perRequest: ['tracingId', 'requestTimestamp'],
  settings: { contract: ['v0.8', 'users'], environment: ['production', 'sandbox'] },
  baseURL: ({ environment = 'production' }) => BASE_URLS[environment],
  tokenURL({ contract = 'v0.8', environment = 'production' }, baseURL) {
    if (contract === 'v0.8') return 'auth';
    if (environment !== 'production') return undefined;
    // A base URL that is not Verbit's is a gateway or a fake: the key must not go past it to the vendor's public host.
    return VERBIT_HOST.test(new URL(baseURL).hostname) ? USERS_AUTH_URL : 'auth';
  },
  origins: ({ environment = 'production' }) => (environment === 'production' ? FURTHER_ORIGINS : []),
  lifetimeMs: ({ contract }) => (contract === 'users' ? 24 : 1) * HOUR_MS,
  placement: { scheme: 'Bearer' },
  request({ url, credentials: { apiKey }, tokenParams: { tracingId = randomUUID(), requestTimestamp }, settings }) {
    if (settings.contract === 'users') return post(url, { data: { api_key: apiKey } });
    return post(
      url,
      { payload: { api_key: apiKey } },
      {
        'X-Tracing-ID': tracingId,
        ...(requestTimestamp !== undefined && { 'X-Request-Timestamp': requestTimestamp }),
      },
    );
  },
  parseResponse: ({ json }, { contract }) => (contract === 'users' ? bareAnswer(json) : envelope(json)),
  parseError,
});

function post(url: string, payload: object, headers: Record<string, string> = {}): TokenRequest {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(payload),
  };
}

function envelope(json: Readonly<Record<string, unknown>>): { token: string; data: VerbitAuthResponse } | undefined {
  const token = isObject(json.data) ? tokenText(json.data.token) : undefined;
  if (token === undefined) return undefined;
  const data = compact<VerbitAuthResponse>({
    tracingId: text(json.tracing_id),
    requestTimestamp: date(json.request_timestamp),
    data: { token },
    schemaTimestamp: date(json.schema_timestamp),
    schemaHash: text(json.schema_hash),
    schemaName: text(json.schema_name),
  });
  return { token, data };
}

function bareAnswer(json: Readonly<Record<string, unknown>>): { token: string; data: VerbitAuthResponse } | undefined {
  const token = tokenText(json.token);
  return token === undefined ? undefined : { token, data: { data: { token } } };
}

/** Both APIs' shapes: `errors[]` of v0.8 (also bare), `ErrorType`/`ErrorComment` of post-production; and near misses. */
function parseError({ body, json, headers }: TokenResponse): VendorErrorDetails {
  const whole = parseJson(body);
  const list: unknown[] = [Array.isArray(whole) ? whole : (json.errors ?? [])].flat();
  const { ErrorType: type, ErrorComment: message } = json;
  const items = [...list, { type, message }].map(errorItem).filter((item) => Object.keys(item).length > 0);
  return compact({
    errors: items.length ? items : undefined,
    error: text(json.error),
    tracingId: text(json.tracing_id) ?? text(headers['x-tracing-id']),
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
