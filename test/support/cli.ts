import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeSparkflyOptions, FakeVerbitOptions } from 'nestjs-auth-apis/testing';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { onTestFinished } from 'vitest';
import { run } from '../../lib/cli/run.js';
import type { World } from '../../lib/cli/world.js';

export type Env = World['env'];

export interface Told {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** The command in this process, in a world of its own. */
export async function ask(args: string, surroundings: Partial<World> = {}): Promise<Told> {
  const told = { out: '', err: '' };
  const exitCode = await run(args.split(' ').filter(Boolean), {
    env: {},
    cwd: '/nonexistent',
    isColoured: false,
    out: (text) => void (told.out += text),
    err: (text) => void (told.err += text),
    ...surroundings,
  });
  return { exitCode, ...told };
}

/** A folder with these files in it; gone when the test ends. */
export async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cli-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

export const VERBIT_KEY = 'verbit-key-5b1f0c';
export const SPARKFLY_IDENTITY = 'sparkfly-identity-77aa';
export const SPARKFLY_KEY = 'sparkfly-key-90de41';

export async function fakeVerbit(options: FakeVerbitOptions = {}): Promise<{ verbit: FakeVerbit; env: Env }> {
  const verbit = await FakeVerbit.start({ apiKey: VERBIT_KEY, ...options });
  onTestFinished(() => verbit.close());
  return { verbit, env: { VERBIT_API_KEY: VERBIT_KEY, VERBIT_BASE_URL: verbit.baseURL } };
}

export async function fakeSparkfly(options: FakeSparkflyOptions = {}): Promise<{ sparkfly: FakeSparkfly; env: Env }> {
  const sparkfly = await FakeSparkfly.start({ identity: SPARKFLY_IDENTITY, key: SPARKFLY_KEY, ...options });
  onTestFinished(() => sparkfly.close());
  return { sparkfly, env: { SPARKFLY_IDENTITY, SPARKFLY_KEY, SPARKFLY_BASE_URL: sparkfly.baseURL } };
}
