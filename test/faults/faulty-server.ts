import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request as a fault sees it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** The connection has carried a request before. */
  readonly isReused: boolean;
  readonly server: FaultyServer;
}

/** What the server does instead of serving. */
export interface Behaviour {
  /** Nobody listens on the port. */
  readonly refuses?: boolean;
  /** Connections that are open when it begins stay open. */
  readonly keepsConnections?: boolean;
  readonly connection?: (socket: Socket) => void;
  readonly request?: (exchange: Exchange) => void;
}

export type Service = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on a real socket, healthy until told otherwise, that counts what reaches it. */
export class FaultyServer {
  /** Requests whose head was read. */
  requests = 0;
  /** Requests that are kept without an answer now. */
  held = 0;
  /** The most that one answer has carried, bytes. */
  largestAnswer = 0;
  readonly #serve: Service;
  readonly #server: Server;
  readonly #carried = new Map<Socket, number>();
  #behaviour: Behaviour = {};
  #port = 0;

  private constructor(serve: Service) {
    this.#serve = serve;
    this.#server = createServer((request, response) => this.#take(request, response));
    this.#server.on('connection', (socket) => {
      this.#carried.set(socket, 0);
      socket.once('close', () => this.#carried.delete(socket));
      socket.on('error', () => {});
      this.#behaviour.connection?.(socket);
    });
  }

  static async start(serve: Service): Promise<FaultyServer> {
    const server = new FaultyServer(serve);
    await server.#listen();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on, until healed. Resolves when clients have noticed that their connections are gone. */
  async misbehave(behaviour: Behaviour): Promise<void> {
    this.#behaviour = behaviour;
    if (behaviour.refuses) this.#server.close();
    if (!behaviour.keepsConnections) await this.#disconnect();
  }

  /** Serves whatever comes; what is held stays so. */
  async heal(): Promise<void> {
    this.#behaviour = {};
    if (!this.#server.listening) await this.#listen();
  }

  async close(): Promise<void> {
    this.#server.close();
    await this.#disconnect();
  }

  serve({ request, response }: Exchange): void {
    this.#serve(request, response);
  }

  /** Keeps a request without an answer, or without the end of one, until the client leaves. */
  hold({ socket }: Exchange): void {
    this.held++;
    socket.once('close', () => this.held--);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const before = this.#carried.get(socket) ?? 0;
    const sentBefore = socket.bytesWritten;
    this.requests++;
    this.#carried.set(socket, before + 1);
    request.resume();
    response.on('error', () => {});
    response.once('close', () => {
      this.largestAnswer = Math.max(this.largestAnswer, socket.bytesWritten - sentBefore);
    });
    const exchange = { request, response, socket, isReused: before > 0, server: this };
    (this.#behaviour.request ?? ((each: Exchange) => this.serve(each)))(exchange);
  }

  async #disconnect(): Promise<void> {
    const sockets = [...this.#carried.keys()];
    if (sockets.length === 0) return;
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await new Promise((resolve) => setTimeout(resolve, 10));
    // Where the process was busy for as long, the timer comes before what the sockets have to say.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server.removeAllListeners('error');
    this.#port = (this.#server.address() as AddressInfo).port;
  }
}
