import type { ChildProcess } from 'node:child_process';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FLEET = 'test/fleet';
const SAMPLE = 'sample/04-fleet';

/** Nothing of this machine's own settings. */
const { PATH, HOME } = process.env;

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  console.warn('\nSKIPPED: test/e2e/fleet.test.ts needs redis-server on this machine (apt-get install redis-server)\n');
}

/** A checkout of its own: other tests build the package at the same time, and would pull it from under us. */
let checkout: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'fleet-test-'));
  for (const path of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'lib', FLEET, SAMPLE]) {
    const isSource = (file: string) => !/[\\/]dist$/.test(file);
    await cp(join(ROOT, path), join(checkout, path), { recursive: true, filter: isSource });
  }
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  const run = promisify(execFile);
  await run('npm', ['run', 'build'], { cwd: checkout });
  const projects = [`${FLEET}/tsconfig.build.json`, SAMPLE];
  await Promise.all(projects.map((project) => run('npx', ['tsc', '-p', project], { cwd: checkout })));
}, 60_000);

afterAll(() => rm(checkout, { recursive: true, force: true }));

/** A program as a process of its own: what it prints, and how it ends. */
class Program {
  readonly #process: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(dir: string, env: Record<string, string> = {}) {
    this.#process = spawn(process.execPath, [`${dir}/dist/main.js`], {
      cwd: checkout,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.ended = once(this.#process, 'close').then(([code]) => code as number | null);
    onTestFinished(() => this.#end());
  }

  async line(pattern: RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.output).toMatch(pattern), { timeout: 60_000, interval: 20 });
  }

  /** The processes that it has started: its Redis and its replicas. */
  async children(): Promise<number[]> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=']);
    const processes = stdout.split('\n').map((line) => /^ *(\d+) +(\d+)/.exec(line)?.slice(1) ?? []);
    const own = processes.filter(([, parent]) => parent === String(this.#process.pid));
    return own.map(([pid]) => Number(pid));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** In good order, so that it ends what it has started; only then the hard way. */
  async #end(): Promise<void> {
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await this.ended;
    clearTimeout(timer);
  }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(!hasRedis)('a fleet of real processes on a real Redis', () => {
  test('buys as many tokens as one process would; the long form is `npm run fleet`', async () => {
    const fleet = new Program(FLEET, { FLEET_PROCESSES: '4', FLEET_CALLS: '50' });
    await fleet.line(/^ok +a replica's clock 5 minutes ahead/m);
    const children = await fleet.children();
    expect(children).toHaveLength(5);
    expect(await fleet.ended, fleet.output).toBe(0);
    expect(children.filter(isRunning)).toEqual([]);
    expect(fleet.output.match(/^ok /gm)).toHaveLength(12);
    expect(fleet.output).toMatch(/^ok +cold, all calls at once +200 +200 +0 +0 +1 +1 +3 /m);
    expect(fleet.output).toMatch(/^ok +cold, the lease holder killed while it asks +150 +15 +0 +0 +2 +2 /m);
    expect(fleet.output).toMatch(/All counts are as expected\.\n$/);
  }, 90_000);
});

describe.skipIf(!hasRedis)('the sample', () => {
  test('without a terminal it shows itself: one token, one more after a revocation, and no call fails', async () => {
    const sample = new Program(SAMPLE);
    expect(await sample.ended, sample.output).toBe(0);
    const { output } = sample;

    expect(output).toMatch(/ failed: 0 \| token requests: 1 \| token 1 is used by 1, 2, 3, 4\n/);
    expect(output).toMatch(/Replica (\d) is killed, another one starts\.\n[^]*Replica 5 is there\.\n/);
    expect(output).toMatch(
      /token requests: 1 \| token 1 is used by \d, \d, \d, 5\n[^]*The vendor revokes all tokens\./,
    );
    expect(output).toMatch(/The vendor revokes[^]* token requests: 2 \| token 2 is used by \d, \d, \d, 5\n/);
    expect(output).toMatch(/\n\d+ calls answered, 0 failed, and the vendor was asked for 2 tokens\.\nStopped\.\n$/);
    // Keys and tokens are 32 hexadecimal digits or more, or base64.
    expect(output).not.toMatch(/[\w+/=-]{22}/);
  }, 30_000);

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it in good order, and all that it started',
    async (signal) => {
      const sample = new Program(SAMPLE);
      await sample.line(/ 2 s \| calls of replica /);
      const children = await sample.children();
      expect(children).toHaveLength(5);
      sample.signal(signal);
      sample.signal(signal); // npm passes a Ctrl-C on a second time
      expect(await sample.ended).toBe(0);
      expect(sample.output).toMatch(/Stopped\.\n$/);
      expect(children.filter(isRunning)).toEqual([]);
    },
    30_000,
  );
});

test('the sample without a Redis on the machine says what to install', async () => {
  const sample = new Program(SAMPLE, { PATH: join(checkout, 'nothing') });
  expect(await sample.ended).toBe(1);
  expect(sample.output).toMatch(
    /^redis-server is not on this machine\. Install it, then try again:\n {2}apt-get install/,
  );
  expect(sample.output).not.toContain('    at ');
});
