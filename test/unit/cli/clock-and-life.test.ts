// Covers `lib/cli/clock-difference.ts` and `lib/cli/token-life.ts`.
import { describe, expect, test } from 'vitest';
import { clockDifference } from '../../../lib/cli/clock-difference.js';
import { tokenLife } from '../../../lib/cli/token-life.js';

const AT = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;

describe('the difference of the clocks', () => {
  const answer = (date: string | undefined, durationMs: number) =>
    ({ method: 'GET', url: 'https://a.test/', sentAt: AT, durationMs, date }) as const;

  test('a date is half a second old on average, and its answer half the round trip', () => {
    expect(clockDifference(answer('Sun, 01 Mar 2026 12:01:00 GMT', 400), undefined)).toEqual({
      differenceMs: 60_000 + 500 - 200,
      precisionMs: 700,
    });
    expect(clockDifference(answer('Sun, 01 Mar 2026 11:00:00 GMT', 0), undefined)).toEqual({
      differenceMs: -HOUR + 500,
      precisionMs: 500,
    });
  });

  test('the date counts before the time at which the token was issued; without both there is nothing to tell', () => {
    expect(clockDifference(answer('Sun, 01 Mar 2026 12:00:00 GMT', 0), AT - HOUR)?.differenceMs).toBe(500);
    expect(clockDifference(answer('yesterday', 0), AT - HOUR)?.differenceMs).toBe(500 - HOUR);
    expect(clockDifference(answer(undefined, 0), undefined)).toBeUndefined();
  });
});

describe('the life of a token, and who tells it', () => {
  const part = (fields: object): string => Buffer.from(JSON.stringify(fields)).toString('base64url');
  const jwt = `${part({ alg: 'HS256' })}.${part({ iat: AT / 1_000, exp: AT / 1_000 + 1_800 })}.x`;
  const life = (token: string, toldMs?: number, configuredMs?: number) => {
    const response = { status: 200, headers: { date: new Date(AT).toUTCString() }, body: '', json: {} };
    return tokenLife({ token, toldMs, documentedMs: HOUR, data: {}, response }, configuredMs);
  };

  test('a JWT itself, and when it was issued', () => {
    expect(life(jwt)).toEqual({ ms: 1_800_000, source: 'token', documentedMs: HOUR, issuedAt: AT });
    expect(life(jwt, 7_200_000)).toMatchObject({ ms: 1_800_000, source: 'token' });
  });

  test('the answer beside it', () => {
    expect(life('opaque', 600_000)).toMatchObject({ ms: 600_000, source: 'response' });
    expect(life(jwt, 600_000)).toMatchObject({ ms: 600_000, source: 'response' });
  });

  test('the account’s own option, where it is the shorter one or nobody else tells', () => {
    expect(life(jwt, undefined, 60_000)).toMatchObject({ ms: 60_000, source: 'options' });
    expect(life('opaque', undefined, 7_200_000)).toMatchObject({ ms: 7_200_000, source: 'options' });
    expect(life(jwt, undefined, 7_200_000)).toMatchObject({ ms: 1_800_000, source: 'token' });
  });

  test('else the documentation', () => {
    expect(life('opaque')).toEqual({ ms: HOUR, source: 'documentation', documentedMs: HOUR, issuedAt: undefined });
  });
});
