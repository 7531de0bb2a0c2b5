import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AxiosHeaders } from 'axios';
import { EventEmitter, once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { redactError, redactResponse } from '../../../lib/interceptor/redaction.js';

const config = (more: Partial<InternalAxiosRequestConfig> = {}): InternalAxiosRequestConfig => ({
  method: 'post',
  baseURL: 'https://vendor.test/v1',
  url: '/offers?key=e5cret',
  headers: new AxiosHeaders(),
  ...more,
});

const responseWith = (more: Partial<AxiosResponse>): AxiosResponse => ({
  status: 200,
  statusText: '',
  data: {},
  headers: {},
  config: config({ headers: new AxiosHeaders({ 'X-Auth-Token': 'e5cret' }) }),
  ...more,
});

/** What Node gives for a request that was sent. */
const sent = {
  method: 'POST',
  path: '/v1/offers?key=e5cret\n&more',
  getHeader: (name: string) => (name === 'host' ? 'vendor.test' : undefined),
  res: { responseUrl: 'https://vendor.test/v2/offers?key=e5cret' },
};

describe('of the request that was sent an answer keeps', () => {
  const requestOf = (request: unknown): unknown => redactResponse(responseWith({ request }), config()).request;

  test('method, host, path and where it was found, without a query', () => {
    expect(requestOf(sent)).toStrictEqual({
      method: 'POST',
      host: 'vendor.test',
      path: '/v1/offers',
      res: { responseUrl: 'https://vendor.test/v2/offers' },
    });
  });

  test.each([
    ['http://vendor.test/v1/offers?key=e5cret', '/v1/offers'],
    ['HTTPS://vendor.test:8443/v1/http://x?key=e5cret', '/v1/http://x'],
    ['/v1/http://x', '/v1/http://x'],
    ['http://vendor.test', ''],
  ])('the path of %s, which is how it is sent to a proxy', (path, expected) => {
    expect(requestOf({ ...sent, path })).toMatchObject({ path: expected });
  });

  test('an empty host when it named none', () => {
    expect(requestOf({ ...sent, getHeader: undefined })).toMatchObject({ host: '' });
    expect(requestOf({ ...sent, getHeader: () => undefined })).toMatchObject({ host: '' });
  });

  test.each([
    ['no method', { ...sent, method: undefined }],
    ['no path', { ...sent, path: undefined }],
  ])('what was configured when it tells %s', (_, request) => {
    expect(requestOf(request)).toMatchObject({ method: 'POST', host: 'vendor.test', path: '/v1/offers' });
  });

  test('nothing when there is none', () => {
    expect(requestOf(undefined)).toBeUndefined();
  });
});

test('an answer comes back with the config of the caller', () => {
  const own = config();
  expect(redactResponse(responseWith({}), own).config).toBe(own);
});

describe('an error', () => {
  test('keeps of its request what was configured', () => {
    const error = { config: {}, request: sent };
    redactError(error, config());
    expect(error.request).toEqual({ method: 'POST', host: 'vendor.test', path: '/v1/offers' });
  });

  test('of a request to nowhere keeps the path that was given, and GET', () => {
    const error = { request: sent };
    redactError(error, config({ method: undefined, baseURL: undefined }));
    expect(error.request).toEqual({ method: 'GET', host: '', path: '/offers' });
    const bare = { request: sent };
    redactError(bare, config({ url: undefined, baseURL: undefined }));
    expect(bare.request).toEqual({ method: 'POST', host: '', path: '' });
  });

  test('shares one request with its answer', () => {
    const error = { request: sent, response: responseWith({ request: sent }) };
    redactError(error, config());
    expect(error.response.request).toBe(error.request);
  });

  test('that is none of axios’s gets nothing added', () => {
    const error = new Error('x');
    expect(redactError(error, config())).toBe(error);
    expect(Object.keys(error)).toEqual([]);
  });

  test.each([undefined, null, 'text', 7])('that is %s comes back as it is', (thrown) => {
    expect(redactError(thrown, config())).toBe(thrown);
  });
});

describe('a streamed answer', () => {
  const streamed = (data: Readable): Readable =>
    (redactResponse(responseWith({ data }), config()) as AxiosResponse<Readable>).data;

  test('has the same bytes and knows nothing of the request', async () => {
    const body = Object.assign(Readable.from([Buffer.from('one'), Buffer.from('two')]), { req: sent });
    const copy = streamed(body);
    expect(copy).not.toBe(body);
    expect(copy).not.toHaveProperty('req');
    expect(await text(copy)).toBe('onetwo');
  });

  test('that fails gives its error, redacted', async () => {
    const body = new PassThrough();
    const copy = streamed(body);
    const error = Object.assign(new Error('reset'), { request: sent });
    body.destroy(error);
    expect((await once(copy, 'error').catch((e: unknown) => [e]))[0]).toBe(error);
    expect(error.request).toEqual({ method: 'POST', host: 'vendor.test', path: '/v1/offers' });
  });

  test('that breaks off without an error is an error', async () => {
    const body = new PassThrough();
    const copy = streamed(body);
    body.write('half');
    body.destroy();
    await expect(text(copy)).rejects.toThrow('The answer ended before it was complete');
  });

  test('that the caller gives up frees the connection', async () => {
    const body = new PassThrough();
    const closed = once(body as EventEmitter, 'close');
    streamed(body).destroy();
    await closed;
    expect(body.destroyed).toBe(true);
  });
});
