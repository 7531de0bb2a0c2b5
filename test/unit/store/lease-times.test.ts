import { expect, test } from 'vitest';
import { LeaseTimes } from '../../../lib/store/lease-times.js';

test('the time of a lease is told once, to its owner', () => {
  const times = new LeaseTimes();
  times.note('k', 'a', '1');
  times.note('k', 'b', '2');
  times.note('other', 'a', '3');
  expect([times.take('k', 'a'), times.take('k', 'b'), times.take('other', 'a')]).toEqual(['1', '2', '3']);
  expect([times.take('k', 'a'), times.size]).toEqual([undefined, 0]);
});

test('of leases that nobody ends the oldest are forgotten', () => {
  const times = new LeaseTimes();
  for (let i = 0; i < 20_000; i++) times.note('k', `owner-${i}`, String(i));
  times.note('k', 'owner-10000', 'again');
  times.note('k', 'the last', 'last');
  expect(times.size).toBe(10_000);
  expect(times.take('k', 'owner-9999')).toBeUndefined();
  expect(times.take('k', 'owner-10001')).toBeUndefined();
  expect(times.take('k', 'owner-10000')).toBe('again');
  expect(times.take('k', 'the last')).toBe('last');
});
