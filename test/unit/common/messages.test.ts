import { expect, test } from 'vitest';
import { durationText, timeText } from '../../../lib/common/messages.js';
import { isoText } from '../../../lib/dashboard/browser/time.js';

const NO_TIMES = [NaN, Infinity, -Infinity, 1e300, -1e300, 8.64e15 + 1, '3600000', undefined] as number[];

test('a point in time is shown to the second, in UTC', () => {
  expect(timeText(Date.UTC(2026, 0, 15, 3, 4, 5, 678))).toBe('2026-01-15T03:04:05Z');
});

test.each(NO_TIMES)('formatting %s as a time or a duration does not throw', (value) => {
  expect(timeText(value)).toBe('an unknown time');
  expect(isoText(value)).toBe('');
  expect(durationText(value)).toBeTypeOf('string');
});

test('a duration that is no finite number is called unknown', () => {
  for (const value of [NaN, Infinity, -Infinity]) expect(durationText(value)).toBe('an unknown time');
});
