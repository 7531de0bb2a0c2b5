import type { ModuleRef } from '@nestjs/core';
import { AuthApis } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, onTestFinished, test } from 'vitest';
import { resolveOptions } from '../../../lib/config/resolve-options.js';
import { RefreshDesk } from '../../../lib/dashboard/refresh-desk.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const MINUTE = 60_000;

/** The desk alone, without Nest, on a clock that stands still; what a press is answered with. */
async function setUp() {
  const clock = new ManualClock();
  const vendor = await fakeSparkfly({ clock });
  const resolved = resolveOptions({ clock, sparkfly: sparkflyAccount(vendor) });
  const apis = new AuthApis(resolved, { add: () => {}, remove: () => {} });
  onTestFinished(() => apis.close());
  const desk = new RefreshDesk({ get: () => apis } as unknown as ModuleRef);
  const press = async (): Promise<number> => (await desk.refresh({ api: 'sparkfly', account: 'default' })).status;
  return { clock, vendor, press };
}

test('a refresh is refused until two seconds after the last attempt, whether that brought a token or failed', async () => {
  const { clock, vendor, press } = await setUp();
  expect([await press(), await press()]).toEqual([200, 429]);
  await clock.advance(1_999);
  expect(await press()).toBe(429);
  await clock.advance(1);
  vendor.failNext({ on: 'token', status: 503 });
  expect([await press(), await press()]).toEqual([502, 429]);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('no longer than that when the wall clock is set back meanwhile, and no shorter after the next attempt', async () => {
  const { clock, vendor, press } = await setUp();
  await press();
  await clock.advance(10 * MINUTE);
  clock.jumpWall(-60 * MINUTE);
  vendor.failNext({ on: 'token', status: 503 });
  expect([await press(), await press()]).toEqual([502, 429]);
  await clock.advance(2_000);
  expect(await press()).toBe(200);
});
