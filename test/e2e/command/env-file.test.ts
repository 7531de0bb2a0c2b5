import { describe, expect, test } from 'vitest';
import type { Env } from '../../support/cli.js';
import { ask, fakeSparkfly, folder } from '../../support/cli.js';

const STEERING = {
  HTTPS_PROXY: 'http://proxy.invalid:3128',
  http_proxy: 'http://proxy.invalid:3128',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_OPTIONS: '--require=./hush.cjs',
};
const CONFIG = `export default () => ({
  sparkfly: { identity: process.env.EAST_IDENTITY, key: process.env.EAST_KEY },
});`;

const fileOf = (values: Env): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

describe('the .env of the current folder', () => {
  test('sets the variables of the command, and neither proxies nor anything of Node', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    const cwd = await folder({ '.env': fileOf({ ...env, ...STEERING, DATABASE_URL: 'hush' }) });
    const own: Env = {};
    const told = await ask('check', { cwd, env: own });
    expect(own).toEqual(env);
    expect(told.exitCode).toBe(0);
    expect(told.err).toBe(
      '.env cannot set HTTPS_PROXY, http_proxy, NODE_TLS_REJECT_UNAUTHORIZED, NODE_OPTIONS: only the environment can.\n',
    );
    expect(sparkfly.counters.tokenRequests).toBe(1);
  });

  test('says nothing about the variables of the app, and names those of the command that are misspelt', async () => {
    const { env } = await fakeSparkfly();
    const cwd = await folder({ '.env': fileOf({ ...env, DATABASE_URL: 'hush', PORT: '1', SPARKFLY_SCOPE: 'hush' }) });
    const own: Env = {};
    const { err } = await ask('check', { cwd, env: own });
    expect(own).toEqual(env);
    expect(err).toBe('.env sets variables that the command does not know: SPARKFLY_SCOPE.\n');
  });

  test('sets no other variable for a file of options; a line names them, and what to do', async () => {
    const cwd = await folder({ '.env': fileOf({ EAST_IDENTITY: 'hush', EAST_KEY: 'hush' }), 'accounts.mjs': CONFIG });
    const { exitCode, err } = await ask('check --config=accounts.mjs', { cwd });
    expect(exitCode).toBe(2);
    expect(err).toMatch(
      /^\.env sets variables that the command does not know: EAST_IDENTITY, EAST_KEY; --dotenv \.env reads them\.\n/,
    );
    expect(err).not.toContain('hush');
  });
});

test('a file that is named sets others too, but no proxy and nothing of Node', async () => {
  const { env } = await fakeSparkfly();
  const cwd = await folder({ 'my.env': fileOf({ ...env, ...STEERING, EAST_KEY: 'a' }) });
  const own: Env = {};
  const { exitCode, err } = await ask('check --dotenv=my.env', { cwd, env: own });
  expect([exitCode, own]).toEqual([0, { ...env, EAST_KEY: 'a' }]);
  expect(err).toMatch(/^my\.env cannot set HTTPS_PROXY, http_proxy, NODE_/);
});

test('many names are a line that ends', async () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`SPARKFLY_X${i}${'Y'.repeat(1_000)}`, '1']));
  const { err } = await ask('check', { cwd: await folder({ '.env': fileOf(many) }) });
  expect(err.split('\n')[0]).toMatch(/ and 20 more\.$/);
  expect(err.split('\n')[0]!.length).toBeLessThan(1_200);
});

describe('a broken line', () => {
  test.each([
    ['without a value', 'hush-hush'],
    ['with a space in its name', 'MY KEY=hush-hush'],
    ['with a colon', 'KEY: hush-hush'],
    ['without a name', '=hush-hush'],
    ['with a quote that is never closed', 'KEY="hush-hush'],
    ['with more behind a quote', 'KEY="hush" hush-hush'],
  ])('%s is named by file and line, without what it says, and costs no other line', async (_, line) => {
    const { env } = await fakeSparkfly();
    const text = `# two lines\nSPARKFLY_AUTH_SCOPE='a\nb'\n\n${line}\n${fileOf(env)}`.replace(
      "'a\nb'",
      "'a' # scope\n",
    );
    const own: Env = {};
    const { exitCode, err } = await ask('check', { cwd: await folder({ '.env': text }), env: own });
    expect([exitCode, err]).toEqual([0, '.env, line 5, is ignored: it is not NAME=value.\n']);
    expect(own).toEqual({ ...env, SPARKFLY_AUTH_SCOPE: 'a' });
  });

  test('is counted behind a value of several lines, and there is none where all is well', async () => {
    const text = 'A="one\ntwo"\n  # comment\n\nexport B = 2\nC=`x`\nD=a "b\nE=\nF=#\nbroken';
    const { err } = await ask('check', { cwd: await folder({ '.env': text }) });
    expect(err).toMatch(/^\.env, line 10, is ignored: it is not NAME=value\.\nNo vendor is configured/);
  });
});
