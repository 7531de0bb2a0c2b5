import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { fakeSparkfly, folder, SPARKFLY_IDENTITY, SPARKFLY_KEY } from '../../support/cli.js';
import { expectNoSecret } from '../../support/leaks.js';
import { plainServer } from '../../support/plain-server.js';
import { proxyServer } from '../../support/proxy-server.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const { PATH, HOME } = process.env;

/** The compiled package, where other tests build nothing. */
let packageDir: string;
let main: string;

beforeAll(async () => {
  packageDir = await mkdtemp(join(tmpdir(), 'cli-process-'));
  await cp(join(ROOT, 'package.json'), join(packageDir, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(packageDir, 'node_modules'), 'junction');
  const args = ['tsc', '-p', 'tsconfig.build.json', '--outDir', join(packageDir, 'dist')];
  await promisify(execFile)('npx', args, { cwd: ROOT });
  main = join(packageDir, 'dist/cli/main.js');
}, 60_000);

afterAll(() => rm(packageDir, { recursive: true, force: true }));

interface Wishes {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What is started in place of the compiled file. */
  readonly entry?: string;
}

/** The command as a process of its own. */
function start(args: string, { env = {}, cwd = packageDir, entry = main }: Wishes = {}) {
  const child = spawn(process.execPath, [entry, ...args.split(' ')], { cwd, env: { PATH, HOME, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (told.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => ({ code: (code ?? signal) as number | string, ...told }));
  return { child, ended };
}

const end = (args: string, wishes?: Wishes) => start(args, wishes).ended;

describe('as a process', () => {
  test('against the fakes: what it prints, and 0', async () => {
    const { code, out, err } = await end('check --demo');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ACCOUNT +REACHABLE +ACCEPTED +CONTRACT +LIFETIME +CLOCK\nverbit +yes/);
    expect(out).not.toContain('\u001B');
  });

  test('exit codes', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    expect((await end('check', { env })).code).toBe(0);
    expect((await end('check', { env: { ...env, SPARKFLY_KEY: 'wrong' } })).code).toBe(1);
    expect((await end('check')).code).toBe(2);
    await sparkfly.close();
    expect((await end('check', { env })).code).toBe(3);
  });

  test('through a link, as npm makes one', async () => {
    const bin = await folder({});
    await symlink(main, join(bin, 'nestjs-auth-apis'));
    const { code, out } = await end('check --demo --json', { entry: join(bin, 'nestjs-auth-apis'), cwd: bin });
    expect([code, (JSON.parse(out) as { accounts: unknown[] }).accounts.length]).toEqual([0, 2]);
  });

  test('a reader that goes away early is no error', async () => {
    const line = `"${process.execPath}" "${main}" check --demo; echo "code $?" >&2`;
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', `{ ${line}; } | true`], { env: { PATH, HOME } });
    expect([stdout, stderr]).toEqual(['', 'code 0\n']);
  });

  test('Ctrl-C ends it at once, with 130', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    sparkfly.failNext({ action: 'hang' });
    const { child, ended } = start('check --timeout=600', { env });
    await vi.waitFor(() => expect(sparkfly.counters.tokenRequests).toBe(1), { timeout: 10_000 });
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, out: '', err: '' });
  });

  test('a proxy that wants a password is told apart from the vendor', async () => {
    const proxy = await proxyServer();
    proxy.refuseWith(407);
    const way = { HTTPS_PROXY: proxy.origin, VERBIT_BASE_URL: 'https://verbit.invalid' };
    const { code, out } = await end('check --json', { env: { ...way, VERBIT_API_KEY: 'key-5b1f0c' } });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ accounts: [{ problem: { kind: 'proxy' } }] });
    expect(proxy.requests).toHaveLength(1);
  });

  test('a .env of the folder, and a config file that reads the environment, logs, and keeps the process busy', async () => {
    const { env } = await fakeSparkfly();
    const config = `
      console.log('a library that talks');
      setInterval(() => {}, 1_000);
      const { SPARKFLY_IDENTITY: identity, SPARKFLY_KEY: key, SPARKFLY_BASE_URL: baseURL } = process.env;
      export default { sparkfly: { name: 'east', identity, key, baseURL } };`;
    const dotenv = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    const cwd = await folder({ '.env': dotenv.join(''), 'accounts.mjs': config });
    const { code, out, err } = await end('check --json --config=accounts.mjs', { cwd });
    expect([code, err]).toEqual([0, 'a library that talks\n']);
    expect(JSON.parse(out)).toMatchObject({ accounts: [{ account: 'east', accepted: true }] });
  });

  test('a .env of another name is read by the command and not by Node', async () => {
    const { env } = await fakeSparkfly();
    const dotenv = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    const cwd = await folder({ 'staging.env': dotenv.join('') });
    expect((await end('check --dotenv=staging.env', { cwd })).code).toBe(0);
    const { code, out, err } = await end('check --json --dotenv=none.env', { cwd });
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({ exitCode: 2, error: { kind: 'configuration' } });
  });

  test('a config file that was compiled to CommonJS', async () => {
    const { env } = await fakeSparkfly();
    const { SPARKFLY_BASE_URL: baseURL } = env;
    const options = JSON.stringify({ sparkfly: { identity: SPARKFLY_IDENTITY, key: SPARKFLY_KEY, baseURL } });
    const text = `exports.__esModule = true;\nexports.default = () => (${options});`;
    const { code, err } = await end('check --config=accounts.cjs', { cwd: await folder({ 'accounts.cjs': text }) });
    expect([code, err]).toEqual([0, '']);
  });

  test.each([
    ['ends the process', 'process.exit(0);'],
    ['waits for what never comes', 'await new Promise(() => {});'],
    ['gives what never comes', 'export default () => new Promise(() => {});'],
  ])('a config file that %s is not taken for accepted accounts', async (_, text) => {
    const cwd = await folder({ 'early.mjs': text });
    const { code, out, err } = await end('check --config=early.mjs', { cwd });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('It ended before there was anything to tell: the file of --config');
    const json = await end('check --json --config=early.mjs', { cwd });
    expect([json.code, json.err]).toEqual([2, '']);
    expect(JSON.parse(json.out)).toMatchObject({ exitCode: 2, error: { kind: 'configuration' } });
  });

  test.skipIf(!existsSync('/dev/full'))('what could not be written is not taken for told', async () => {
    const line = `"${process.execPath}" "${main}" check --demo >/dev/full; echo "code $?"`;
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', line], { env: { PATH, HOME } });
    expect([stdout, stderr]).toEqual(['code 2\n', 'What there was to tell could not be written.\n']);
  });

  test.each([
    ['accounts.json', 'accounts.json is no JavaScript, and this Node reads nothing else: compile it first.\n'],
    ['.', '. is a folder.\n'],
  ])('--config=%s is refused by what it is', async (name, message) => {
    const { code, err } = await end(`check --config=${name}`, { cwd: await folder({ 'accounts.json': '{}' }) });
    expect([code, err]).toEqual([2, message]);
  });

  test('what is wrong in a definition of an API is told in our own words, which quote no secret', async () => {
    const config = `
      import { defineTokenApi } from '${pathToFileURL(join(packageDir, 'dist/vendors/token-api.js')).href}';
      defineTokenApi({ name: 'acme', credentials: ['key'], baseURL: '${SPARKFLY_KEY}', lifetimeMs: '${SPARKFLY_KEY}' });`;
    const { code, out, err } = await end('check --config=api.mjs', { cwd: await folder({ 'api.mjs': config }) });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^api\.mjs throws: The fields of a definition for defineTokenApi are not valid:\n  - /);
    expect(err).toContain('\n  - lifetimeMs must be');
    expect(err).not.toContain(SPARKFLY_KEY);
  });

  test('an error that a config file leaves lying about ends it without a message', async () => {
    const text = `void Promise.reject(new RangeError('${SPARKFLY_KEY}'));\nawait new Promise(() => {});`;
    const cwd = await folder({ 'late.mjs': text });
    const { code, out, err } = await end('check --config=late.mjs', { cwd });
    expect([code, out]).toEqual([2, '']);
    const json = await end('check --json --config=late.mjs', { cwd });
    expect([json.code, json.err]).toEqual([2, '']);
    expect(JSON.parse(json.out)).toMatchObject({ exitCode: 2, error: { kind: 'unexpected' } });
    expectNoSecret(json, [SPARKFLY_KEY]);
    expect(err).toMatch(/^An unexpected RangeError; its message is not shown[^]*\n {4}at /);
    expect(err).not.toContain(SPARKFLY_KEY);
  });
});

describe('where packages are missing', () => {
  /** Packages are not to be found, wherever a folder above has them; the error is Node's own. */
  async function without(packages: string): Promise<Record<string, string>> {
    const hooks = `export async function resolve(name, context, next) {
      const from = new RegExp('^(${packages})(/|$)').test(name) ? { ...context, parentURL: 'file:///nowhere/at-all.js' } : context;
      return next(name, from);
    }`;
    const text = `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`;
    const dir = await folder({ 'hooks.mjs': hooks, 'without.mjs': text });
    return { NODE_OPTIONS: `--import=${pathToFileURL(join(dir, 'without.mjs')).href}` };
  }

  test('without axios it says so, and help is there', async () => {
    const env = await without('axios');
    const { code, out, err } = await end('check --demo', { env });
    expect([code, out, err]).toEqual([2, '', 'axios is not installed, and needed: npm install axios\n']);
    const json = await end('check --demo --json', { env });
    expect(JSON.parse(json.out)).toMatchObject({ exitCode: 2, error: { kind: 'installation' } });
    expect((await end('check --help', { env })).code).toBe(0);
  });

  test('axios is all that it needs of the peers', async () => {
    const { peerDependencies } = (await import('../../../package.json', { with: { type: 'json' } })).default;
    const others = Object.keys(peerDependencies).filter((name) => name !== 'axios');
    expect(others).toContain('@nestjs/common');
    expect((await end('check --demo', { env: await without(others.join('|')) })).code).toBe(0);
  });
});

describe('no secret is shown', () => {
  const FAULTS = [
    { status: 401, body: { error: `no: ${SPARKFLY_KEY}` } },
    { status: 400, body: `<html>${SPARKFLY_IDENTITY} ${SPARKFLY_KEY}</html>` },
    { status: 503, body: SPARKFLY_KEY },
    { status: 200, body: `<html>${SPARKFLY_KEY}` },
    { status: 302, headers: { Location: `/?key=${SPARKFLY_KEY}` } },
    { action: 'reset' as const },
    { action: 'truncate' as const },
    { action: 'hang' as const },
  ];

  test.each([
    ['plainly', 'check', {}],
    ['as JSON', 'check --json', {}],
    ['with DEBUG', 'check', { DEBUG: '*' }],
    ['where a token was wanted', 'token sparkfly --print', { DEBUG: '*' }],
  ])(
    '%s, whatever goes wrong',
    async (_, args, more) => {
      const { sparkfly, env } = await fakeSparkfly();
      for (const fault of FAULTS) sparkfly.failNext(fault);
      for (const fault of FAULTS) {
        const told = await end(`${args} --timeout=0.5`, { env: { ...env, ...more } });
        expect([1, 3], JSON.stringify(fault)).toContain(told.code);
        expect(told.out + told.err).toContain('sparkfly: ');
        expectNoSecret(told, [SPARKFLY_KEY, SPARKFLY_IDENTITY]);
      }
    },
    60_000,
  );

  test('nor a key that an API wants in its URL', async () => {
    const { origin, requests } = await plainServer((_, response) => void response.writeHead(401).end());
    const config = `
      import { accountsFor } from '${pathToFileURL(join(packageDir, 'dist/config/accounts-for.js')).href}';
      import { defineTokenApi } from '${pathToFileURL(join(packageDir, 'dist/vendors/token-api.js')).href}';
      const acme = defineTokenApi({
        name: 'acme', credentials: ['key'], baseURL: '${origin}', tokenURL: 'token', lifetimeMs: 1_000,
        placement: { in: 'header', name: 'X-Acme' },
        request: ({ url, credentials }) => ({ method: 'GET', url: url + '?key=' + credentials.key, headers: {} }),
        parseResponse: () => undefined,
      });
      export default { apis: [accountsFor(acme, { key: '${SPARKFLY_KEY}' })] };`;
    const cwd = await folder({ 'accounts.mjs': config });
    for (const args of ['check', 'check --json']) {
      const told = await end(`${args} --config=accounts.mjs`, { cwd });
      expect(told.code).toBe(1);
      expectNoSecret(told, [SPARKFLY_KEY]);
    }
    expect(requests.map(({ url }) => url)).toEqual(Array(2).fill(`/token?key=${SPARKFLY_KEY}`));
  });

  test('nor of a vendor that accepts, nor its token', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    for (const args of ['check', 'check --json']) {
      const told = await end(args, { env: { ...env, DEBUG: '*' } });
      expect(told.code).toBe(0);
      expectNoSecret(told, [SPARKFLY_KEY, SPARKFLY_IDENTITY, ...sparkfly.tokensIssued]);
    }
    expect(sparkfly.tokensIssued).toHaveLength(2);
  });
});
