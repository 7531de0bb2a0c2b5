import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import axios from 'axios';
import { accountsFor, AuthApis, defineTokenApi } from 'nestjs-auth-apis';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, vi } from 'vitest';
import { CONFIDENTIAL_HEADERS } from '../../lib/vendors/wire.js';
import { startApp } from './app.js';
import { selfSigned } from './certificate.js';
import { sleep } from './outcome.js';
import { uncaughtErrors } from './uncaught.js';

const { cert, key } = selfSigned(['localhost'], ['127.0.0.1']);

/** To be trusted as `ca` by whoever calls over https. */
export const CERTIFICATE = cert;
export const TOKEN = { header: 'X-Probe-Token', value: 'the-token' } as const;

const probe = defineTokenApi({
  name: 'probe',
  credentials: ['appKey'],
  tokenURL: 'login/token',
  lifetimeMs: 3_600_000,
  placement: { in: 'header', name: TOKEN.header },
  request: ({ url }) => ({ method: 'POST', url, headers: {}, body: '' }),
  parseResponse: () => ({ token: TOKEN.value }),
});

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Names and values as they were sent, in the order of the alphabet. */
  readonly headers: readonly string[];
  /** What came of the body, in base64. */
  body: string;
  /** Which of the connections it came by, counted from the first of a run. */
  readonly connection: number;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: Seen;
  /** How many requests came before, in this run. */
  readonly index: number;
  readonly origin: string;
}

export type Script = (exchange: Exchange) => void;

/** One of the two that do the same. */
export interface Run {
  readonly origin: string;
  readonly isOurs: boolean;
  /** Something that both must have met with alike, in this order. */
  readonly note: (...what: unknown[]) => void;
  /** Looked at when the call is over. */
  readonly afterwards: (look: () => unknown) => void;
}

export type Config = AxiosRequestConfig & { httpVersion?: number; http2Options?: object };
type Caller = (config: Config) => Promise<AxiosResponse>;
export type Make = (run: Run) => Config | Promise<Config>;

export interface Outcome {
  readonly answer?: unknown;
  readonly error?: { message?: string; code?: string; name?: string; response?: unknown; cause?: unknown };
  readonly requests: readonly Seen[];
  readonly notes: readonly unknown[];
  readonly looks: readonly unknown[];
}

export interface Comparison {
  readonly origin: string;
  readonly port: number;
  /** Does with axios and with a client of ours what `make` says; both must have the same outcome, which is given back. */
  readonly same: (make: Make, script: Script, more?: More) => Promise<Outcome>;
  /** The same two outcomes, for what may differ. */
  readonly both: (make: Make, script: Script, more?: More) => Promise<{ theirs: Outcome; ours: Outcome }>;
}

export interface More {
  /** What is done in place of one call. */
  readonly calls?: (call: Caller, run: Run) => Promise<AxiosResponse | void>;
  /** The script has the request before its body. @default false */
  readonly isEarly?: boolean;
  /** After that, a call counts as one that never ends. @default 1,000 */
  readonly patienceMs?: number;
  /** What is no difference. */
  readonly blur?: (outcome: string) => string;
}

export interface Wishes {
  readonly scheme?: 'http' | 'https' | 'unix';
  /** What the server is called. @default '127.0.0.1' */
  readonly host?: string;
  /** Where a Unix socket is. */
  readonly path?: string;
  /** Settings of the account, and of the axios instance that it is compared with. */
  readonly http?: AxiosRequestConfig;
}

/** A server that does what a script says, axios, and a client of ours, of which the same is expected. */
export async function comparison(wishes: Wishes = {}): Promise<Comparison> {
  const { scheme = 'http', host = '127.0.0.1', path, http: settings } = wishes;
  const uncaught = uncaughtErrors();
  withoutProxies();
  const server = await scriptedServer(scheme, host, path);
  const { origin } = server;
  const app = await startApp({
    prefetch: 'none',
    // Else the environment's proxy is not for plain http to this machine.
    apis: [
      accountsFor(probe, {
        baseURL: origin,
        appKey: 'key',
        allowInsecure: true,
        http: settings,
      }),
    ],
  });
  const client = app.get(AuthApis).client(probe);
  // Over TLS the token would need an agent, and is no part of this.
  await client.tokens.get();
  const plain = axios.create({
    ...settings,
    baseURL: origin,
    headers: { [TOKEN.header]: TOKEN.value, ...(settings?.headers as object | undefined) },
  });
  const sensitive = [...CONFIDENTIAL_HEADERS, TOKEN.header];
  const callers: Record<'theirs' | 'ours', Caller> = {
    theirs: ({ sensitiveHeaders = [], ...config }) =>
      plain.request({ ...config, sensitiveHeaders: [...sensitiveHeaders, ...sensitive] }),
    ours: (config) => client.axiosRef.request(config),
  };
  const outcomeOf = async (who: 'theirs' | 'ours', make: Make, script: Script, more: More): Promise<Outcome> => {
    const requests = await server.begin(script, more.isEarly ?? false);
    const notes: unknown[] = [];
    const looks: (() => unknown)[] = [];
    const run: Run = {
      origin,
      isOurs: who === 'ours',
      note: (...what) => void notes.push(structuredClone(what)),
      afterwards: (look) => void looks.push(look),
    };
    const config = await make(run);
    const call: Caller = (changes) => callers[who]({ ...config, ...changes });
    const work = more.calls ? more.calls(call, run) : call({});
    const end = await Promise.race([work.then(answered, failed), sleep(more.patienceMs ?? 1_000).then(() => HANGS)]);
    await sleep(3);
    return { ...end, requests: [...requests], notes, looks: looks.map((look) => look()) };
  };
  const both: Comparison['both'] = async (make, script, more = {}) => {
    const theirs = await outcomeOf('theirs', make, script, more);
    const ours = await outcomeOf('ours', make, script, more);
    expect(uncaught).toEqual([]);
    return { theirs, ours };
  };
  const same: Comparison['same'] = async (make, script, more = {}) => {
    const { theirs, ours } = await both(make, script, more);
    const { blur } = more;
    if (blur) expect(JSON.parse(blur(JSON.stringify(ours)))).toEqual(JSON.parse(blur(JSON.stringify(theirs))));
    else expect(ours).toEqual(theirs);
    return theirs;
  };
  return { origin, port: server.port, same, both };
}

/** Proxies of nobody's environment but the test's. */
function withoutProxies(): void {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    if (process.env[name] !== undefined) vi.stubEnv(name, undefined);
    if (process.env[name.toLowerCase()] !== undefined) vi.stubEnv(name.toLowerCase(), undefined);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
}

interface ScriptedServer {
  readonly origin: string;
  readonly port: number;
  /** Whoever comes now finds no connection of the one before. */
  readonly begin: (script: Script, isEarly: boolean) => Promise<readonly Seen[]>;
}

async function scriptedServer(
  scheme: 'http' | 'https' | 'unix',
  host: string,
  path: string | undefined,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let connections = new Map<Socket, number>();
  let requests: Seen[] = [];
  let script: Script = ({ response }) => response.end();
  let isEarly = false;
  let origin = '';
  const listener: RequestListener = (request, response) => {
    const { method = '', url = '', rawHeaders, socket } = request;
    if (url.startsWith('/login/token')) {
      response.end('{}');
      return;
    }
    response.sendDate = false;
    const connection = connections.get(socket) ?? connections.size;
    connections.set(socket, connection);
    const pairs = rawHeaders.flatMap((name, i) => (i % 2 ? [] : [`${name}: ${rawHeaders[i + 1]}`])).sort();
    const seen: Seen = { method, url, headers: pairs, body: 'not all of it', connection };
    const exchange = { request, response, seen, index: requests.push(seen) - 1, origin };
    const mine = script;
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.once('end', () => {
      seen.body = Buffer.concat(chunks).toString('base64');
      if (!isEarly) mine(exchange);
    });
    if (isEarly) mine(exchange);
  };
  const server: Server = scheme === 'https' ? createTlsServer({ cert, key }, listener) : createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('clientError', (_, socket) => void socket.destroy());
  const where = path === undefined ? { host: '127.0.0.1', port: 0 } : { path };
  await new Promise<void>((resolve) => server.listen(where, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const port = path === undefined ? (server.address() as AddressInfo).port : 0;
  origin = path === undefined ? `${scheme}://${host}:${port}` : 'http://api.test';
  const begin: ScriptedServer['begin'] = async (next, early) => {
    for (const socket of sockets) socket.destroy();
    // The client hears of it, however busy the machine is.
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
    await sleep(2);
    connections = new Map();
    requests = [];
    script = next;
    isEarly = early;
    return requests;
  };
  return { origin, port, begin };
}

type End = Pick<Outcome, 'answer' | 'error'>;

const HANGS: End = { answer: 'none yet' };

async function answered(response: AxiosResponse | void): Promise<End> {
  return response ? { answer: await shown(response) } : {};
}

/** Of an answer what a caller may go by. What our clients hide on purpose is not compared. */
async function shown({ status, statusText, headers, data, request, config }: AxiosResponse): Promise<unknown> {
  const { method, path, res } = (request ?? {}) as { method?: string; path?: string; res?: { responseUrl?: string } };
  return {
    status,
    statusText,
    headers: { ...(JSON.parse(JSON.stringify(headers)) as object), date: undefined },
    data: await read(data),
    method,
    path: withoutOrigin(path),
    foundAt: withoutQuery(res?.responseUrl),
    isOfCaller: !(config?.transport as unknown),
  };
}

const withoutQuery = (url: string | undefined): string | undefined => url?.replace(/\?.*$/s, '');
const withoutOrigin = (path: string | undefined): string | undefined =>
  withoutQuery(path)?.replace(/^https?:\/\/[^/?]*/i, '');

async function read(data: unknown): Promise<unknown> {
  if (Buffer.isBuffer(data)) return { base64: data.toString('base64') };
  if (typeof (data as Readable | undefined)?.pipe !== 'function') return data;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of data as Readable) chunks.push(chunk as Buffer);
    return { stream: Buffer.concat(chunks).toString('base64') };
  } catch (error) {
    const { message, code } = error as { message: string; code?: string };
    return { cut: Buffer.concat(chunks).toString('base64'), message, code };
  }
}

interface Failure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly status?: number;
  readonly cause?: Failure;
  readonly response?: AxiosResponse;
}

async function failed(error: Failure): Promise<End> {
  const { name, message, code, status, cause, response } = error;
  const isAxiosError = axios.isAxiosError(error);
  const because = cause && { name: cause.name, message: cause.message, code: cause.code };
  const told = response && ((await shown(response)) as object);
  // Of the request of an error our clients tell where it began.
  const answer = told && { ...told, method: undefined, path: undefined, foundAt: undefined };
  return { error: { name, message, code, status, isAxiosError, cause: because, response: answer } as Outcome['error'] };
}

/** A `beforeRedirect` that notes all that it is told. */
export function noting({ note }: Pick<Run, 'note'>): NonNullable<AxiosRequestConfig['beforeRedirect']> {
  return (options, answer, request) => {
    const { path, href, protocol, hostname, host, port, method, auth, pathname, search, hash, query } =
      options as Record<string, unknown>;
    const target = { path, href, protocol, hostname, host, port, method, auth, pathname, search, hash, query };
    const plain = (headers: object | undefined): unknown =>
      Object.entries(headers ?? {})
        .filter(([name]) => name !== 'date')
        .map(([name, value]) => `${name}: ${String(value)}`)
        .sort();
    const { url, method: sent, headers } = request ?? ({} as Partial<NonNullable<typeof request>>);
    note({
      target,
      headers: plain(options.headers as object),
      agents: Object.keys((options.agents ?? {}) as object),
      hasAgent: Boolean(options.agent),
      answer: { ...answer, headers: plain(answer.headers) },
      request: { url, method: sent, headers: plain(headers) },
    });
  };
}

export const redirect =
  (status: number, location: string, headers: Record<string, string> = {}, body: string | Buffer = ''): Script =>
  ({ response }) =>
    void response.writeHead(status, { Location: location, ...headers }).end(body);

export const ok =
  (
    body: string | Buffer = '{"ok":true}',
    headers: Record<string, string> = { 'Content-Type': 'application/json' },
  ): Script =>
  ({ response }) =>
    void response.writeHead(200, headers).end(body);

/** One after the other; the last goes on for ever. */
export const inTurn =
  (...scripts: readonly Script[]): Script =>
  (exchange) =>
    scripts[Math.min(exchange.index, scripts.length - 1)]!(exchange);
