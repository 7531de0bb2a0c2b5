import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { OldStream } from '../../support/old-stream.js';
import { uncaughtErrors } from '../../support/uncaught.js';
import { sparkflyApp } from '../../support/vendors.js';

const broken = new Error('the disk broke');

const streams: [string, () => NodeJS.EventEmitter, object][] = [
  ['a file that is not there', () => createReadStream('/no/such/file'), { code: 'ENOENT' }],
  [
    'a stream that is destroyed',
    () => {
      const body = new Readable({ read: () => {} });
      setTimeout(() => body.destroy(broken), 20);
      return body;
    },
    { message: broken.message },
  ],
  [
    'a stream that the caller destroys without an error',
    () => {
      const body = new Readable({ read: () => {} });
      setTimeout(() => body.destroy(), 20);
      return body;
    },
    { code: 'ERR_CANCELED' },
  ],
  ['an old-style stream that breaks', () => new OldStream([], broken), { message: broken.message }],
];

describe.each(streams)('a body from %s', (_, make, expected) => {
  test('while the call waits for its first token fails the call with that error', async () => {
    const uncaught = uncaughtErrors();
    const { vendor, client } = await sparkflyApp({ fake: { tokenLatencyMs: 120 } });
    const error = await failureOf(client.post('/echo', make(), { timeout: 2_000 }));
    expect(error).toMatchObject(expected);
    expectNoSecret(error, [...vendor.tokensIssued, vendor.key, vendor.identity]);
    expect(vendor.counters.tokenRequests).toBe(1);
    expect(vendor.requests.filter(({ path, status }) => path.endsWith('/echo') && status === 200)).toEqual([]);
    expect(uncaught).toEqual([]);
  });

  test('with a token at hand fails the call with that error', async () => {
    const uncaught = uncaughtErrors();
    const { client } = await sparkflyApp();
    await client.tokens.get();
    expect(await failureOf(client.post('/echo', make(), { timeout: 2_000 }))).toMatchObject(expected);
    await sleep(20);
    expect(uncaught).toEqual([]);
  });
});

test('a body that breaks after its call has failed for want of a token harms nobody', async () => {
  const uncaught = uncaughtErrors();
  const { vendor, client } = await sparkflyApp();
  vendor.rotateKey('another-key');
  const body = new Readable({ read: () => {} });
  expect(await failureOf(client.post('/echo', body))).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  body.destroy(broken);
  await until(() => body.closed);
  await sleep(10);
  expect(uncaught).toEqual([]);
  expect(vendor.counters.apiRequests).toBe(0);
});

test('a body that the caller destroys midway is not taken for a whole one', async () => {
  const uncaught = uncaughtErrors();
  const { vendor, client } = await sparkflyApp();
  await client.tokens.get();
  const body = new Readable({ read: () => {} });
  body.push('half');
  setTimeout(() => body.destroy(), 30);
  expect(await failureOf(client.post('/echo', body, { timeout: 2_000 }))).toMatchObject({ code: 'ERR_CANCELED' });
  expect(vendor.requests.filter(({ path, status }) => path.endsWith('/echo') && status === 200)).toEqual([]);
  await sleep(20);
  expect(uncaught).toEqual([]);
});
