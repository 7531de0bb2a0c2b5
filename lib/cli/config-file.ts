import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { systemClock } from '../common/clock.js';
import { isAuthApisOptionsError } from '../common/errors.js';
import { errorName, framesOf } from '../common/thrown.js';
import type { AuthApisOptions } from '../config/options.js';
import { attempt } from '../request/attempt.js';
import { UsageError } from './usage.error.js';

/** A file may ask a vault for its secrets. */
const PATIENCE_MS = 30_000;

/**
 * The options of a file: its default export, or what that gives when it is a function.
 *
 * @throws UsageError; what the file itself throws is told by its kind and place alone, for it may quote a secret
 */
export async function configFileOptions(cwd: string, path: string, patienceMs = PATIENCE_MS): Promise<AuthApisOptions> {
  if (!existsSync(resolve(cwd, path))) throw new UsageError(`${path} cannot be read: there is no such file.`);
  const url = pathToFileURL(resolve(cwd, path)).href;
  const read = async (): Promise<unknown> => {
    const { default: given } = (await import(url)) as { default?: unknown };
    const exported = unwrapped(given);
    return typeof exported === 'function' ? (exported as () => unknown)() : exported;
  };
  const timeoutError = (): UsageError =>
    new UsageError(`${path} gives no options: nothing came of it for ${patienceMs / 1_000} s.`);
  // It may hold on to a timer or a connection, so that nobody sees that nothing comes.
  const limit = { clock: systemClock, timeoutMs: patienceMs, timeoutError, background: true };
  const options = await guarded(path, url, () => attempt(read, limit).outcome);
  if (typeof options === 'object' && options !== null) return options;
  throw new UsageError(
    `${path} must have the options as its default export, as AuthApisModule.forRoot takes them, or a function that gives them.`,
  );
}

/** Compiled to CommonJS, a default export is a property of what CommonJS exports. */
function unwrapped(given: unknown): unknown {
  const isCompiled = typeof given === 'object' && given !== null && '__esModule' in given && 'default' in given;
  return isCompiled ? given.default : given;
}

async function guarded(path: string, url: string, read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (isAuthApisOptionsError(error)) throw new UsageError(`${path} throws: ${error.message}`); // ours quotes no secret
    throw new UsageError(`${path} ${problemOf(error, url)}.`);
  }
}

/** Node's own words where it cannot load a file; they hold paths, and names of packages. */
function problemOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return 'throws something that is not an Error';
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_UNSUPPORTED_DIR_IMPORT') return 'is a folder';
  if (/^ERR_(UNKNOWN_FILE_EXTENSION|IMPORT_A\w+_MISSING)$/.test(code ?? ''))
    return 'is no JavaScript, and this Node reads nothing else: compile it first';
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    // What the file throws may have that code, too.
    const [missing] = /^Cannot find (?:package|module) '[^'\n]{1,300}'/.exec(message) ?? ['a module is missing'];
    return `cannot be loaded: ${missing}`;
  }
  const line = placeIn(error, url);
  return `throws ${errorName(error) ?? 'an error'}${line ? ` in line ${line}` : ''}; its message is not shown, it may quote a secret`;
}

/** The first line of the stack that is in the file. Before a syntax error's message, Node puts the place alone. */
function placeIn(error: Error, url: string): string | undefined {
  const files = [url, fileURLToPath(url)];
  const lines = [String(error.stack).split('\n', 1)[0]!, ...framesOf(error)];
  for (const line of lines) {
    for (const file of files) {
      const [, row] = /^:(\d{1,7})(:\d+\)?)?$/.exec(line.split(file)[1] ?? '') ?? [];
      if (row) return row;
    }
  }
  return undefined;
}
