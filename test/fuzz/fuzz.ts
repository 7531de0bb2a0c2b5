import * as fc from 'fast-check';
import { inspect } from 'node:util';
import { isAuthApisError } from 'nestjs-auth-apis';
import { expect } from 'vitest';
import { everythingShown } from '../support/leaks.js';

/** How often every property is tried, e.g. `FUZZ_RUNS=100000` over lunch. @default what fits into the gate */
const RUNS = Number(process.env.FUZZ_RUNS ?? 0);

/** @param n what fits into the gate */
export const runs = (n: number): { numRuns: number } => ({ numRuns: RUNS || n });

/** Enough for any number of runs. */
export const PATIENCE_MS = 15_000 + RUNS * 50;

/** Too few runs to have met everything. */
export const IS_SHORT = RUNS > 0 && RUNS < 500;

/** What is hidden, and easy to find when it is not. */
export const SECRETS = { apiKey: 'hush-api-key', identity: 'hush-identity', key: 'hush-key' } as const;

/** One of our errors, without a secret. */
export function expectTypedError(error: unknown): void {
  expect(isAuthApisError(error), `not an AuthApisError: ${inspect(error).slice(0, 500)}`).toBe(true);
  const shown = everythingShown(error);
  for (const secret of Object.values(SECRETS)) expect(shown).not.toContain(secret);
}

/** Anything at all: what JSON has, and what it has not. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(undefined, null, true, false, 0, -1, 1, NaN, Infinity, -Infinity, '', ' ') },
  { weight: 1, arbitrary: fc.constantFrom(Number.MAX_SAFE_INTEGER, 1e308, 5e-324, 2 ** 31, -0) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.bigInt() },
  { weight: 1, arbitrary: fc.constantFrom(Symbol('a symbol'), () => undefined, new Date(NaN), /x/, new Map()) },
  {
    weight: 3,
    arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, maxDepth: 3 }),
  },
);

/** Header values and texts between strangeness and meaning. */
export const odd: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '0', '-1', '1e9', 'NaN', 'Infinity', '__proto__', 'constructor', 'null', '[object Object]'),
  fc.constantFrom(SECRETS.apiKey, SECRETS.identity, SECRETS.key, `${SECRETS.key} ${SECRETS.identity}`),
);

/** JSON with keys that are there already in every object, nested as deep as anybody may send it. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  fc.json(),
  fc.constantFrom('{"__proto__":{"token":"polluted"}}', '{"constructor":{"prototype":{"token":"x"}}}', '[]', '""'),
  fc.integer({ min: 1, max: 20_000 }).map((n) => '['.repeat(n) + ']'.repeat(n)),
  fc.integer({ min: 1, max: 5_000 }).map((n) => '{"data":'.repeat(n) + '1' + '}'.repeat(n)),
);

/** Numbers where a date or a duration is meant, and what is none. */
export const claim: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
  fc.double(),
  fc.constantFrom(1e308, -1e308, 0, -0, 1, -1, 1e12, 1e15, 253_402_300_800, 8.64e12, 8.64e15, Number.MAX_SAFE_INTEGER),
  fc.constantFrom('1900000000', '1e400', 'never', null, true, [], {}, [1_900_000_000]),
  fc.constant(undefined),
);

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** `1e400` in JSON is read as Infinity; no JSON.stringify writes it. */
const rawNumber = (json: string): fc.Arbitrary<string> =>
  fc.constantFrom(json, json.replace(/"(exp|iat)":[^,}]*/, '"$1":1e400'), json.replace(/"exp":[^,}]*/, '"exp":-1e400'));

/** A JWT as anybody may put it together; most look like one. */
export const jwt: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({ exp: claim, iat: claim, nbf: claim, jti: fc.string() }, { requiredKeys: [] })
      .map((claims) => JSON.stringify(claims))
      .chain(rawNumber)
      .map((claims) => `${base64url('{"alg":"HS256"}')}.${base64url(claims)}.sig`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(jsonText, jsonText)
      .map(([header, payload]) => `${base64url(header)}.${base64url(payload)}.${base64url(header)}`),
  },
  { weight: 1, arbitrary: fc.array(fc.base64String(), { maxLength: 6 }).map((parts) => parts.join('.')) },
  { weight: 1, arbitrary: fc.constantFrom('.', '..', 'a..b', '....', 'eyJ.eyJ.', 'null', '\0.\0.\0') },
);

/** Gives every object of the process a property, until the function returned is called. */
export function pollute(name: string, value: unknown, enumerable = true): () => void {
  // oxlint-disable-next-line eslint/no-extend-native -- what an attacker does
  Object.defineProperty(Object.prototype, name, { value, enumerable, configurable: true, writable: true });
  return () => void Reflect.deleteProperty(Object.prototype, name);
}
