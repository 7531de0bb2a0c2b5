// A small load balancer: each call goes to the next replica, and on to another one when that has just died.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Replicas } from './replicas.js';

export class RoundRobin {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server = createServer((request, response) => void this.pass(request, response));
  private turn = 0;

  constructor(private readonly replicas: Replicas) {}

  /** @returns where it listens */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    this.agent.destroy();
    await once(this.server, 'close');
  }

  /** Calls of this demo are GETs, which can be sent twice. */
  private async pass({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
    for (let tries = 0; tries <= this.replicas.running.length; tries++) {
      const replica = this.replicas.running[this.turn++ % this.replicas.running.length];
      const answer = replica && (await this.ask(replica.url + url).catch(() => undefined));
      if (answer) return void response.writeHead(answer.status, { 'Content-Type': answer.type }).end(answer.body);
    }
    response.writeHead(502).end();
  }

  private async ask(url: string): Promise<{ status: number; type: string; body: string }> {
    const [answer] = (await once(get(url, { agent: this.agent }), 'response')) as [IncomingMessage];
    return { status: answer.statusCode!, type: answer.headers['content-type'] ?? '', body: await text(answer) };
  }
}
