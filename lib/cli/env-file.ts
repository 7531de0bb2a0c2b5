import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/**
 * Puts what a `.env` says into the environment, which wins where it has a variable that is not empty.
 *
 * @param path as the user gave it; by default `.env`, which may be missing
 * @throws UsageError
 */
export async function loadEnvFile({ env, cwd }: World, path?: string): Promise<void> {
  const text = decoded(await read(cwd, path), path);
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ||= value;
}

async function read(cwd: string, path: string | undefined): Promise<Uint8Array> {
  try {
    return await readFile(resolve(cwd, path ?? '.env'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === undefined) return new Uint8Array();
    throw new UsageError(
      `${path ?? '.env'} cannot be read${code === 'ENOENT' ? ': there is no such file' : ` (${code})`}.`,
    );
  }
}

/** Editors of Windows put a byte order mark before the first name, or write UTF-16. */
function decoded(bytes: Uint8Array, path = '.env'): string {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16) throw new UsageError(`${path} is UTF-16: save it as UTF-8.`);
  return new TextDecoder().decode(bytes);
}
