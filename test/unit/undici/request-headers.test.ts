import { expect, test } from 'vitest';
import type { OwnHeaders } from '../../../lib/undici/request-headers.js';
import { copyOf, hasHeader, setHeader } from '../../../lib/undici/request-headers.js';

type Given = Parameters<typeof copyOf>[0];

test.each([
  ['nothing', null, {}],
  ['nothing at all', undefined, {}],
  ['an object', { a: '1', b: ['2', '3'] }, { a: '1', b: ['2', '3'] }],
  ['names and values in turn', ['a', '1', 'b', '2'], ['a', '1', 'b', '2']],
  ['an empty list', [], []],
  ['pairs', [['a', '1'] as const, ['b', '2'] as const], ['a', '1', 'b', '2']],
  ['a map', new Map([['a', '1']]), ['a', '1']],
])('%s is copied in its own shape', (_, given, copy) => {
  expect(copyOf(given as Given)).toEqual(copy);
  if (given) expect(copyOf(given as Given)).not.toBe(given);
});

test('what an iterator gives once is there as often as need be', () => {
  const given = new Map([['a', '1']]).entries();
  const copy = copyOf(given as Given);
  expect([copyOf(copy), copyOf(copy)]).toEqual([
    ['a', '1'],
    ['a', '1'],
  ]);
});

test('what a prototype says is no header', () => {
  const given = Object.assign(Object.create({ inherited: 'x' }) as Record<string, string>, { a: '1' });
  expect(copyOf(given)).toEqual({ a: '1' });
});

test.each<[string, OwnHeaders, boolean]>([
  ['the same name', { 'X-Token': 'a' }, true],
  ['another case', ['x-tokeN', 'a'], true],
  ['a value in its place', ['a', 'x-token'], false],
  ['a longer name', { 'x-token-2': 'a' }, false],
  ['no value', { 'x-token': undefined }, false],
  ['no value in its turn', ['x-token', undefined], false],
  ['an empty value', { 'x-token': null }, true],
])('a header is found by %s: %j, %s', (_, headers, isThere) => {
  expect(hasHeader(headers, 'X-Token')).toBe(isThere);
});

test.each<[string, OwnHeaders, OwnHeaders]>([
  ['an object', { a: '1' }, { a: '1', 'X-Token': 'second' }],
  ['a list', ['a', '1'], ['a', '1', 'X-Token', 'second']],
])('in %s a header set again takes the place of the first', (_, headers, expected) => {
  setHeader(headers, 'X-Token', 'first');
  setHeader(headers, 'X-Token', 'second');
  expect(headers).toEqual(expected);
});
