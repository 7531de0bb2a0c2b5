import type { Server, Socket } from 'node:net';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DASHBOARD_HANG_UP_MS } from '../common/defaults.js';

/**
 * Browsers open connections in advance, and Node's server waits a minute for the first request on them when it closes. An
 * open page must not hold up a shutdown: when the server no longer listens, those that never said anything are cut.
 */
@Injectable()
export class SilentConnections implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #host: HttpAdapterHost;
  readonly #sockets = new Set<Socket>();

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#host = host;
  }

  get #server(): Server | undefined {
    return this.#host.httpAdapter?.getHttpServer() as Server | undefined;
  }

  onApplicationBootstrap(): void {
    // Over TLS both come: the second counts what was said after the handshake.
    for (const event of ['connection', 'secureConnection']) {
      this.#server?.on(event, (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      });
    }
  }

  beforeApplicationShutdown(): void {
    const server = this.#server;
    const timer = setInterval(() => {
      if (server?.listening) return;
      for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
      if (this.#sockets.size === 0) clearInterval(timer);
    }, DASHBOARD_HANG_UP_MS);
    timer.unref();
  }
}
