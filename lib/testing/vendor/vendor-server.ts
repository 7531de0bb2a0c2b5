import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { KEEP_ALIVE_TIMEOUT_MS } from './fake-defaults.js';

/** Answers one request; `wait` is real time, in milliseconds. */
export type Serve = (
  request: IncomingMessage,
  response: ServerResponse,
  wait: (ms: number) => Promise<void>,
) => Promise<void>;

/**
 * The HTTP server of a fake vendor, on loopback alone: how it starts, waits and ends. It keeps no process alive: whoever
 * waits for an answer does.
 */
export class VendorServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #origin = '';
  #closed: Promise<void> | undefined;

  constructor(serve: Serve) {
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (request, response) => {
      // A client that goes away in the middle of its request is nobody's error.
      serve(request, response, (ms) => this.#wait(ms)).catch(() => response.destroy());
    });
    this.#server.unref();
    this.#server.on('connection', (socket) => {
      socket.unref();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get origin(): string {
    return this.#origin;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address) this.#origin = `http://127.0.0.1:${address.port}`;
  }

  /** Real time, never settled once the server is closed. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const timer of this.#timers) clearTimeout(timer);
      for (const socket of this.#sockets) socket.destroy();
    });
    return this.#closed;
  }
}
