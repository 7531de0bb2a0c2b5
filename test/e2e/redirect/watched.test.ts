import { errorMonitor, getEventListeners } from 'node:events';
import type { ClientRequest, ServerResponse } from 'node:http';
import http from 'node:http';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { sparkflyApp } from '../../support/vendors.js';

/** Errors of requests and their answers, as tracing hears of them. */
function watchedErrors(): unknown[] {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  const send = http.request.bind(http) as (...args: unknown[]) => ClientRequest;
  const spy = vi.spyOn(http, 'request').mockImplementation((...args: unknown[]) => {
    const request = send(...args).on(errorMonitor, note);
    request.prependOnceListener('response', (response) => response.on(errorMonitor, note));
    return request;
  });
  onTestFinished(() => spy.mockRestore());
  return errors;
}

const text = (length: number) => (response: ServerResponse) => void response.end('m'.repeat(length));
const stall = (response: ServerResponse): void => void response.write('more to come');
const flood = (response: ServerResponse): void =>
  void (response.write(Buffer.alloc(16_384))
    ? setImmediate(flood, response)
    : response.once('drain', () => flood(response)));

async function setUp(say: (response: ServerResponse) => void) {
  let wasCut = false;
  const server = await plainServer((request, response) => {
    if (request.url === '/') {
      response.on('close', () => (wasCut = !response.writableFinished)).writeHead(302, { Location: '/there' });
      say(response);
    } else response.end('there');
  });
  const { client } = await sparkflyApp({ account: { allowedOrigins: [server.origin] } });
  await client.tokens.get();
  return { server, call: client.get.bind(client), wasCut: () => wasCut };
}

test.each([0, 5])('a redirect of %i bytes that is followed is no error of its request', async (length) => {
  const { server, call } = await setUp(text(length));
  const errors = watchedErrors();
  expect((await firstValueFrom(call(server.origin))).data).toBe('there');
  await sleep(50);
  expect(errors).toEqual([]);
});

test.each([
  ['without an end', stall],
  ['far too long', flood],
])('a redirect %s is followed and cut off', async (_, say) => {
  const { server, call, wasCut } = await setUp(say);
  expect((await firstValueFrom(call(server.origin))).data).toBe('there');
  await until(wasCut);
});

test('nothing of the first hop listens on', async () => {
  const { server, call } = await setUp(text(5));
  const { signal } = new AbortController();
  for (const responseType of ['json', 'stream', 'arraybuffer'] as const) {
    const { data } = await firstValueFrom(
      call<AsyncIterable<unknown>>(server.origin, { signal, responseType, maxContentLength: 100 }),
    );
    if (responseType === 'stream') for await (const chunk of data) expect(String(chunk)).toBe('there');
    await until(() => getEventListeners(signal, 'abort').length === 0);
  }
});

test('a caller’s validateStatus and progress callback hear of the answer alone', async () => {
  const { server, call } = await setUp(text(5));
  const statuses: number[] = [];
  const loaded: number[] = [];
  await firstValueFrom(
    call(server.origin, {
      validateStatus: (status) => statuses.push(status) > 0,
      onDownloadProgress: (progress) => void loaded.push(progress.loaded),
    }),
  );
  await sleep(50);
  expect(statuses).toEqual([200]);
  expect(loaded).toEqual([5]);
});
