// Covers `bench/src/wanted.ts`.
import { afterEach, expect, test, vi } from 'vitest';
import { contenders } from '../../../bench/src/contenders/all.js';
import { wantedScenarios } from '../../../bench/src/scenarios/all.js';
import { roundsFactor } from '../../../bench/src/wanted.js';

afterEach(() => void vi.unstubAllEnvs());

const ids = (entries: readonly { readonly id: string }[]): string[] => entries.map(({ id }) => id);

test('what is named is measured, in the order of the tables; without names, everything', () => {
  const all = { scenarios: wantedScenarios().length, contenders: contenders().length };
  expect(all.scenarios).toBeGreaterThan(5);
  expect(all.contenders).toBeGreaterThan(10);
  vi.stubEnv('BENCH_SCENARIOS', 'loopback,stub');
  vi.stubEnv('BENCH_CONTENDERS', 'our-attach,static-axios');
  expect(ids(wantedScenarios())).toEqual(['stub', 'loopback']);
  expect(ids(contenders())).toEqual(['static-axios', 'our-attach']);
  expect(ids(contenders(({ role }) => role === 'ours'))).toEqual(['our-attach']);
});

test('a name that there is not is refused, with those that there are', () => {
  vi.stubEnv('BENCH_SCENARIOS', 'stub,loopbak');
  vi.stubEnv('BENCH_CONTENDERS', 'axios');
  expect(wantedScenarios).toThrow(/^BENCH_SCENARIOS names "loopbak", and there are: stub, .*loopback, .*start-up$/);
  expect(contenders).toThrow(/^BENCH_CONTENDERS names "axios", and there are: static-axios, .*our-attach/);
  vi.stubEnv('BENCH_SCENARIOS', '');
  expect(wantedScenarios).toThrow(RangeError);
});

test('rounds are multiplied by a number above zero, and by nothing else', () => {
  expect(roundsFactor()).toBe(1);
  vi.stubEnv('BENCH_ROUNDS', '0.5');
  expect(roundsFactor()).toBe(0.5);
  for (const text of ['three', '', '0', '-1', 'Infinity']) {
    vi.stubEnv('BENCH_ROUNDS', text);
    expect(roundsFactor, text).toThrow(/^BENCH_ROUNDS is /);
  }
});
