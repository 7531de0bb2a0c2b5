import { Readable } from 'node:stream';
import type { InternalAxiosRequestConfig } from 'axios';
import { AxiosError } from 'axios';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { answer, failureOf } from '../../support/outcome.js';
import { OldStream } from '../../support/old-stream.js';
import { sparkflyApp } from '../../support/vendors.js';

const CHUNK = Buffer.alloc(5_000);

test.each([
  ['a Readable', () => Readable.from([CHUNK])],
  ['an old-style stream', () => new OldStream([CHUNK])],
])('the error behind that of %s which exceeds maxBodyLength shows no token', async (_, body) => {
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  const error = await failureOf(client.post('/echo', body(), { maxBodyLength: 100 }));
  expect(error.code).toBe('ERR_BAD_REQUEST');
  expectNoSecret(error, [...vendor.tokensIssued, vendor.key, vendor.identity]);
  expectNoSecret(error.cause, [...vendor.tokensIssued, vendor.key, vendor.identity]);
});

/** What axios gives: the config as it was sent, a request with its headers, an answer that holds both. */
function axiosError(config: InternalAxiosRequestConfig, cause?: Error): AxiosError {
  const request = { headers: config.headers.toJSON() };
  const error = new AxiosError('inner', 'ERR_INNER', config, request, { ...answer(config, 500), request });
  if (cause) error.cause = cause;
  return error;
}

const failures: [string, (config: InternalAxiosRequestConfig) => Error][] = [
  ['an AxiosError behind an Error', (config) => new Error('outer', { cause: axiosError(config) })],
  ['an AxiosError behind an AxiosError', (config) => axiosError(config, axiosError(config))],
  [
    'an AxiosError five errors deep',
    (config) => Array.from({ length: 5 }).reduce<Error>((cause) => new Error('outer', { cause }), axiosError(config)),
  ],
  ['AxiosErrors of an AggregateError', (config) => new AggregateError([axiosError(config)], 'all failed')],
  [
    'an AxiosError that is its own cause',
    (config) => {
      const error = axiosError(config);
      error.cause = error;
      return error;
    },
  ],
  [
    'two AxiosErrors that are each other’s cause',
    (config) => {
      const inner = axiosError(config);
      const outer = axiosError(config, inner);
      inner.cause = outer;
      return outer;
    },
  ],
];

describe('an adapter of the caller’s that throws', () => {
  test.each(failures)('%s gives away no token', async (_, fail) => {
    const sent: unknown[] = [];
    const adapter = (config: InternalAxiosRequestConfig): Promise<never> => {
      sent.push(config.headers.get('X-Auth-Token'));
      return Promise.reject(fail(config));
    };
    const { vendor, client } = await sparkflyApp();
    const error = await failureOf<Error>(client.get('/offers', { adapter }));
    expect(sent).toEqual(vendor.tokensIssued);
    expectNoSecret(error, [...vendor.tokensIssued, vendor.key, vendor.identity]);
    expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
  });

  test('an error that is nobody’s of axios gets it back as it was', async () => {
    const cause = Object.assign(new Error('inner'), { hint: 1 });
    const thrown = new Error('outer', { cause });
    const { client } = await sparkflyApp();
    const error = await failureOf<Error>(client.get('/offers', { adapter: () => Promise.reject(thrown) }));
    expect(error).toBe(thrown);
    expect(error.cause).toBe(cause);
    expect(cause).not.toHaveProperty('config');
  });
});
