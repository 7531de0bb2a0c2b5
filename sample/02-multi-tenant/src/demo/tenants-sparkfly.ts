// Sparkfly, played in this process: who has which key, and what offers. (`FakeSparkfly` of `nestjs-auth-apis/testing`
// knows one identity; here it takes two, so that one sees whose token a call carries.)
import type { OnApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the vendor knows of one of its customers. */
interface Customer {
  key: string;
  readonly offers: readonly string[];
  readonly tokens: Set<string>;
}

export class TenantsSparkfly implements OnApplicationShutdown {
  /** Token requests that came, granted or not. */
  tokenRequests = 0;
  private readonly customers = new Map<string, Customer>();
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  static async start(): Promise<TenantsSparkfly> {
    const sparkfly = new TenantsSparkfly();
    sparkfly.server.listen(0, '127.0.0.1');
    await once(sparkfly.server, 'listening');
    return sparkfly;
  }

  get baseURL(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1.0`;
  }

  /** @returns the key of the new customer */
  enroll(identity: string, offers: readonly string[]): string {
    const key = newSecret();
    this.customers.set(identity, { key, offers, tokens: new Set() });
    return key;
  }

  /** Takes this key alone from now on; and, as after a leak, the tokens that the old one bought are dead. */
  changeKey(identity: string, key: string): void {
    const customer = this.customers.get(identity)!;
    customer.key = key;
    customer.tokens.clear();
  }

  async onApplicationShutdown(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private answer({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
    switch (`${method} ${url}`) {
      case 'POST /v1.0/auth':
        return this.sell(String(headers['x-auth-identity']), String(headers['x-auth-key']), response);
      case 'GET /v1.0/offers':
        return this.list(String(headers['x-auth-token']), response);
      default:
        return reply(response, 404, { error: 'Not found' });
    }
  }

  private sell(identity: string, key: string, response: ServerResponse): void {
    this.tokenRequests += 1;
    const customer = this.customers.get(identity);
    if (customer?.key !== key) return reply(response, 401, { error: 'Invalid credentials' });
    const token = newSecret();
    customer.tokens.add(token);
    response.writeHead(204, { 'X-Auth-Token': token }).end();
  }

  private list(token: string, response: ServerResponse): void {
    const customer = [...this.customers.values()].find(({ tokens }) => tokens.has(token));
    if (!customer) return reply(response, 401, { error: 'Invalid token' });
    const offers = customer.offers.map((name, i) => ({ id: i + 1, name }));
    reply(response, 200, offers);
  }
}

export const newSecret = (): string => randomBytes(16).toString('hex');

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
