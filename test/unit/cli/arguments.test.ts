import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../lib/cli/arguments.js';
import { UsageError } from '../../../lib/cli/usage.error.js';

const parse = (line: string) => parseArguments(line.split(' ').filter(Boolean));
const problem = (line: string): string => {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof UsageError && error.kind === 'usage') return error.message;
    throw error;
  }
  throw new Error(`${line} is right`);
};

test('a command, an API and options, in any order', () => {
  expect(parse('check --json sparkfly --account east --timeout=2.5')).toEqual({
    command: 'check',
    api: 'sparkfly',
    account: 'east',
    timeoutMs: 2_500,
    flags: new Set(['json']),
  });
  expect(parse('--dotenv .env.staging token verbit --print')).toMatchObject({
    command: 'token',
    api: 'verbit',
    dotenv: '.env.staging',
    flags: new Set(['print']),
  });
});

test.each(['check --help', 'check -h', 'help check', '--help check'])('%s asks for the help of a command', (line) => {
  expect(parse(line)).toMatchObject({ command: 'check', flags: new Set(['help']) });
});

test('nothing is a right command line too', () => {
  expect(parse('')).toEqual({ flags: new Set() });
  expect(parse('--version').flags).toEqual(new Set(['version']));
  expect(parse('help').flags).toEqual(new Set(['help']));
});

describe('what is wrong is told with what was probably meant', () => {
  test.each([
    ['chekc', 'There is no command "chekc". Did you mean check? There are check and token.'],
    ['deploy', 'There is no such command. There are check and token.'],
    ['check --jsn', 'There is no option --jsn. Did you mean --json?'],
    ['check --acount=x', 'There is no option --acount. Did you mean --account?'],
    ['check -x', 'There is no option -x.'],
    ['check --constructor', 'There is no option --constructor.'],
    ['check --json=1', '--json takes no value.'],
    ['check --account', '--account needs a value, e.g. --account=east'],
    ['check --account=', '--account needs a value, e.g. --account=east'],
    ['check --config --json', '--config needs a value, e.g. --config=./accounts.js'],
    ['check --print', '--print is an option of token, not of check.'],
    ['token verbit --json', '--json is an option of check, not of token.'],
    ['check verbit sparkfly', 'check takes one API at a time, e.g. check verbit'],
    ['check --timeout=soon', '--timeout must be a number of seconds above 0 and up to 3600.'],
    ['check --timeout=0', '--timeout must be a number of seconds above 0 and up to 3600.'],
    ['check --timeout=3601', '--timeout must be a number of seconds above 0 and up to 3600.'],
  ])('%s', (line, message) => {
    expect(problem(line)).toBe(message);
  });

  test('a secret given to an option that does not exist is not repeated', () => {
    expect(problem('check --key=hunter2-hunter2')).not.toContain('hunter2');
    expect(problem('check --json=hunter2-hunter2')).not.toContain('hunter2');
    expect(problem('hunter2-hunter2')).not.toContain('hunter2');
  });
});
