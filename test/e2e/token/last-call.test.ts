import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { sparkflyApp } from '../../support/vendors.js';

const LIFETIME_MS = 60_000;

/** An app whose token has little left, and a vendor that will not say another. */
async function nearTheEnd(leftMs: number) {
  const clock = new ManualClock();
  const setup = await sparkflyApp({
    fake: { clock, tokenLifetimeMs: LIFETIME_MS },
    account: { tokenLifetimeMs: LIFETIME_MS },
    options: { clock, refresh: { enabled: false }, tokenWaitTimeoutMs: 20_000, tokenRequestTimeoutMs: 15_000 },
  });
  await setup.client.tokens.get();
  await clock.advance(LIFETIME_MS - leftMs);
  setup.vendor.failNext({ action: 'hang', times: Infinity });
  return { clock, ...setup };
}

describe('while the token endpoint hangs', () => {
  test.each([2_500, 1_000, 400, 50])(
    'a call with %i ms left of its token is sent with that one before it dies',
    async (left) => {
      const { clock, vendor, client } = await nearTheEnd(left);
      const answers = Promise.all([firstValueFrom(client.get('/offers')), client.axiosRef.get('/offers')]);
      await until(() => vendor.counters.tokenRequests === 2);
      await sleep(20);
      expect(vendor.counters.apiRequests).toBe(0);
      await clock.advance(left - 5);
      expect((await answers).map(({ status }) => status)).toEqual([200, 200]);
      expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2, apiUnauthorized: 0 });
    },
  );

  test('a call whose token is dead already waits its time and gets an error', async () => {
    const { clock, vendor, client } = await nearTheEnd(0);
    const failure = failureOf(client.get('/offers'));
    await until(() => vendor.counters.tokenRequests === 2);
    await clock.advance(20_000);
    expect(await failure).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    expect(vendor.counters.apiRequests).toBe(0);
  });
});

test('a call that waits near the end of its token gets the new one when that comes in time', async () => {
  const { vendor, client } = await nearTheEnd(2_500);
  vendor.reset();
  expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  expect(vendor.requests.at(-1)?.headers['x-auth-token']).toBe(vendor.tokensIssued[1]);
});

test('on the machine’s own clock as well, a token of four seconds serves a call in its last moments', async () => {
  const lifetime = { tokenLifetimeMs: 4_000 };
  const { vendor, client } = await sparkflyApp({
    fake: lifetime,
    account: lifetime,
    options: { refresh: { enabled: false } },
  });
  await client.tokens.get();
  await until(() => client.tokens.status().state === 'expiring');
  vendor.failNext({ action: 'hang', times: Infinity });
  expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 1, apiUnauthorized: 0 });
});
