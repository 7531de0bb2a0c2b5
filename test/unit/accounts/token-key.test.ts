import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TokenParams } from '../../../lib/request/round-trip.js';
import { ownerOf, tokenKey, tokenLabel } from '../../../lib/accounts/token-key.js';

test('without parameters an account is its id, also when parameters are named and say nothing', () => {
  for (const params of [undefined, {}, { scope: undefined }]) {
    expect(tokenKey('east', params)).toBe('east');
    expect(tokenLabel('acme', 'east', params)).toEqual({ api: 'acme', account: 'east', dynamic: true });
    expect(tokenLabel('acme', 'east', params, true)).toEqual({ api: 'acme', account: 'east' });
  }
});

test('the order of parameters makes no difference, what they say does', () => {
  const key = tokenKey('east', { scope: 'a', zone: 'b' });
  expect(tokenKey('east', { zone: 'b', scope: 'a', audience: undefined })).toBe(key);
  expect(tokenKey('east', { scope: 'b', zone: 'a' })).not.toBe(key);
  expect(tokenKey('east', { scope: 'a' })).not.toBe(key);
  expect(tokenKey('west', { scope: 'a', zone: 'b' })).not.toBe(key);
  expect(tokenKey('east', { scope: 'a', zone: 'b' }, true)).not.toBe(key);
});

test('a label names the parameters and shows no value', () => {
  const label = tokenLabel('acme', 'east', { zone: 'e5cret', scope: 'also-e5cret', audience: undefined });
  expect(label).toMatchObject({ api: 'acme', account: 'east' });
  expect(label.tokenParams).toMatch(/^scope, zone [\w-]{8}$/);
  expect(tokenLabel('acme', 'east', { zone: 'other', scope: 'also-e5cret' })).not.toEqual(label);
  expect(tokenKey('east', { zone: 'e5cret' })).not.toContain('e5cret');
});

test('an empty value is another token than none', () => {
  expect(tokenKey('east', { scope: '' })).not.toBe(tokenKey('east'));
});

test('no two accounts or sets of parameters share a key', () => {
  const id = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', ' ', '"', ',', '\\'), maxLength: 4 });
  const params: fc.Arbitrary<TokenParams> = fc.dictionary(
    fc.constantFrom('scope', 'zone', 'a', '"'),
    fc.option(id, { nil: undefined }),
    { maxKeys: 3 },
  );
  const said = (given: TokenParams): string =>
    JSON.stringify(
      Object.entries(given)
        .filter(([, v]) => v !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  fc.assert(
    fc.property(id, params, id, params, (idA, a, idB, b) => {
      const isSame = idA === idB && said(a) === said(b);
      expect(tokenKey(idA, a) === tokenKey(idB, b)).toBe(isSame);
    }),
    { numRuns: 2_000 },
  );
});

test('the account whose token with parameters has a key is told by it', () => {
  for (const isFixed of [false, true]) {
    const owner = tokenKey('east', undefined, isFixed);
    expect(ownerOf(owner)).toBeUndefined();
    expect(ownerOf(tokenKey('east', { scope: 'a' }, isFixed))).toBe(owner);
  }
});
