import { describe, expect, test } from 'vitest';
import { BUILT_IN, builtIn, BUILT_IN_NAMES, builtInApi } from '../../../lib/vendors/built-in.js';
import { ACCOUNT_OPTION_NAMES } from '../../../lib/vendors/account-option-names.js';

const inCapitals = (option: string): string => option.replaceAll(/([a-z])(?=[A-Z])/g, '$1_').toUpperCase();

test('each is called as its API, and no two alike', () => {
  for (const name of BUILT_IN_NAMES) expect(builtInApi(name).name).toBe(name);
  expect(new Set(BUILT_IN_NAMES).size).toBe(BUILT_IN_NAMES.length);
});

test('no two options are one variable', () => {
  const all = BUILT_IN_NAMES.flatMap((name) => Object.values<string>(BUILT_IN[name].variables));
  expect(all.length).toBeGreaterThan(BUILT_IN_NAMES.length);
  expect(new Set(all).size).toBe(all.length);
});

describe.each(BUILT_IN_NAMES)('%s', (name) => {
  const api = builtInApi(name);
  const { variables, examples = {} } = builtIn(name)!;

  test('has variables that are named after its options', () => {
    for (const [option, variable] of Object.entries(variables)) {
      expect(variable).toBe(`${name.toUpperCase()}_${inCapitals(option)}`);
    }
  });

  test('has one for every credential', () => {
    expect(api.credentials.length).toBeGreaterThan(0);
    expect(Object.keys(variables)).toEqual(expect.arrayContaining([...api.credentials]));
  });

  test('has none for what is no option of its accounts', () => {
    const options = [...ACCOUNT_OPTION_NAMES, ...api.credentials, ...api.tokenParams, ...Object.keys(api.settings)];
    expect(Object.keys(variables).filter((option) => !options.includes(option))).toEqual([]);
    expect(Object.keys(examples).filter((option) => !options.includes(option))).toEqual([]);
  });
});

test.each(['acme', 'constructor', '__proto__', 'toString', ''])('"%s" is none', (name) => {
  expect(builtIn(name)).toBeUndefined();
});
