import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, exactly as received. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A plain HTTP server on loopback that keeps what it receives; closed when the test ends. */
export async function startTokenServer(answer: (response: ServerResponse, request: Received) => void) {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    void buffer(request).then((body) => {
      const { method = '', url = '', rawHeaders, headers } = request;
      const seen: Received = { method, url, rawHeaders, headers, body: body.toString() };
      received.push(seen);
      answer(response, seen);
    });
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, received };
}
