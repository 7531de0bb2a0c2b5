import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { OldStream } from '../../support/old-stream.js';
import { sparkflyApp } from '../../support/vendors.js';

interface Echo {
  readonly bodyBase64: string;
}

const CHUNKS = Array.from({ length: 40 }, () => randomBytes(32 * 1_024));
const BYTES = Buffer.concat(CHUNKS).toString('base64');

const streams: [string, () => unknown][] = [
  ['a Readable', () => Readable.from(CHUNKS)],
  ['a Readable piped through another', () => Readable.from(CHUNKS).pipe(new PassThrough())],
  ['an old-style stream', () => new OldStream(CHUNKS)],
];

describe.each(streams)('the bytes of %s', (_, make) => {
  test('arrive as they were given, and nothing of the request shows in the answer', async () => {
    const { vendor, client } = await sparkflyApp();
    await client.tokens.get();
    const body = make();
    const answer = await firstValueFrom(client.post<Echo>('/echo', body));
    expect(answer.data.bodyBase64 === BYTES).toBe(true);
    // The API itself sends back what it was sent.
    expectNoSecret({ ...answer, data: undefined }, [...vendor.tokensIssued, vendor.key, vendor.identity]);
    expectNoSecret(body, [...vendor.tokensIssued, vendor.key, vendor.identity]);
  });

  test('arrive so as well when the call had to wait for a token', async () => {
    const { client } = await sparkflyApp({ fake: { tokenLatencyMs: 100 } });
    const { data } = await firstValueFrom(client.post<Echo>('/echo', make(), { timeout: 2_000 }));
    expect(data.bodyBase64 === BYTES).toBe(true);
  });

  test.each([
    ['403', { status: 403 }],
    ['401', { status: 401 }],
    ['reset', { action: 'reset' }],
  ] as const)('leave no secret in the error of a call that ended in %s', async (__, fault) => {
    const { vendor, client } = await sparkflyApp();
    await client.tokens.get();
    vendor.failNext({ on: 'api', ...fault });
    const body = make();
    const error = await failureOf(client.post('/echo', body));
    expect(error.isAxiosError).toBe(true);
    expectNoSecret(error, [...vendor.tokensIssued, vendor.key, vendor.identity]);
    expectNoSecret(body, [...vendor.tokensIssued, vendor.key, vendor.identity]);
  });
});
