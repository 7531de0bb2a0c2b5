import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(204, { 'X-Auth-Token': randomBytes(32).toString('hex') }).end();
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port));
