import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that is nobody's vendor, and what it was sent. */
export interface PlainServer {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  /** Connections that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** From now on this is how it answers. */
  answerWith(listener: RequestListener): void;
}

export async function plainServer(
  listener: RequestListener = (_, response) => response.end('{}'),
): Promise<PlainServer> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let answer = listener;
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const answerWith = (next: RequestListener): void => void (answer = next);
  return { origin: `http://127.0.0.1:${port}`, port, requests, sockets, answerWith };
}
