import { expect, test } from 'vitest';
import { RecentlyUsed } from '../../../lib/accounts/recently-used.js';

const keysOf = (entries: RecentlyUsed<number>): string[] => [...entries].map(([key]) => key);

function holding(...keys: string[]): RecentlyUsed<number> {
  const entries = new RecentlyUsed<number>();
  for (const [i, key] of keys.entries()) entries.set(key, i);
  return entries;
}

test('entries come in the order of their last use, the one not used for longest first', () => {
  const entries = holding('a', 'b', 'c');
  expect(entries.get('a')).toBe(0);
  entries.set('b', 7);
  expect(keysOf(entries)).toEqual(['c', 'a', 'b']);
  expect(entries.get('b')).toBe(7);
});

test('what is not there is not there, and asking for it changes nothing', () => {
  const entries = holding('a', 'b');
  expect(entries.get('x')).toBeUndefined();
  entries.delete('x');
  expect(keysOf(entries)).toEqual(['a', 'b']);
  expect(entries.size).toBe(2);
});

test('an entry that is deleted is gone, and comes back as the newest', () => {
  const entries = holding('a', 'b');
  entries.delete('a');
  expect(entries.size).toBe(1);
  entries.set('a', 9);
  expect(keysOf(entries)).toEqual(['b', 'a']);
});

test('a name that every object has is a key like any other', () => {
  const entries = holding('__proto__', 'constructor');
  expect(entries.get('toString')).toBeUndefined();
  expect(entries.get('__proto__')).toBe(0);
});
