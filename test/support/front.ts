import type { AddressInfo, ListenOptions, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { selfSigned } from './certificate.js';

const { cert, key } = selfSigned(['localhost', 'vendor.localhost'], ['127.0.0.1', '::1']);
const secureContext = createSecureContext({ cert, key });

/** To be trusted as `ca` by whoever shall reach a front over https. */
export const CERTIFICATE = cert;

/** One port that speaks both schemes: the same host and port, two origins. */
export interface Front {
  readonly https: string;
  readonly http: string;
  readonly port: number;
}

/** What stands behind a front, an origin each; without one, connections of that scheme are cut. */
export interface Behind {
  readonly https?: string;
  readonly http?: string;
}

/** TLS is taken off here and the plain bytes go on to who stands behind; a fake vendor gets an https address so. */
export async function front(behind: Behind, host = '127.0.0.1'): Promise<Front> {
  const port = await listen((socket) => void route(socket, behind), { host, port: 0 });
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { https: `https://${authority}`, http: `http://${authority}`, port };
}

/** The same for plain bytes on a Unix socket. */
export async function unixFront(path: string, behind: string): Promise<void> {
  await listen((socket) => forward(socket, behind), { path });
}

/** A TLS handshake begins with a byte that no HTTP request has. */
async function route(socket: Socket, { https, http }: Behind): Promise<void> {
  const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.pause();
  socket.unshift(first);
  const isTls = first[0] === 0x16;
  forward(isTls ? new TLSSocket(socket, { isServer: true, secureContext }) : socket, isTls ? https : http);
}

function forward(socket: Socket, origin: string | undefined): void {
  socket.on('error', () => socket.destroy());
  if (origin === undefined) {
    socket.destroy();
    return;
  }
  const { hostname, port } = new URL(origin);
  const onward = connect(Number(port), hostname);
  const close = (): void => void (socket.destroy(), onward.destroy());
  pipeline(socket, onward, socket, close);
}

async function listen(serve: (socket: Socket) => void, where: ListenOptions): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
