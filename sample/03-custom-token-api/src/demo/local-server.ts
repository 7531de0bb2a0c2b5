// An HTTP server on loopback that answers JSON, and forgets it all at the end.
import type { OnApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Call {
  /** Such as `GET /parcels`. */
  readonly what: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

export abstract class LocalServer implements OnApplicationShutdown {
  private readonly server = createServer((request, response) => {
    const answered = this.read(request).then(({ status, json }) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json)),
    );
    answered.catch(() => response.destroy());
  });

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async onApplicationShutdown(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  protected abstract answer(call: Call): Answer;

  private async read(request: IncomingMessage): Promise<Answer> {
    const { method, url, headers } = request;
    return this.answer({ what: `${method} ${url}`, headers, body: await text(request) });
  }
}

export const newSecret = (): string => randomBytes(16).toString('hex');
