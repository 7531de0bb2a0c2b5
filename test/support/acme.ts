import type { INestApplicationContext } from '@nestjs/common';
import type { AuthApisEvent, AuthApisOptions, AuthClientOf, Clock } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, defineTokenApi, systemClock } from 'nestjs-auth-apis';
import type { ServerResponse } from 'node:http';
import { startApp } from './app.js';
import type { Received } from './token-server.js';
import { startTokenServer } from './token-server.js';

/** A third vendor, with something of everything that a definition can have. */
export const acme = defineTokenApi({
  name: 'acme',
  credentials: ['appId', 'appKey'],
  tokenParams: ['region', 'user'],
  perRequest: ['traceId'],
  settings: { tier: ['free', 'paid'], unit: 'text' },
  tokenURL: 'login/token',
  lifetimeMs: 30 * 60_000,
  placement: { in: 'header', name: 'X-Acme-Token', value: 'Key {token}' },
  request: ({ url, credentials, tokenParams, settings }) => ({
    method: 'POST',
    url,
    headers: {
      'Content-Type': 'application/json',
      'X-Acme-Tier': settings.tier ?? 'free',
      ...(tokenParams.traceId !== undefined && { 'X-Acme-Trace': tokenParams.traceId }),
    },
    body: JSON.stringify({
      id: credentials.appId,
      key: credentials.appKey,
      region: tokenParams.region,
      user: tokenParams.user,
      unit: settings.unit,
    }),
  }),
  parseResponse: ({ json }) => ({ token: json.access, lifetimeMs: Number(json.seconds) * 1_000 }),
  parseError: ({ json }) => ({ error: String(json.reason) }),
});

export type AcmeClient = AuthClientOf<typeof acme>;

/** What a token request said. */
export interface AcmeAsk {
  readonly id: string;
  readonly key: string;
  readonly region?: string;
  readonly user?: string;
  readonly unit?: string;
}

/** What an API call is answered with. */
export interface AcmeEcho extends AcmeAsk {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly token: string;
}

export const keyOf = (id: string): string => `key-of-${id}`;

interface AcmeToken {
  readonly ask: AcmeAsk;
  readonly issuedAt: number;
}

/** Acme on real sockets, and all that it has seen. */
export class AcmeVendor {
  readonly asks: AcmeAsk[] = [];
  /** When each token request came, by the vendor's clock. */
  readonly askedAt: number[] = [];
  readonly calls: Received[] = [];
  readonly refusedCalls: Received[] = [];
  readonly tokens = new Map<string, AcmeToken>();
  origin = '';
  received: readonly Received[] = [];
  /** The keys that it takes for an id. */
  keys: (id: string) => readonly string[] = (id) => [keyOf(id)];
  /** What it tells of a token's life. */
  seconds: unknown = 1_800;
  /** The age at which tokens really die. */
  diesAfterMs = Infinity;
  /** Refuses every call, whatever the token. */
  deniesCalls = false;
  latencyMs = 0;
  /** Token requests under way now, and the most there ever were at once. */
  atOnce = 0;
  mostAtOnce = 0;
  /** Takes a token request over: `true` when it has been, or will never be, answered. */
  intercept: (ask: AcmeAsk, response: ServerResponse) => boolean = () => false;
  readonly #clock: Clock;
  #issued = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get baseURL(): string {
    return `${this.origin}/v2`;
  }

  /** Every token issued, and every key known: what must never be shown. */
  get secrets(): string[] {
    return [...new Set([...this.tokens.keys(), ...this.asks.map(({ key }) => key)])];
  }

  asksOf(id: string): AcmeAsk[] {
    return this.asks.filter((ask) => ask.id === id);
  }

  serve(response: ServerResponse, request: Received): void {
    if (request.url.startsWith('/v2/login/token')) void this.#issue(response, request);
    else this.#answer(response, request);
  }

  async #issue(response: ServerResponse, { body }: Received): Promise<void> {
    const ask = JSON.parse(body) as AcmeAsk;
    this.asks.push(ask);
    this.askedAt.push(this.#clock.wallNow());
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    // Before its answer leaves: the client may come back with the next request before this process hears that it went.
    let isUnderWay = true;
    const over = (): void => {
      if (isUnderWay) this.atOnce--;
      isUnderWay = false;
    };
    response.once('prefinish', over).once('close', over);
    if (this.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    if (this.intercept(ask, response)) return;
    const isKnown = this.keys(ask.id).includes(ask.key);
    if (!isKnown) return json(response, 401, { reason: 'no such key' });
    const access = `acme-token-${++this.#issued}-of-${Buffer.from(ask.id).toString('hex')}`;
    this.tokens.set(access, { ask, issuedAt: this.#clock.wallNow() });
    json(response, 200, { access, seconds: this.seconds });
  }

  #answer(response: ServerResponse, request: Received): void {
    this.calls.push(request);
    const [scheme, token = ''] = String(request.headers['x-acme-token'] ?? '').split(' ');
    const found = this.tokens.get(token);
    const isAlive = found && this.#clock.wallNow() - found.issuedAt < this.diesAfterMs;
    if (scheme !== 'Key' || !isAlive || this.deniesCalls) {
      this.refusedCalls.push(request);
      return json(response, 401, { reason: 'token' });
    }
    const { method, url, body } = request;
    json(response, 200, { ...found.ask, key: undefined, token, method, url, body });
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

export async function acmeVendor(clock: Clock = systemClock): Promise<AcmeVendor> {
  const vendor = new AcmeVendor(clock);
  const { origin, received } = await startTokenServer((response, request) => vendor.serve(response, request));
  return Object.assign(vendor, { origin, received });
}

export type AcmeAccounts = Parameters<
  typeof accountsFor<'appId' | 'appKey', 'region' | 'user', 'traceId', typeof acme.settings, unknown>
>[1];

/** Gives every id an account, under its own name. */
export const everyId = (id: string): { appId: string; appKey: string } => ({ appId: id, appKey: keyOf(id) });

export interface AcmeApp {
  readonly vendor: AcmeVendor;
  readonly app: INestApplicationContext;
  readonly apis: AuthApis;
  readonly client: AcmeClient;
  readonly events: AuthApisEvent[];
}

/** Acme, and an app that looks its accounts up unless told otherwise. */
export async function acmeApp(
  accounts: (vendor: AcmeVendor) => AcmeAccounts = lookingUp(),
  options: AuthApisOptions = {},
): Promise<AcmeApp> {
  const vendor = await acmeVendor(options.clock);
  const app = await startApp({ prefetch: 'none', ...options, apis: [accountsFor(acme, accounts(vendor))] });
  return { vendor, app, ...acmeOf(app) };
}

export function acmeOf(app: INestApplicationContext): Pick<AcmeApp, 'apis' | 'client' | 'events'> {
  const apis = app.get(AuthApis);
  const events: AuthApisEvent[] = [];
  apis.events$.subscribe((event) => events.push(event));
  return { apis, client: apis.client(acme), events };
}

type Lookup = Extract<AcmeAccounts, { accounts: unknown }>['accounts'];

/** Accounts that the app looks up. */
export function lookingUp(
  accounts: Partial<Lookup> = {},
  more: Omit<Extract<AcmeAccounts, { accounts: unknown }>, 'accounts'> = {},
): (vendor: AcmeVendor) => AcmeAccounts {
  return ({ baseURL }) => ({ baseURL, ...more, accounts: { resolve: everyId, ...accounts } });
}

/** One account of the options. */
export function oneAccount(
  more: Partial<Exclude<Extract<AcmeAccounts, { appId: unknown }>, unknown[]>> = {},
): (vendor: AcmeVendor) => AcmeAccounts {
  return ({ baseURL }) => ({ baseURL, appId: 'me', appKey: keyOf('me'), ...more });
}
