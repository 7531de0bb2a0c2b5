import * as fc from 'fast-check';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import { rateLimited, TokenRateLimit } from '../../../lib/request/token-rate-limit.js';
import type { RawResponse } from '../../support/token-request.js';
import { quiet } from '../../support/token-request.js';
import { errorOf, MINUTE, SECOND, START_AT } from '../../support/token-source.js';

function setUp(perMinute: number) {
  const clock = new ManualClock(START_AT);
  return { clock, limit: new TokenRateLimit(perMinute, clock) };
}

describe('a budget', () => {
  test('lets as many through as it says, and tells the next ones when', async () => {
    const { clock, limit } = setUp(2);
    expect(limit.perMinute).toBe(2);
    expect(limit.spend()).toBe(0);
    await clock.advance(10 * SECOND);
    expect(limit.spend()).toBe(0);
    await clock.advance(10 * SECOND);
    expect(limit.spend()).toBe(40 * SECOND);
  });

  test('has room again a minute after each request, not before', async () => {
    const { clock, limit } = setUp(1);
    limit.spend();
    await clock.advance(MINUTE - 1);
    expect(limit.spend()).toBe(1);
    await clock.advance(1);
    expect(limit.spend()).toBe(0);
  });

  test('tells those that come too late one time after the other, within the next minute', async () => {
    const { clock, limit } = setUp(2);
    limit.spend();
    await clock.advance(10 * SECOND);
    limit.spend();
    const waits = Array.from({ length: 5 }, () => limit.spend());
    expect(waits).toEqual([50, 60, 50, 60, 50].map((s) => s * SECOND));
  });

  test('gives those times anew once somebody has been let through', async () => {
    const { clock, limit } = setUp(3);
    for (let i = 0; i < 3; i++) {
      expect(limit.spend()).toBe(0);
      await clock.advance(10 * SECOND);
    }
    expect([limit.spend(), limit.spend()]).toEqual([30 * SECOND, 40 * SECOND]);
    await clock.advance(30 * SECOND);
    expect(limit.spend()).toBe(0);
    expect([limit.spend(), limit.spend(), limit.spend()]).toEqual([10 * SECOND, 20 * SECOND, MINUTE]);
  });

  test('sends nobody away for more than a minute, however many come', () => {
    const { limit } = setUp(7);
    for (let i = 0; i < 7; i++) expect(limit.spend()).toBe(0);
    const waits = Array.from({ length: 1_000 }, () => limit.spend());
    expect(new Set(waits)).toEqual(new Set([MINUTE]));
  });

  test('lets no more than its number through within any minute, and none through too late', async () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(0, 1, 59_999, MINUTE)), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), gaps, async (perMinute, waits) => {
        const { clock, limit } = setUp(perMinute);
        const sent: number[] = [];
        for (const wait of waits) {
          await clock.advance(wait);
          const now = clock.now();
          const recent = sent.filter((at) => at > now - MINUTE);
          const waitMs = limit.spend();
          expect(waitMs === 0, `${recent.length} within the last minute`).toBe(recent.length < perMinute);
          if (waitMs === 0) sent.push(now);
          // A time at which a request has left the last minute: one that makes room.
          else expect(recent.map((at) => at + MINUTE - now)).toContain(waitMs);
          expect(waitMs).toBeLessThanOrEqual(MINUTE);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a transport with a budget', () => {
  const answer: RawResponse = { status: 200, headers: {}, body: '{}' };
  const request = { method: 'POST' as const, url: 'https://vendor.test/auth', headers: {} };

  test('sends what it may, and gives back what came', async () => {
    const { clock, limit } = setUp(1);
    const sent: unknown[] = [];
    const transport = rateLimited(async (...given) => (sent.push(given), answer), 'acme', limit, clock);
    const signal = quiet();
    expect(await transport(request, signal)).toBe(answer);
    expect(sent).toEqual([[request, signal]]);
    const error = await errorOf(transport(request, signal));
    expect(error).toMatchObject({ code: 'TOKEN_RATE_LIMITED', api: 'acme', retryable: true });
    expect(error).toMatchObject({ retryAt: START_AT + MINUTE });
    expect(error.message).toBe(
      'acme: 1 token requests a minute are spent (maxTokenRequestsPerMinute); the next is possible at 2026-01-15T12:01:00Z',
    );
    expect(sent).toHaveLength(1);
  });

  test('tells no time at which it would not be possible after all', async () => {
    const { clock, limit } = setUp(1);
    const transport = rateLimited(async () => answer, 'acme', limit, clock);
    await clock.advance(0.4);
    await transport(request, quiet());
    clock.jumpWall(-0.4); // Wall time comes in whole milliseconds, the monotonic one does not.
    await clock.advance(0.6);
    clock.jumpWall(-0.6);
    const { retryAt } = await errorOf<Error & { retryAt: number }>(transport(request, quiet()));
    await clock.advance(retryAt - clock.wallNow());
    expect(limit.spend()).toBe(0);
  });

  test('counts a request that failed: it was sent', async () => {
    const { clock, limit } = setUp(1);
    const transport = rateLimited(() => Promise.reject(new Error('reset')), 'acme', limit, clock);
    expect(await errorOf(transport(request, quiet()))).toMatchObject({ message: 'reset' });
    expect(await errorOf(transport(request, quiet()))).toMatchObject({ code: 'TOKEN_RATE_LIMITED' });
  });
});
