import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { HttpAdapterHost } from '@nestjs/core';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../../lib/dashboard/page-reply.js';
import { PageReply } from '../../../lib/dashboard/page-reply.js';

/** A framework that does no more than it must, as the first versions of Nest 11. */
function setUp() {
  const headers = new Map<string, string>();
  const httpAdapter = { setHeader: (_: object, name: string, value: string) => headers.set(name, value), reply() {} };
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
