import { expect, test } from 'vitest';
import { AccountAttributes } from '../../../lib/opentelemetry/account-attributes.js';

const accounts = new AccountAttributes([
  { api: 'acme', account: 'east' },
  { api: 'other', account: 'west' },
]);

test('an account of the options is told by its name', () => {
  const east = { 'auth_apis.api': 'acme', 'auth_apis.account': 'east' };
  expect(accounts.of({ api: 'acme', account: 'east' })).toEqual(east);
  expect(accounts.isNamed({ api: 'acme', account: 'east' })).toBe(true);
});

test.each([
  ['one that is looked up', { api: 'acme', account: 'tenant-7' }],
  ['one called as another API’s', { api: 'acme', account: 'west' }],
  ['a further token of one', { api: 'acme', account: 'east', tokenParams: 'scope 3f9a' }],
])('%s has its API alone', (_, label) => {
  expect(accounts.of(label)).toEqual({ 'auth_apis.api': 'acme' });
  expect(accounts.of(label)).toBe(accounts.others('acme'));
  expect(accounts.isNamed(label)).toBe(false);
});
