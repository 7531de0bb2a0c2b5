import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenLifetimeMs } from '../../../lib/request/token-lifetime.js';
import { DAY, HOUR, MINUTE, SECOND, START_AT } from '../../support/token-source.js';

const NOW = START_AT / 1_000;
const DATE = new Date(START_AT).toUTCString();
const documentedMs = HOUR;

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`;

test('an opaque token lives as long as the vendor documents', () => {
  expect(tokenLifetimeMs('0123abcd', { documentedMs, responseDate: DATE })).toBe(HOUR);
});

test.each([5 * MINUTE, 3 * DAY])('tokenLifetimeMs of %d ms sets the life of an opaque token', (configuredMs) => {
  expect(tokenLifetimeMs('0123abcd', { documentedMs, configuredMs, responseDate: DATE })).toBe(configuredMs);
});

test('a JWT lives for exp - iat', () => {
  expect(tokenLifetimeMs(jwt({ iat: NOW, exp: NOW + 600 }), { documentedMs })).toBe(10 * MINUTE);
});

test('a JWT handed out a second time lives only until exp, by the response’s Date', () => {
  const token = jwt({ iat: NOW - 3_000, exp: NOW + 600 });
  expect(tokenLifetimeMs(token, { documentedMs, responseDate: DATE })).toBe(10 * MINUTE);
});

test('exp - iat is the life when it is smaller than what Date leaves', () => {
  const token = jwt({ iat: NOW + 100, exp: NOW + 600 });
  expect(tokenLifetimeMs(token, { documentedMs, responseDate: DATE })).toBe(500 * SECOND);
});

test('exp with Date alone, or exp with iat alone, is enough', () => {
  expect(tokenLifetimeMs(jwt({ exp: NOW + 60 }), { documentedMs, responseDate: DATE })).toBe(MINUTE);
  expect(tokenLifetimeMs(jwt({ iat: NOW, exp: NOW + 60 }), { documentedMs, responseDate: 'soon' })).toBe(MINUTE);
});

test('exp with neither iat nor Date tells nothing: the documented life counts', () => {
  expect(tokenLifetimeMs(jwt({ exp: NOW + 60 }), { documentedMs })).toBe(HOUR);
});

test('a JWT that is dead by the vendor’s own clock has no life left', () => {
  const token = jwt({ iat: NOW - 3_600, exp: NOW - 1 });
  expect(tokenLifetimeMs(token, { documentedMs, responseDate: DATE })).toBeLessThanOrEqual(0);
});

test('tokenLifetimeMs shortens a JWT’s life and never lengthens it', () => {
  const token = jwt({ iat: NOW, exp: NOW + 600 });
  expect(tokenLifetimeMs(token, { documentedMs, configuredMs: MINUTE })).toBe(MINUTE);
  expect(tokenLifetimeMs(token, { documentedMs, configuredMs: DAY })).toBe(10 * MINUTE);
});

test('tokenLifetimeMs does not lengthen the life of a JWT that tells none either', () => {
  const options = { documentedMs, configuredMs: DAY, responseDate: DATE };
  expect(tokenLifetimeMs(jwt({ sub: 'me' }), options)).toBe(HOUR);
  expect(tokenLifetimeMs(jwt({ iat: NOW, exp: (NOW + 600) * 1_000 }), options)).toBe(HOUR);
});

test.each([
  ['exp in milliseconds', { iat: NOW, exp: (NOW + 600) * 1_000 }],
  ['a life above 366 days', { iat: NOW, exp: NOW + 367 * 86_400 }],
  ['no exp', { iat: NOW }],
  ['exp as a text', { iat: NOW, exp: String(NOW + 600) }],
  ['exp as null', { iat: NOW, exp: null }],
  ['an endless exp', `{"iat":${NOW},"exp":1e999}`],
])('a JWT with %s lives as long as the vendor documents', (_, claims) => {
  expect(tokenLifetimeMs(jwt(claims), { documentedMs, responseDate: DATE })).toBe(HOUR);
});

test('iat after exp is not believed', () => {
  expect(tokenLifetimeMs(jwt({ iat: NOW + 900, exp: NOW + 600 }), { documentedMs })).toBe(HOUR);
  expect(tokenLifetimeMs(jwt({ iat: NOW + 900, exp: NOW + 600 }), { documentedMs, responseDate: DATE })).toBe(
    10 * MINUTE,
  );
});

test('exactly 366 days are believed', () => {
  expect(tokenLifetimeMs(jwt({ iat: NOW, exp: NOW + 366 * 86_400 }), { documentedMs })).toBe(366 * DAY);
});

test.each(['', 'a.b.c', 'a..', `${part({ alg: 'none' })}.${part('[]')}.`, `${part('x')}.${part('"text"')}.x`])(
  'a token that only looks like a JWT (%j) is opaque',
  (token) => {
    expect(tokenLifetimeMs(token, { documentedMs, responseDate: DATE })).toBe(HOUR);
  },
);

test('no claims, dates and options make an immortal token, or one whose life is not a number', () => {
  const claim = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.integer({ min: -400 * 86_400, max: 400 * 86_400 }).map((s) => NOW + s),
    fc.string(),
    fc.constantFrom(null, true, Infinity),
  );
  const arbitraryToken = fc.oneof(
    fc.string(),
    fc.record({ exp: claim, iat: claim }, { requiredKeys: [] }).map((claims) => jwt(claims)),
    fc.json().map((json) => jwt(json)),
  );
  const lifetime = fc.integer({ min: 1, max: 500 * DAY });
  const responseDate = fc.option(
    fc.oneof(
      fc.string(),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.constant(DATE),
    ),
    { nil: undefined },
  );
  const configured = fc.option(lifetime, { nil: undefined });
  fc.assert(
    fc.property(
      arbitraryToken,
      lifetime,
      configured,
      responseDate,
      (token, documentedMs, configuredMs, responseDate) => {
        const life = tokenLifetimeMs(token, { documentedMs, configuredMs, responseDate });
        expect(life).not.toBeNaN();
        expect(life).toBeLessThanOrEqual(Math.max(366 * DAY, documentedMs, configuredMs ?? 0));
      },
    ),
    { numRuns: 2_000 },
  );
});
