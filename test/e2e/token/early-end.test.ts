import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { acmeApp, oneAccount } from '../../support/acme.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What an hour of a call each minute tells, where tokens live 20 minutes and the vendor says a day. */
async function hourOfCalls(options: Parameters<typeof oneAccount>[0] = {}) {
  const clock = new ManualClock();
  const { vendor, client, events } = await acmeApp(oneAccount(options), { clock });
  vendor.seconds = 24 * 3_600;
  vendor.diesAfterMs = 20 * MINUTE;
  for (let minute = 0; minute <= 60; minute++) {
    await firstValueFrom(client.get('/things'));
    await clock.advance(MINUTE);
  }
  return { vendor, events };
}

test('tokens that end earlier than the vendor says are told with their age, and calls are replayed', async () => {
  const { vendor, events } = await hourOfCalls();
  const rejected = { type: 'tokenRejected', ageMs: 20 * MINUTE, remainingMs: 24 * HOUR - 20 * MINUTE };
  expect(events.filter(({ type }) => type === 'tokenRejected')).toMatchObject([rejected, rejected, rejected]);
  expect(vendor.refusedCalls).toHaveLength(3);
});

test('with that age as `tokenLifetimeMs` no call meets a token that has ended', async () => {
  const { vendor, events } = await hourOfCalls({ tokenLifetimeMs: 20 * MINUTE });
  expect(events.filter(({ type }) => type === 'tokenRejected')).toEqual([]);
  expect(vendor.refusedCalls).toEqual([]);
  expect(vendor.asks.length).toBeGreaterThanOrEqual(4);
});
