import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { environmentOptions } from '../../../lib/cli/environment.js';
import { helpOf } from '../../../lib/cli/help.js';
import { BUILT_IN } from '../../../lib/vendors/built-in.js';

const variables = Object.values(BUILT_IN).flatMap((each) => Object.values<string>(each.variables));

test('they are the variables of the quickstart, no more and no less', () => {
  const sample = readFileSync(new URL('../../../sample/01-quickstart/src/environment.ts', import.meta.url), 'utf8');
  const read = [...sample.matchAll(/read\('((?:VERBIT|SPARKFLY)_\w+)'\)/g)].map(([, name]) => name!);
  expect(variables.toSorted()).toEqual([...new Set(read)].toSorted());
});

test('help lists every one of them, in lines that fit', () => {
  for (const command of ['check', 'token'] as const) {
    const help = helpOf(command);
    for (const name of variables) expect(help).toMatch(new RegExp(`\\b${name}\\b`));
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    for (const code of ['0', '1', '2', '3', '130']) expect(help).toMatch(new RegExp(`^ {2}${code} {2}\\w`, 'm'));
  }
});

test('each variable is its option, and an empty one is not set', () => {
  const env = Object.fromEntries(variables.map((name) => [name, `value of ${name}`]));
  const valuesOf = (names: Record<string, string>) =>
    Object.fromEntries(Object.entries(names).map(([option, name]) => [option, `value of ${name}`]));
  expect(environmentOptions(env)).toEqual({
    verbit: valuesOf(BUILT_IN.verbit.variables),
    sparkfly: valuesOf(BUILT_IN.sparkfly.variables),
  });
  expect(environmentOptions({ VERBIT_API_KEY: 'a', VERBIT_CONTRACT: '', SPARKFLY_KEY: '' })).toEqual({
    verbit: { apiKey: 'a' },
  });
});

test('half a pair, and nothing at all, are told', () => {
  expect(() => environmentOptions({ SPARKFLY_IDENTITY: 'a' })).toThrow(/^SPARKFLY_KEY is missing/);
  expect(() => environmentOptions({ SPARKFLY_KEY: 'a', SPARKFLY_IDENTITY: '' })).toThrow(
    /^SPARKFLY_IDENTITY is missing/,
  );
  expect(() => environmentOptions({ SPARKFLY_KEY: 'a', VERBIT_API_KEY: 'b' })).toThrow(/^SPARKFLY_IDENTITY is missing/);
  expect(() => environmentOptions({ VERBIT_CONTRACT: 'users' })).toThrow(/VERBIT_API_KEY.*--demo/);
});
