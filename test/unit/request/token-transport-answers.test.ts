// Covers `lib/request/token-transport.ts`: odd responses.
import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import { expect, test } from 'vitest';
import type { ConnectionConfig } from '../../../lib/config/site.js';
import { createTokenTransport } from '../../../lib/request/token-transport.js';
import type { TokenRequest } from '../../../lib/vendors/token-api.definition.js';
import { answer } from '../../support/outcome.js';
import { errorOf } from '../../support/token-source.js';

const request: TokenRequest = {
  method: 'POST',
  url: 'http://vendor.test/auth',
  headers: { Accept: 'application/json' },
};

const send = (adapter: AxiosAdapter, connection?: ConnectionConfig) =>
  createTokenTransport(adapter, connection)(request, new AbortController().signal);

async function sentHeaders(headers: object): Promise<object> {
  let sent: InternalAxiosRequestConfig | undefined;
  await send(async (config) => answer((sent = config)), { headers: headers as ConnectionConfig['headers'] });
  return sent!.headers;
}

test('an answer without a body has an empty one', async () => {
  expect((await send(async (config) => answer(config, 204, undefined))).body).toBe('');
});

test('headers of an answer are told in lower case, as text, without those that have no value', async () => {
  const headers = { 'X-Count': 3, Date: 'now', 'X-None': undefined, 'X-Null': null };
  const response = await send(async (config) => ({ ...answer(config), headers: headers as never }));
  expect(response.headers).toStrictEqual({ 'x-count': '3', date: 'now' });
});

test.each([
  ['an error with a code', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 'reset', 'ECONNRESET'],
  ['an error whose code is a number', Object.assign(new Error('reset'), { code: 7 }), 'reset', undefined],
  ['an error without a message', new Error(''), 'no answer', undefined],
  ['something whose message is no text', { message: { key: 'e5cret' } }, 'no answer', undefined],
])('%s is told by its words and its code', async (_, thrown, message, code) => {
  const error = await errorOf<Error & { code?: string }>(
    send(async () => {
      throw thrown;
    }),
  );
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe(message);
  expect(error.code).toBe(code);
});

test('headers for all methods ride along, and such as only have content in their name', async () => {
  expect(await sentHeaders({ common: { 'X-Gateway': 'g' }, 'X-Content-Options': 'o', 'X-Try': 2 })).toEqual({
    'X-Gateway': 'g',
    'X-Content-Options': 'o',
    'X-Try': '2',
    Accept: 'application/json',
  });
});

test('headers that are no text and no number stay here', async () => {
  expect(await sentHeaders({ common: 'text', 'X-None': null, 'X-List': ['a'], post: { 'X-Post': 'p' } })).toEqual({
    Accept: 'application/json',
  });
});
