import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { TRUNCATED_BYTES } from './fake-defaults.js';

/** What goes back over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export function json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Writes the whole answer, with header names in the case they are given. */
export function send(response: ServerResponse, answer: Answer, serverTime: number): void {
  const body = bytesOf(answer);
  writeHead(response, answer, serverTime, body.length);
  response.end(body);
}

/** Announces more than it sends, then cuts the connection. */
export function sendTruncated(response: ServerResponse, answer: Answer, serverTime: number): void {
  const body = bytesOf(answer);
  writeHead(response, answer, serverTime, body.length + TRUNCATED_BYTES);
  response.write(body, () => response.destroy());
}

function bytesOf({ status, body = '' }: Answer): Uint8Array {
  if (!hasBody(status)) return new Uint8Array();
  return typeof body === 'string' ? Buffer.from(body) : body;
}

function writeHead(response: ServerResponse, answer: Answer, serverTime: number, length: number): void {
  // Node's own Date follows the machine, not the clock of the fake.
  response.sendDate = false;
  response.statusCode = answer.status;
  response.setHeader('Date', new Date(serverTime).toUTCString());
  if (hasBody(answer.status)) response.setHeader('Content-Length', length);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
}

/** RFC 9110: these never carry one, and a length on a 204 is an error. */
function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}
