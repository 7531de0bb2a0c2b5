// Covers `lib/request/token-lifetime.ts`: edges.
import { expect, test } from 'vitest';
import { tokenLifetimeMs } from '../../../lib/request/token-lifetime.js';
import { HOUR, MINUTE, START_AT } from '../../support/token-source.js';

const NOW = START_AT / 1_000;
const options = { documentedMs: HOUR, responseDate: new Date(START_AT).toUTCString() };
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object): string => `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`;

test('a JWT that ends in the second of the answer is dead', () => {
  expect(tokenLifetimeMs(jwt({ iat: NOW - 600, exp: NOW }), options)).toBe(0);
});

test('a JWT that ends when it was issued is believed the end, not the issue', () => {
  expect(tokenLifetimeMs(jwt({ iat: NOW + 60, exp: NOW + 60 }), options)).toBe(MINUTE);
});

test('an iat that is no number is not reckoned with', () => {
  expect(tokenLifetimeMs(jwt({ iat: String(NOW + 540), exp: NOW + 600 }), options)).toBe(10 * MINUTE);
});
