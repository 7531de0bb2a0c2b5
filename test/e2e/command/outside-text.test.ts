import { describe, expect, test } from 'vitest';
import { ask, fakeSparkfly, folder, SPARKFLY_KEY } from '../../support/cli.js';
import { formsOf } from '../../support/echoes.js';

const UNPRINTABLE = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;
const FRAME = `    at ${SPARKFLY_KEY} (hush:1:1)`;

describe('what a vendor says', () => {
  const KEY = String.raw`k\3y"+/?=<s e>`;
  const text = `株式会社 \u001b[31m\u009b\u202e\u200b\u2028\n${FRAME}`;

  test.each(['check', 'check --json', 'token sparkfly --print'])(
    'steers no terminal and shows no key: %s',
    async (args) => {
      const { sparkfly, env } = await fakeSparkfly({ key: KEY });
      const error = `${text} ${KEY} ${JSON.stringify(KEY)} ${encodeURIComponent(KEY)} ${Buffer.from(KEY).toString('base64')}`;
      sparkfly.failNext({ status: 401, body: { error } });
      const told = await ask(args, { env: { ...env, SPARKFLY_KEY: KEY } });
      expect(told.exitCode).toBe(1);
      expect(sparkfly.counters.tokenRequests).toBe(1);
      const all = told.out + told.err;
      expect(all).toContain('株式会社');
      expect(all).not.toMatch(UNPRINTABLE);
      expect(all).not.toMatch(/^ {4}at /m);
      for (const form of formsOf(KEY)) expect(all).not.toContain(form);
    },
  );

  test.each(['check', 'check --json'])('about a redirect shows no key in its path: %s', async (args) => {
    const { sparkfly, env } = await fakeSparkfly();
    sparkfly.failNext({ status: 302, headers: { Location: `/login/${SPARKFLY_KEY}` } });
    const { out, exitCode } = await ask(args, { env });
    expect(exitCode).toBe(3);
    expect(out).toContain('/login/[secret]');
    expect(out).not.toContain(SPARKFLY_KEY);
  });
});

describe('what a config file throws', () => {
  test.each([
    ['with lines like those of a stack', `throw new Error('hush\\n${FRAME}\\n    at file:///accounts.mjs:4711:1');`],
    ['with a code of Node’s', `throw Object.assign(new Error('${SPARKFLY_KEY}'), { code: 'ERR_MODULE_NOT_FOUND' });`],
    [
      'of a class that is named after it',
      `const o = { ['${SPARKFLY_KEY}']: class extends Error {} }; throw new o['${SPARKFLY_KEY}']();`,
    ],
  ])('%s is not shown', async (_, text) => {
    const { exitCode, out, err } = await ask('check --config=accounts.mjs', {
      cwd: await folder({ 'accounts.mjs': text }),
    });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(/^accounts\.mjs (throws|cannot be loaded)/);
    for (const part of [SPARKFLY_KEY, 'hush', '4711', '    at ']) expect(err).not.toContain(part);
  });

  test('where it is a syntax error is shown', async () => {
    const { err } = await ask('check --config=accounts.mjs', {
      cwd: await folder({ 'accounts.mjs': '\n\nlet x = ;' }),
    });
    expect(err).toMatch(/^accounts\.mjs throws \w+Error/);
  });
});

test('what is no error of ours is shown by its frames, and not by lines of its message', async () => {
  const fail = (): never => {
    throw new RangeError(`hush\n${FRAME}`);
  };
  const { exitCode, err } = await ask('check --demo', { out: fail });
  expect(exitCode).toBe(2);
  expect(err).toMatch(/^An unexpected RangeError; its message is not shown[^]*\n {4}at /);
  expect(err).not.toContain(SPARKFLY_KEY);
});
