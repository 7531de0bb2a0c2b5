import { accountsFor, AuthApis, defineTokenApi } from 'nestjs-auth-apis';
import type { AuthApisEvent } from 'nestjs-auth-apis';
import { Logger } from '@nestjs/common';
import { onTestFinished } from 'vitest';
import { startApp } from './app.js';
import { failureOf } from './outcome.js';
import type { Received } from './token-server.js';
import { startTokenServer } from './token-server.js';

type Sent = Readonly<Record<'id' | 'key' | 'user', string>>;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const FORM = 'application/x-www-form-urlencoded';
type Request = { method: 'GET' | 'POST'; url: string; headers: Record<string, string>; body?: string };
const post = (url: string, type: string, body: string): Request => ({
  method: 'POST',
  url,
  headers: { 'Content-Type': type },
  body,
});
const get = (url: string, headers: Record<string, string> = {}): Request => ({ method: 'GET', url, headers });

/** The ways in which a definition can send its secrets. */
export const WAYS: Readonly<Record<string, (url: string, sent: Sent) => Request>> = {
  header: (url, { id, key, user }) => get(url, { 'X-Id': `Id ${id}`, 'X-Value': key, 'X-User': user }),
  Basic: (url, { id, key, user }) => get(url, { Authorization: `Basic ${base64(`${id}:${key}`)}`, 'X-User': user }),
  form: (url, sent) => post(url, FORM, new URLSearchParams(sent).toString()),
  'JSON body': (url, sent) => post(url, 'application/json', JSON.stringify({ a: { ...sent } })),
  query: (url, sent) => get(`${url}?${new URLSearchParams(sent).toString()}`),
  'percent-encoded query': (url, { id, key, user }) =>
    get(`${url}?k=${[id, key, user].map(encodeURIComponent).join('&')}`),
  path: (url, { id, key, user }) => get(`${url}/${[id, key, user].map(encodeURIComponent).join('/')}`),
};

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
const unicode = (text: string): string =>
  text.replaceAll(/[^\w ]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What a vendor may do to a text before it sends it back. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'as JSON': JSON.stringify,
  'as JSON within JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'with Unicode escapes': unicode,
  'as JSON with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (text) => encodeURIComponent(text).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  'form-encoded': (text) => new URLSearchParams({ '': text }).toString().slice(1),
  'for HTML': html,
  'as JSON for HTML': (text) => html(JSON.stringify(text)),
  'as base64': base64,
  'as base64url': (text) => Buffer.from(text).toString('base64url'),
  'as base64, percent-encoded': (text) => encodeURIComponent(base64(text)),
};

/** The forms in which no secret may be shown, and no text that is made of it. */
export const formsOf = (secret: string): string[] =>
  Object.entries(ENCODINGS).map(([, encode]) => encode(secret).replaceAll(/^[\\"]+|[\\"]+$/g, ''));

const echo = defineTokenApi({
  name: 'echo',
  credentials: ['id', 'key'],
  tokenParams: ['user'],
  settings: { way: Object.keys(WAYS) },
  tokenURL: 'token',
  lifetimeMs: 60_000,
  placement: { scheme: 'Bearer' },
  request: ({ url, credentials, tokenParams, settings }) =>
    WAYS[settings.way!]!(url, { ...credentials, user: tokenParams.user ?? '' }),
  parseResponse: ({ json }) => ({ token: json.token }),
  parseError: ({ json }) => json,
});

export type Echo = (request: Received) => unknown;

/** All that an app says while its vendor answers a token request with `reply`. */
export async function toldAbout(way: string, sent: Sent, reply: Echo, status = 401) {
  const { origin, received } = await startTokenServer((response, request) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply(request)));
  });
  const { id, key, user } = sent;
  const account = accountsFor(echo, { baseURL: origin, id, key, user, way });
  const app = await startApp({ prefetch: 'none', apis: [account] });
  const said: unknown[] = [];
  const write = (...lines: unknown[]): void => void said.push(...lines);
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: write });
  onTestFinished(() => Logger.overrideLogger(false));
  const events: AuthApisEvent[] = [];
  app.get(AuthApis).events$.subscribe((event) => events.push(event));
  const client = app.get(AuthApis).client(echo);
  const error = await failureOf<Error>(client.get('/x'));
  const all = { error, said, events, statuses: app.get(AuthApis).statuses() };
  await app.close();
  return { ...all, received };
}
