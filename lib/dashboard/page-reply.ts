import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { type BeforeApplicationShutdown, Inject, Injectable, StreamableFile } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DASHBOARD_FAREWELL_MS } from '../common/defaults.js';
import { EVENT_STREAM_HEADERS, PAGE_HEADERS } from './page-headers.js';

/** What Express and Fastify hand a handler; Fastify keeps Node's own object in `raw`. */
export type HttpRequest = IncomingMessage & { readonly raw?: IncomingMessage };

/**
 * Answers on Express and Fastify alike, and past what handlers return: an app's global interceptors may wrap that, or
 * give it a time limit.
 */
@Injectable()
export class PageReply implements BeforeApplicationShutdown {
  readonly #host: HttpAdapterHost;
  readonly #streams = new Set<ServerResponse>();

  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#host = host;
  }

  /** What has been written to one that does not read is never out, and the server would wait for it. */
  beforeApplicationShutdown(): void {
    const hangUp = (): void => this.#streams.forEach((stream) => stream.destroy());
    setTimeout(hangUp, DASHBOARD_FAREWELL_MS).unref();
  }

  sendJson(response: object, status: number, body: object, headers: Record<string, string> = {}): void {
    this.send(response, status, 'application/json; charset=utf-8', JSON.stringify(body), headers);
  }

  send(
    response: object,
    status: number,
    type: string,
    body: string | StreamableFile,
    headers: Record<string, string> = {},
  ): void {
    const { httpAdapter } = this.#host;
    for (const [name, value] of Object.entries({ ...PAGE_HEADERS, ...headers, 'Content-Type': type })) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }

  /** Destroys `events` when the connection ends: not every version of Nest does. */
  stream(request: HttpRequest, response: object, events: Readable): void {
    const raw = (response as { raw?: ServerResponse }).raw ?? (response as ServerResponse);
    if (raw.destroyed) return void events.destroy(); // it left while a guard was still asking: `close` comes no more
    this.#streams.add(raw);
    raw.once('close', () => {
      this.#streams.delete(raw);
      events.destroy();
    });
    // The server waits for open connections when it closes, those that were kept alive after their answer too.
    const isHttp1 = (request.raw ?? request).httpVersionMajor === 1;
    const headers = { ...EVENT_STREAM_HEADERS, ...(isHttp1 && { Connection: 'close' }) };
    this.send(response, 200, 'text/event-stream; charset=utf-8', endlessFile(events), headers);
  }
}

/** That nobody waits for its end is no error; the first versions of Nest 11 log each page that is closed as one. */
function endlessFile(events: Readable): StreamableFile {
  const file = new StreamableFile(events);
  const { errorLogger } = file;
  return file.setErrorLogger((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') errorLogger(error);
  });
}
