import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MULTI_TENANT = 'sample/02-multi-tenant';
const CUSTOM_TOKEN_API = 'sample/03-custom-token-api';

/** Nothing of this machine's own settings. */
const { PATH, HOME } = process.env;

/** A checkout of its own: the quickstart's test builds the package at the same time, and would pull it from under us. */
let checkout: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'samples-test-'));
  for (const path of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'lib', MULTI_TENANT, CUSTOM_TOKEN_API]) {
    const isSource = (file: string) => !/[\\/]dist$/.test(file);
    await cp(join(ROOT, path), join(checkout, path), { recursive: true, filter: isSource });
  }
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  const run = promisify(execFile);
  await run('npm', ['run', 'build'], { cwd: checkout });
  await Promise.all([MULTI_TENANT, CUSTOM_TOKEN_API].map((dir) => run('npx', ['tsc', '-p', dir], { cwd: checkout })));
}, 60_000);

afterAll(() => rm(checkout, { recursive: true, force: true }));

/** A sample as a process of its own: what it prints, and how it ends. */
class Sample {
  readonly #process: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(dir: string, ...args: string[]) {
    this.#process = spawn(process.execPath, [`${dir}/dist/main.js`, ...args], { cwd: checkout, env: { PATH, HOME } });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.ended = once(this.#process, 'close').then(([code]) => code as number | null);
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  /** Waits for a line; its first group. */
  async line(pattern: RegExp): Promise<string> {
    return vi.waitFor(
      () => {
        const found = pattern.exec(this.output)?.[1];
        if (found === undefined) throw new Error(`no ${pattern} in:\n${this.output}`);
        return found;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

/** Keys and tokens of the samples are 32 hexadecimal digits. */
const SECRET = /[\da-f]{32}/;

describe('accounts from a database', () => {
  test('two tenants, an unknown one, and a key that is changed while everybody calls', async () => {
    const sample = new Sample(MULTI_TENANT);
    expect(await sample.ended, sample.output).toBe(0);
    const { output } = sample;

    expect(output).toContain('GET /tenants/bakery/offers -> 200 Free croissant, Two loaves for one\n');
    expect(output).toContain('GET /tenants/bookshop/offers -> 200 Summer reading, 10 % off\n');
    expect(output).toContain('Sparkfly was asked for 0 tokens\n');
    expect(output).toContain('GET /tenants/florist/offers -> 404 There is no tenant "florist"\n');

    expect(output).toMatch(
      new RegExp(
        'operator: the row has the next key[^]*vendor: takes the next key alone[^]*token of bakery: refused by the API' +
          '[^]*token of bakery: Sparkfly takes the next key[^]*the call was repeated with another one and accepted' +
          '[^]*operator: the row has the new key alone[^]*token of bakery: received',
      ),
    );
    expect(output).toMatch(/callers: [1-9]\d+ calls answered, 0 failed\n/);
    expect(output).toContain('bakery: fresh, tokens received: 3');
    expect(output).toContain('bookshop: fresh, tokens received: 1');
    expect(output).toMatch(/Stopped\.\n$/);

    expect(output).not.toMatch(SECRET);
    const [database] = /\S+tenants\.db/.exec(output)!;
    expect(existsSync(dirname(database))).toBe(false);
  });

  test('with --serve it goes on until it is told to stop, and leaves nothing behind', async () => {
    const sample = new Sample(MULTI_TENANT, '--serve');
    const url = await sample.line(/Listening on (http:\S+)/);
    const [known, unknown, unusable] = await Promise.all(
      ['bakery', 'nobody', 'x'.repeat(300)].map((id) => fetch(`${url}/tenants/${id}/offers`)),
    );
    expect(known!.status).toBe(200);
    expect([unknown!.status, unusable!.status]).toEqual([404, 404]);

    sample.signal('SIGINT');
    sample.signal('SIGINT'); // npm passes a Ctrl-C on a second time
    expect(await sample.ended).toBe(0);
    expect(sample.output).toMatch(/Stopped\.\n$/);
    const [database] = /\S+tenants\.db/.exec(sample.output)!;
    expect(existsSync(dirname(database))).toBe(false);
  });

  test('a signal in the middle of the story ends it in good order', async () => {
    const sample = new Sample(MULTI_TENANT);
    await sample.line(/(operator: the row has the next key)/);
    sample.signal('SIGTERM');
    expect(await sample.ended).toBe(0);
    expect(sample.output).toMatch(/Stopped\.\n$/);
  });
});

describe('token APIs of your own', () => {
  test('a defined one and one of OAuth: called, refreshed while nobody calls, and no secret shown', async () => {
    const sample = new Sample(CUSTOM_TOKEN_API);
    expect(await sample.ended, sample.output).toBe(0);
    const { output } = sample;

    expect(output).toMatch(/ acme: token 1 received, lives (2\.\d|3\.0) s, refresh in 2\.\d s\n/);
    expect(output).toMatch(/ globex: token 1 received, lives (3\.\d|4\.0) s, refresh in [23]\.\d s\n/);
    expect(output).toMatch(/ acme \[warehouse [\w-]{8}\]: token 1 received/);
    expect(output).toContain('parcels: hamburg-1 hamburg, hamburg-2 hamburg\n');
    for (const call of ['parcels: rotterdam-1 rotterdam, rotterdam-2 rotterdam\n', 'invoices: 2024-117 48.00 EUR\n']) {
      expect(output.split(call)).toHaveLength(3); // before and after nobody called
    }
    expect(output).toMatch(/Nobody calls[^]* acme: token 2 received[^]* globex: token 2 received[^]*4\. /);
    expect(output).toContain('CREDENTIALS_REJECTED, status 403: the key [secret] opens nothing here\n');
    expect(output).toMatch(/Stopped\.\n$/);
    expect(output).not.toMatch(SECRET);
  });
});
