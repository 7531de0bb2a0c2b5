import { describe, expect, test } from 'vitest';
import { configFileOptions } from '../../../lib/cli/config-file.js';
import type { Told } from '../../support/cli.js';
import { ask, fakeSparkfly, fakeVerbit, folder, SPARKFLY_IDENTITY, SPARKFLY_KEY } from '../../support/cli.js';

/** Runs with this text as the file of options. */
async function withConfig(text: string, args: string, name = 'accounts.mjs'): Promise<Told> {
  const cwd = await folder({ [name]: text });
  return ask(`${args} --config=./${name}`, { cwd });
}

const account = (baseURL: string, more = ''): string =>
  `{ identity: '${SPARKFLY_IDENTITY}', key: '${SPARKFLY_KEY}', baseURL: '${baseURL}', ${more} }`;

describe('a file of options', () => {
  test('has accounts with names; all are checked, or the one that is named', async () => {
    const { sparkfly } = await fakeSparkfly();
    const { baseURL } = sparkfly;
    const text = `export default { sparkfly: [${account(baseURL)}, ${account(baseURL, "name: 'east', tokenLifetimeMs: 60_000")}] };`;
    const all = await withConfig(text, 'check');
    expect(all).toMatchObject({ exitCode: 0, err: '' });
    expect(all.out).toContain('\nsparkfly "east"  yes');
    expect(all.out).toContain('1 min by option, documented 24 h');
    expect(sparkfly.counters.tokenRequests).toBe(2);

    const east = JSON.parse((await withConfig(text, 'check --json --account=east')).out) as { accounts: unknown[] };
    expect(east.accounts).toMatchObject([{ account: 'east', lifetime: { ms: 60_000, source: 'options' } }]);
    expect(sparkfly.counters.tokenRequests).toBe(3);

    const unknown = await withConfig(text, 'check --account=eats');
    expect([unknown.exitCode, unknown.err.split('\n')[0]]).toEqual([
      2,
      'There is no account "eats". Did you mean east? There is default, east.',
    ]);
    expect(sparkfly.counters.tokenRequests).toBe(3);
  });

  test.each([
    ['a function', (options: string) => `export default () => (${options});`, 'mjs'],
    ['an async function', (options: string) => `export default async () => (${options});`, 'mjs'],
    ['CommonJS', (options: string) => `module.exports = ${options};`, 'cjs'],
  ])('may be %s', async (_, wrap, extension) => {
    const { sparkfly } = await fakeSparkfly();
    const text = wrap(`{ sparkfly: ${account(sparkfly.baseURL)} }`);
    expect(await withConfig(text, 'check', `accounts.${extension}`)).toMatchObject({ exitCode: 0, err: '' });
  });

  test.each([
    ['while it is read', 'await new Promise(() => {});'],
    ['by its function', 'export default () => new Promise(() => {});'],
  ])('that gives nothing %s is not waited for, whatever it holds on to', async (_, text) => {
    const cwd = await folder({ 'accounts.mjs': `setInterval(() => {}, 1_000).unref(); ${text}` });
    await expect(configFileOptions(cwd, 'accounts.mjs', 100)).rejects.toThrow(
      'accounts.mjs gives no options: nothing came of it for 0.1 s.',
    );
  });

  test('a pair of secrets: that the second was accepted is noted', async () => {
    const { sparkfly } = await fakeSparkfly();
    const text = `export default { sparkfly: { ...${account(sparkfly.baseURL)}, key: ['retired', '${SPARKFLY_KEY}'] } };`;
    const { exitCode, out } = await withConfig(text, 'check');
    expect(exitCode).toBe(0);
    expect(out).toContain('The second of the pair of secrets was accepted');
  });

  test('accounts that are looked up are checked by their id', async () => {
    const { sparkfly } = await fakeSparkfly();
    const { verbit } = await fakeVerbit();
    const lookup = `{ baseURL: '${sparkfly.baseURL}', accounts: { resolve: (id) => id === 'acme' ? ${account('http://127.0.0.1:1')} : undefined } }`;
    const text = `export default { sparkfly: ${lookup}, verbit: { apiKey: '${verbit.apiKey}', baseURL: '${verbit.baseURL}' } };`;

    const all = await withConfig(text, 'check');
    expect(all.exitCode).toBe(0);
    expect(all.out).toMatch(
      /1 of 1 accepted\.\nAccounts of sparkfly that the app looks up: check sparkfly --account <id>\.\n$/,
    );
    expect(JSON.parse((await withConfig(text, 'check --json')).out)).toMatchObject({ notChecked: ['sparkfly'] });
    expect(await withConfig(text, 'check sparkfly')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('name one with --account') as string,
    });
    expect(sparkfly.counters.tokenRequests).toBe(0);

    const acme = await withConfig(text, 'check sparkfly --account=acme');
    expect(acme).toMatchObject({ exitCode: 0, out: expect.stringContaining('sparkfly "acme"') as string });
    const nobody = await withConfig(text, 'check sparkfly --account=nobody');
    expect(nobody).toMatchObject({ exitCode: 2, out: expect.stringContaining('there is no such account') as string });
    expect(nobody.out).toMatch(/^sparkfly "nobody" +not asked +- /m);
    expect(sparkfly.counters.tokenRequests).toBe(1);
  });

  test('a secret function that fails is a matter of the configuration', async () => {
    const { sparkfly } = await fakeSparkfly();
    const failing = `() => { throw new Error('vault token ${SPARKFLY_KEY}'); }`;
    const text = `export default { sparkfly: { ...${account(sparkfly.baseURL)}, key: ${failing} } };`;
    const told = await withConfig(text, 'check --json');
    expect(told.exitCode).toBe(2);
    expect(JSON.parse(told.out)).toMatchObject({
      accounts: [{ outcome: 'misconfigured', problem: { kind: 'configuration' } }],
    });
    expect(told.out).not.toContain(SPARKFLY_KEY);
    expect(sparkfly.counters.tokenRequests).toBe(0);
  });
});

describe('a file with proxies', () => {
  const remedy = async (proxy: string): Promise<string> => {
    const site = `baseURL: 'https://verbit.invalid', http: { proxy: ${proxy} }`;
    const cwd = await folder({ 'accounts.mjs': `export default { verbit: { apiKey: 'key', ${site} } };` });
    const { out } = await ask('check --json --config=accounts.mjs', { cwd, env: { HTTPS_PROXY: 'http://proxy.test' } });
    return (JSON.parse(out) as { accounts: [{ problem: { remedy: string } }] }).accounts[0].problem.remedy;
  };

  test('the account’s own is named, and where it wants none the environment’s is not', async () => {
    expect(await remedy("{ host: '127.0.0.1', port: 1 }")).toContain('`http.proxy`');
    expect(await remedy('false')).not.toContain('proxy');
  });
});

describe('a file that cannot be used', () => {
  test.each([
    [
      'throws',
      `\n\nthrow new TypeError('${SPARKFLY_KEY}');`,
      /^accounts\.mjs throws TypeError in line 3; its message is not shown/,
    ],
    [
      'rejects',
      `export default async () => {\n  throw new Error('${SPARKFLY_KEY}');\n};`,
      /^accounts\.mjs throws Error in line 2; its/,
    ],
    ['throws what is no error', `throw '${SPARKFLY_KEY}';`, /^accounts\.mjs throws something that is not an Error\./],
    ['cannot be parsed', `export default { key: '${SPARKFLY_KEY}`, /^accounts\.mjs throws \w+/],
    ['imports what is not there', `import 'no-such-package';`, /^accounts\.mjs cannot be loaded: .*no-such-package/],
    [
      'has no default export',
      `export const options = {};`,
      /^accounts\.mjs must have the options as its default export/,
    ],
    ['gives nothing', `export default () => undefined;`, /^accounts\.mjs must have/],
    ['has no accounts', `export default {};`, /^\.\/accounts\.mjs has no accounts\.|^accounts\.mjs has no accounts\./],
    [
      'has a wrong option',
      `export default { verbit: { apikey: '${SPARKFLY_KEY}' } };`,
      /^The accounts cannot work:[^]*verbit\.apikey is not an option/,
    ],
  ])('one that %s', async (_, text, message) => {
    const { exitCode, out, err } = await withConfig(text, 'check');
    expect([exitCode, out]).toEqual([2, '']);
    expect(err.replace(/^\.\//, '')).toMatch(message);
    expect(err).not.toContain(SPARKFLY_KEY);
  });

  test('one that is not there', async () => {
    const { exitCode, err } = await ask('check --config=./none.mjs', { cwd: await folder({}) });
    expect(exitCode).toBe(2);
    expect(err).toBe('./none.mjs cannot be read: there is no such file.\n');
  });
});
