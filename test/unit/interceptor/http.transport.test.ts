import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import axios, { AxiosHeaders } from 'axios';
import type { IncomingMessage, request, RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { httpTransport } from '../../../lib/interceptor/http.transport.js';
import type { WireRequest } from '../../../lib/interceptor/transport.js';
import { plainServer } from '../../support/plain-server.js';
import { answer } from '../../support/outcome.js';

const TOKEN = ['X-Token', 'a-token'] as const;

interface NodeProtocol {
  readonly request: typeof request;
}

type Config = InternalAxiosRequestConfig & { readonly httpVersion?: number };

function wireRequest(config: object): WireRequest {
  return {
    config: { url: '/', method: 'get', ...config, headers: new AxiosHeaders() } as InternalAxiosRequestConfig,
    token: TOKEN,
    redirectRules: () => ({ beforeRedirect: () => {}, sensitiveHeaders: [TOKEN[0]] }),
  };
}

/** What reaches an adapter that answers by itself. */
async function adapted(config: object, request: WireRequest = wireRequest(config)): Promise<Config[]> {
  const seen: Config[] = [];
  const adapter: AxiosAdapter = async (given) => {
    seen.push(given);
    return answer(given);
  };
  await httpTransport(adapter, axios)(request);
  return seen;
}

const once: [string, object][] = [
  ['a stream', { data: Readable.from(['a']) }],
  ['a web stream', { data: new ReadableStream() }],
  ['a form', { data: new FormData() }],
  ['a Blob', { data: new Blob(['a']) }],
  ['no redirects', { maxRedirects: 0 }],
  ['a transport of the caller’s', { transport: { request() {} } }],
  ['progress of an upload', { onUploadProgress() {} }],
  ['a rate', { maxRate: 100 }],
  ['HTTP/2', { httpVersion: 2 }],
];

describe('with what can only pass once', () => {
  test.each(once)('%s, a request is axios’s as ever', async (_, config) => {
    const [given, ...more] = await adapted(config);
    expect(more).toEqual([]);
    expect(given?.transport).toBe((config as Partial<Config>).transport);
    expect(given?.headers.get(TOKEN[0])).toBe(TOKEN[1]);
    expect(given?.sensitiveHeaders).toEqual([TOKEN[0]]);
  });
});

describe('any other request', () => {
  test.each<[string, object]>([
    ['without a body', {}],
    ['with a text', { data: 'a' }],
    ['with bytes', { data: Buffer.from('a') }],
    ['with nothing', { data: null }],
    ['with many redirects', { maxRedirects: 99 }],
    ['with progress of a download', { onDownloadProgress() {} }],
  ])('%s reaches axios without its token, which is put on at the socket', async (_, config) => {
    const [given] = await adapted(config);
    expect(given?.transport).toBeDefined();
    expect(given?.headers.has(TOKEN[0])).toBe(false);
    const { origin, requests } = await plainServer();
    await httpTransport(axios.getAdapter('http'), axios)(wireRequest({ ...config, url: origin }));
    expect(requests[0]?.headers).toMatchObject({ 'x-token': TOKEN[1] });
  });

  test('leaves the config of its call as it was, and what a replay says in its place is said', async () => {
    const request = { ...wireRequest({ timeout: 90 }), changes: { timeout: 5 } };
    const [given] = await adapted({}, request);
    expect(given?.timeout).toBe(5);
    expect(request.config).not.toHaveProperty('transport');
    expect(request.config.timeout).toBe(90);
  });

  test('asks for the rules of redirects only when one comes', async () => {
    let asked = 0;
    const { origin } = await plainServer(({ url }, response) => {
      response.writeHead(url === '/from' ? 302 : 200, { Location: '/to' }).end();
    });
    const transport = httpTransport(axios.getAdapter('http'), axios);
    const calling = (url: string): WireRequest => {
      const request = wireRequest({ url: origin + url, validateStatus: null });
      return { ...request, redirectRules: () => (asked++, request.redirectRules()) };
    };
    await transport(calling('/to'));
    expect(asked).toBe(0);
    await transport(calling('/from'));
    expect(asked).toBe(1);
  });

  test('that never gets to a socket fails as the adapter says', async () => {
    const failure = new Error('no');
    const transport = httpTransport(() => Promise.reject(failure), axios);
    await expect(transport(wireRequest({}))).rejects.toBe(failure);
  });
});

describe('where an answer was found', () => {
  /** What a transport of axios's is asked for, and where it says that the answer was found. */
  async function foundAt(options: Partial<RequestOptions>): Promise<unknown> {
    const { port } = await plainServer();
    let given: unknown;
    const adapter: AxiosAdapter = (config) =>
      new Promise((resolve, reject) => {
        const all = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/', headers: {}, ...options };
        const onResponse = (response: IncomingMessage): void => {
          given = (response as unknown as { responseUrl?: string }).responseUrl;
          response.resume();
          resolve(answer(config));
        };
        (config.transport as NodeProtocol).request(all, onResponse).on('error', reject).end();
      });
    await httpTransport(adapter, axios)(wireRequest({}));
    return String(given).replace(`:${port}`, ':PORT');
  }

  test.each<[Partial<RequestOptions>, string]>([
    [{ path: '/x?y=1' }, 'http://127.0.0.1:PORT/x?y=1'],
    [{ path: 'http://api.test/x' }, 'http://api.test/x'],
    [{ hostname: 'localhost' }, 'http://localhost:PORT/'],
  ])('%j is at %s', async (options, url) => {
    expect(await foundAt(options)).toBe(url);
  });
});
