import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LONGEST_LIFETIME_MS, RETRY_AFTER_CAP_MS } from '../../lib/common/defaults.js';
import { retryAfterMs } from '../../lib/common/retry-after.js';
import { tokenLifetimeMs } from '../../lib/request/token-lifetime.js';
import { jwt, odd, PATIENCE_MS, runs } from './fuzz.js';

const HOUR_MS = 3_600_000;
const dates = fc.oneof(
  fc.date({ noInvalidDate: true }).map((at) => at.toUTCString()),
  fc.constant(undefined),
  odd,
);

test('no JWT is immortal, and none has a life that is no number', { timeout: PATIENCE_MS }, () => {
  const configured = fc.option(fc.integer({ min: 1, max: LONGEST_LIFETIME_MS }), { nil: undefined });
  const property = fc.property(jwt, dates, configured, (token, responseDate, configuredMs) => {
    const lifeMs = tokenLifetimeMs(token, { documentedMs: HOUR_MS, configuredMs, responseDate });
    expect(lifeMs).not.toBeNaN();
    expect(lifeMs).toBeLessThanOrEqual(configuredMs ?? LONGEST_LIFETIME_MS);
  });
  fc.assert(property, runs(3_000));
});

test('Retry-After is nothing, or a wait of up to an hour', { timeout: PATIENCE_MS }, () => {
  const header = fc.oneof(
    dates,
    fc.nat().map(String),
    fc.string({ unit: fc.constantFrom('0', '9', ' ', '.', '-', 'e', '\t'), maxLength: 400 }),
  );
  const now = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, Infinity, -Infinity, 8.64e15));
  const property = fc.property(header, now, (text, serverNow) => {
    const waitMs = retryAfterMs(text, serverNow);
    if (waitMs === undefined) return;
    expect(waitMs).toBeGreaterThanOrEqual(0);
    expect(waitMs).toBeLessThanOrEqual(RETRY_AFTER_CAP_MS);
  });
  fc.assert(property, runs(3_000));
});
