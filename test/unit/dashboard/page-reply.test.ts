import { EventEmitter } from 'node:events';
import { pipeline, Readable, Writable } from 'node:stream';
import type { StreamableFile } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../../lib/dashboard/page-reply.js';
import { PageReply } from '../../../lib/dashboard/page-reply.js';
import { logLines } from '../../support/log-lines.js';

/** A framework that does no more than it must, as the first versions of Nest 11. */
function setUp(answer: (response: Writable, file: StreamableFile) => void = () => undefined) {
  const headers = new Map<string, string>();
  const setHeader = (_: object, name: string, value: string) => headers.set(name, value);
  const httpAdapter = { setHeader, reply: answer };
  return { headers, reply: new PageReply({ httpAdapter } as unknown as HttpAdapterHost) };
}

describe.each([
  ['Express', <T>(node: T) => node],
  ['Fastify', <T>(node: T) => ({ raw: node })],
])('an event stream on %s', (_, wrapped) => {
  test.each([
    [1, 'close'],
    [2, undefined],
  ])('over HTTP/%i: the connection ends with it, where connections are of one request', (version, connection) => {
    const { headers, reply } = setUp();
    const request = wrapped({ httpVersionMajor: version }) as HttpRequest;
    reply.stream(request, wrapped(new EventEmitter()), new Readable({ read() {} }));
    expect(headers.get('Connection')).toBe(connection);
    expect(headers.get('Cache-Control')).toBe('no-store, no-transform');
  });

  test('is over when its connection is', () => {
    const { reply } = setUp();
    const response = new EventEmitter();
    const events = new Readable({ read() {} });
    reply.stream(wrapped({ httpVersionMajor: 1 }) as HttpRequest, wrapped(response), events);
    expect(events.destroyed).toBe(false);
    response.emit('close');
    expect(events.destroyed).toBe(true);
  });

  test('is over at once, and not answered, when the page left while a guard was still asking', () => {
    const { headers, reply } = setUp();
    const response = Object.assign(new EventEmitter(), { destroyed: true }); // `close` has been, and comes no more
    const events = new Readable({ read() {} });
    reply.stream(wrapped({ httpVersionMajor: 1 }) as HttpRequest, wrapped(response), events);
    expect(events.destroyed).toBe(true);
    expect(headers.size).toBe(0);
  });
});

test.each([
  ['a page that is closed', (_: Readable, response: Writable) => response.destroy(), []],
  ['a mistake of ours', (events: Readable) => events.destroy(new Error('ours')), ['Error: ours']],
])('what Nest logs of a stream that ends before its time: %s', async (_, end, expected) => {
  const logged = logLines('error');
  const { reply } = setUp((to, file) => pipeline(file.getStream(), to, (error) => error && file.errorLogger(error)));
  const events = new Readable({ read() {} });
  const response = new Writable();
  const closed = new Promise((resolve) => response.once('close', resolve));
  reply.stream({ httpVersionMajor: 1 } as HttpRequest, response, events);
  end(events, response);
  await closed;
  expect(logged).toEqual(expected);
});
