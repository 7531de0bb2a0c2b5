import { describe, expect, test } from 'vitest';
import { ask, fakeSparkfly, fakeVerbit, folder } from '../../support/cli.js';

describe('token', () => {
  test('without a flag nobody is asked, and it says how', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    const { exitCode, out, err } = await ask('token sparkfly', { env });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain('curl -H "$(npx nestjs-auth-apis token sparkfly --header)"');
    expect(sparkfly.counters.tokenRequests).toBe(0);
  });

  test('--print gives the token alone, the rest goes to stderr', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    const { exitCode, out, err } = await ask('token sparkfly --print', { env });
    expect([exitCode, out]).toEqual([0, `${sparkfly.tokensIssued[0]}\n`]);
    expect(err).toBe(`sparkfly: lives 24 h, for ${new URL(sparkfly.baseURL).origin}\n`);
    expect(sparkfly.counters.tokenRequests).toBe(1);
  });

  test('--header gives what the API takes', async () => {
    const [{ verbit, env: verbitEnv }, { sparkfly, env }] = [await fakeVerbit(), await fakeSparkfly()];
    for (const [api, vendor] of [
      ['verbit', verbit],
      ['sparkfly', sparkfly],
    ] as const) {
      const { out } = await ask(`token ${api} --header`, { env: { ...verbitEnv, ...env } });
      const [, name, value] = /^([\w-]+): (.+)\n$/.exec(out)!;
      const response = await fetch(`${vendor.baseURL}/echo`, { headers: { [name!]: value! } });
      expect(response.status).toBe(200);
    }
  });

  test('what goes wrong is told on stderr, with the same exit codes', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    for (const [status, exitCode] of [
      [401, 1],
      [503, 3],
    ]) {
      sparkfly.failNext({ status });
      const told = await ask('token sparkfly --print', { env });
      expect(told).toMatchObject({ exitCode, out: '' });
      expect(told.err).toContain('remedy');
    }
    expect(sparkfly.counters.tokenRequests).toBe(2);
  });

  test.each([
    ['token --print', /^Say of which API/],
    ['token sparkfly --print --header', /^Either --print or --header/],
    ['token acme --print', /^No account of "acme" is configured\. There is sparkfly\./],
  ])('%s', async (args, message) => {
    const { sparkfly, env } = await fakeSparkfly();
    const { exitCode, out, err } = await ask(args, { env });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(sparkfly.counters.tokenRequests).toBe(0);
  });

  test('of several accounts one must be named, or be the unnamed one', async () => {
    const { sparkfly } = await fakeSparkfly();
    const { identity, key, baseURL } = sparkfly;
    const [east, west] = ['east', 'west'].map((name) => ({ name, identity, key, baseURL }));
    const cwd = await folder({
      'named.mjs': `export default ${JSON.stringify({ sparkfly: [east, west] })};`,
      'unnamed.mjs': `export default ${JSON.stringify({ sparkfly: [east, { ...west, name: undefined }] })};`,
      'looked-up.mjs': `export default { sparkfly: { baseURL: '${baseURL}', accounts: { resolve: () => (${JSON.stringify(east)}) } } };`,
    });
    const named = await ask('token sparkfly --print --config=named.mjs', { cwd });
    expect(named).toMatchObject({ exitCode: 2, out: '' });
    expect(named.err).toContain('Say which account of sparkfly with --account: east, west.');
    const lookedUp = await ask('token sparkfly --print --config=looked-up.mjs', { cwd });
    expect(lookedUp).toMatchObject({ exitCode: 2, out: '' });
    expect(lookedUp.err).toContain('by the id that the app looks it up with');
    expect(sparkfly.counters.tokenRequests).toBe(0);

    expect(await ask('token sparkfly --print --account=west --config=named.mjs', { cwd })).toMatchObject({
      exitCode: 0,
    });
    expect(await ask('token sparkfly --print --account=7 --config=looked-up.mjs', { cwd })).toMatchObject({
      exitCode: 0,
    });
    const unnamed = await ask('token sparkfly --print --config=unnamed.mjs', { cwd });
    expect(unnamed.err).toMatch(/^sparkfly: lives/);
    expect(sparkfly.counters.tokenRequests).toBe(3);
  });

  test('--demo has tokens of its own', async () => {
    const { exitCode, out } = await ask('token verbit --header --demo');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Authorization: Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });
});
