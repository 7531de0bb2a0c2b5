import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as send } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { onTestFinished } from 'vitest';

/** What a proxy was asked for: a URL, or for CONNECT a host and port. */
export interface Proxied {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ProxyServer {
  readonly origin: string;
  readonly port: number;
  /** An axios `proxy` that leads here. */
  readonly config: { readonly host: string; readonly port: number };
  readonly requests: readonly Proxied[];
  /** All that clients said through tunnels, as the proxy could read it. */
  readonly overheard: () => string;
  /** From now on this is the answer to everything. */
  refuseWith(status: number): void;
  /** From now on nobody listens; it closes by itself when the test ends. */
  close(): Promise<void>;
}

/** A forward proxy as companies have it: absolute URLs for http, CONNECT for https. */
export async function proxyServer(): Promise<ProxyServer> {
  const requests: Proxied[] = [];
  const sockets = new Set<Socket>();
  const heard: Buffer[] = [];
  let refusal: number | undefined;
  const note = ({ method = '', url = '', headers }: IncomingMessage): void =>
    void requests.push({ method, target: url, headers });

  const server = createServer((request, response) => {
    note(request);
    if (refusal === undefined) relay(request, response);
    else response.writeHead(refusal, { 'Proxy-Authenticate': 'Basic' }).end('the proxy says no');
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.on('data', (chunk: Buffer) => void heard.push(chunk));
      pipeline(socket, onward, socket, () => void (socket.destroy(), onward.destroy()));
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    config: { host: '127.0.0.1', port },
    requests,
    overheard: () => Buffer.concat(heard).toString('latin1'),
    refuseWith: (status) => void (refusal = status),
    close,
  };
}

/** Passes a request on, or answers itself where the URL is its own. */
function relay(request: IncomingMessage, response: ServerResponse): void {
  const target = URL.canParse(request.url ?? '') ? new URL(request.url!) : undefined;
  if (!target || target.host === `127.0.0.1:${request.socket.localPort}`) return void response.end('{}');
  const { 'proxy-authorization': _, ...headers } = request.headers;
  const onward = send(target, { method: request.method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  onward.on('error', () => response.writeHead(502).end());
  request.pipe(onward);
}
