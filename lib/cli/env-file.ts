import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/**
 * Puts what a `.env` says into the environment, which wins where it has a variable already, be it empty.
 *
 * @param path as the user gave it; by default `.env`, which may be missing
 * @throws UsageError
 */
export async function loadEnvFile({ env, cwd }: World, path?: string): Promise<void> {
  for (const [name, value] of Object.entries(parseEnv(await read(cwd, path)))) env[name] ??= value;
}

async function read(cwd: string, path: string | undefined): Promise<string> {
  try {
    return await readFile(resolve(cwd, path ?? '.env'), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === undefined) return '';
    throw new UsageError(
      `${path ?? '.env'} cannot be read${code === 'ENOENT' ? ': there is no such file' : ` (${code})`}.`,
    );
  }
}
