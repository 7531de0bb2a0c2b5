import dns from 'node:dns';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { HttpService } from '@nestjs/axios';
import type { INestApplicationContext } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import axios from 'axios';
import type {
  AccountOptions,
  AuthApisOptions,
  AuthApisRequestOptions,
  SparkflyClient,
  VerbitClient,
} from 'nestjs-auth-apis';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import type { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { Agent, interceptors, request } from 'undici';
import { onTestFinished, vi } from 'vitest';
import { sparkflyApp, verbitApp } from './vendors.js';

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly authApis?: AuthApisRequestOptions;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Whatever the status, there is an answer; rejects with the carrier's own error. */
export type Send = (target: string, call?: Call) => Promise<Answer>;

/** One of the four ways in which a call can be sent with a token. */
export interface Carrier {
  readonly name: 'client' | 'attach' | 'client.fetch' | 'undici';
  /** A path is below the client's base URL. */
  over(app: INestApplicationContext, client: SparkflyClient | VerbitClient): Send;
  /** How a call fails that was aborted with this reason. */
  abortedWith(reason: Error): object;
}

const cancelled = { name: 'CanceledError', code: 'ERR_CANCELED' };

export const carriers: readonly Carrier[] = [
  { name: 'client', over: (_, client) => byAxios(client.axiosRef), abortedWith: () => cancelled },
  {
    name: 'attach',
    over(app, client) {
      const http = new HttpService(axios.create());
      app.get(OutboundAuthorizationInterceptor).attach(http);
      const send = byAxios(http.axiosRef);
      return (target, call) => send(absolute(client, target), call);
    },
    abortedWith: () => cancelled,
  },
  { name: 'client.fetch', over: (_, client) => byFetch(client.fetch), abortedWith: ({ message }) => ({ message }) },
  {
    name: 'undici',
    over: (_, client) => byUndici(client),
    abortedWith: ({ message }) => ({ message }),
  },
];

export const carriersBut = (...names: Carrier['name'][]): readonly Carrier[] =>
  carriers.filter(({ name }) => !names.includes(name));

const byAxios =
  (instance: AxiosInstance): Send =>
  async (url, { body, ...call } = {}) => {
    const raw = { responseType: 'text', transformResponse: (text: string) => text, validateStatus: null } as const;
    const { status, headers, data } = await instance.request<string>({ ...raw, ...call, url, data: body });
    return { status, headers, text: data };
  };

const byFetch =
  (fetch: SparkflyClient['fetch']): Send =>
  async (target, { body, ...call } = {}) => {
    const duplex = body instanceof Readable || body instanceof ReadableStream ? { duplex: 'half' as const } : {};
    const response = await fetch(target, { ...call, body: body as NonNullable<RequestInit['body']>, ...duplex });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  };

function byUndici(client: SparkflyClient | VerbitClient): Send {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const dispatcher = agent.compose(authorizationInterceptor(client), interceptors.redirect({ maxRedirections: 5 }));
  return async (target, { method, body, ...call } = {}) => {
    const given = { dispatcher, method: method as 'GET' | undefined, body: body as string | undefined, ...call };
    const answer = await request(absolute(client, target), given);
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
}

const absolute = ({ axiosRef }: SparkflyClient | VerbitClient, target: string): string =>
  /^\/(?!\/)/.test(target) ? axiosRef.defaults.baseURL + target : target;

/** A vendor, an app with an account of it, and the carrier that sends the account's calls. */
export interface Carried<Vendor = FakeSparkfly | FakeVerbit, Client = SparkflyClient | VerbitClient> {
  readonly vendor: Vendor;
  readonly app: INestApplicationContext;
  readonly client: Client;
  readonly send: Send;
}

export interface CarriedWishes {
  readonly fake?: { readonly tokenLatencyMs?: number };
  readonly account?: AccountOptions | ((vendor: { readonly baseURL: string }) => AccountOptions);
  readonly options?: AuthApisOptions;
}

export async function sparkflyOver(
  carrier: Carrier,
  wishes?: Parameters<typeof sparkflyApp>[0],
): Promise<Carried<FakeSparkfly, SparkflyClient>> {
  const running = await sparkflyApp(wishes);
  return { ...running, send: carrier.over(running.app, running.client) };
}

export async function verbitOver(
  carrier: Carrier,
  wishes?: Parameters<typeof verbitApp>[0],
): Promise<Carried<FakeVerbit, VerbitClient>> {
  const running = await verbitApp(wishes);
  return { ...running, send: carrier.over(running.app, running.client) };
}

/** Both vendors, and where they put their token, over each carrier. */
export const carriedVendors: readonly {
  readonly carrier: Carrier;
  readonly vendorName: string;
  readonly header: string;
  readonly start: (wishes?: CarriedWishes) => Promise<Carried>;
}[] = carriers.flatMap((carrier) => [
  { carrier, vendorName: 'Verbit', header: 'authorization', start: (wishes) => verbitOver(carrier, wishes) },
  { carrier, vendorName: 'Sparkfly', header: 'x-auth-token', start: (wishes) => sparkflyOver(carrier, wishes) },
]);

/** From now on every name is this machine, so that what is spelled otherwise arrives all the same. */
export function everyNameIsHere(): void {
  const real = dns.lookup as (...args: unknown[]) => void;
  const lookup = (name: string, ...args: [object, (...answer: unknown[]) => void]): void =>
    real(isIP(name) ? name : '127.0.0.1', ...args);
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
  onTestFinished(() => spy.mockRestore());
}
