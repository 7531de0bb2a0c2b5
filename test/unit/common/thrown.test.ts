import { describe, expect, test } from 'vitest';
import { thrownText } from '../../../lib/common/thrown.js';

const HERE = 'test/unit/common/thrown.test.ts';
const cwd = process.cwd();

function thrownBy(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return thrownText(error);
  }
  throw new Error('it threw nothing');
}

/** An error whose stack is this. */
const withStack = (stack: unknown, message = 'hush', error = new TypeError(message)): Error =>
  Object.defineProperty(error, 'stack', { value: stack });

test('is told with its file and line', () => {
  expect(thrownBy(() => (undefined as unknown as { x: string }).x)).toMatch(
    new RegExp(`^threw TypeError at ${HERE}:\\d+$`),
  );
  const inDetail = Object.assign(new RangeError('hush: two\nlines'), { code: 'ENOENT' });
  expect(thrownText(inDetail)).toMatch(new RegExp(`^threw RangeError \\(ENOENT\\) at ${HERE}:\\d+$`));
  expect(thrownText(new Error())).toMatch(new RegExp(`^threw Error at ${HERE}:\\d+$`));
});

describe('the place is', () => {
  test.each([
    ['of a function', `    at read (${cwd}/src/acme.ts:7:9)`, ' at src/acme.ts:7'],
    ['of a module', `    at async file://${cwd}/dist/acme.js:7:9`, ' at dist/acme.js:7'],
    ['outside of the working directory', '    at read (/elsewhere/acme.cjs:7:9)', ' at acme.cjs:7'],
    [
      'the first outside of Node and of packages',
      `    at JSON.parse (<anonymous>)\n    at node:internal/x.js:1:1\n    at get (${cwd}/node_modules/pg/x.js:1:1)\n    at read (${cwd}/src/acme.ts:7:9)`,
      ' at src/acme.ts:7',
    ],
  ])('%s', (_, frames, place) => {
    expect(thrownText(withStack(`TypeError: hush\n${frames}`))).toBe(`threw TypeError${place}`);
  });
});

describe('no place is told', () => {
  const app = `    at read (${cwd}/src/acme.ts:7:9)`;
  test.each<[string, Error]>([
    ['where this package itself throws', withStack(`TypeError: hush\n    at x (${cwd}/lib/x.ts:1:1)\n${app}`)],
    ['of code that is no file', withStack('TypeError: hush\n    at data:text/javascript,hush.js:1:1')],
    ['of the lines of a message that is another by now', withStack(`TypeError: old\n${app}`)],
    ['of the lines of a message that was cut', withStack(`TypeError: hush\n${app}\n${app}`, '')],
    ['of the lines of a message that hides behind its like', withStack(`TypeError: a hush\n${app}\n${app}`)],
    ['without a stack', withStack(undefined)],
  ])('%s', (_, error) => {
    expect(thrownText(error)).toBe('threw TypeError');
  });

  test('where reading the stack throws', () => {
    const error = new TypeError('hush');
    const fail = () => {
      throw new Error('hush');
    };
    expect(thrownText(Object.defineProperty(error, 'stack', { get: fail }))).toBe('threw TypeError');
  });
});

test('what is no Error, or has no name of one, is told as such', () => {
  expect(thrownText('hush')).toBe('threw something that is not an Error');
  expect(thrownText(Object.assign(withStack(''), { name: 'hush' }))).toBe('threw an error');
});
