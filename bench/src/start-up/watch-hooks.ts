import type { MessagePort } from 'node:worker_threads';

let port: MessagePort;

export function initialize(data: { port: MessagePort }): void {
  port = data.port;
}

type Load = (url: string, context: object) => Promise<unknown>;

/** Tells of each file that is loaded as a module, and leaves it as it is. */
export function load(url: string, context: object, nextLoad: Load): Promise<unknown> {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  if (url.startsWith('file:')) port.postMessage(url);
  return nextLoad(url, context);
}
