import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { oneLine } from '../common/one-line.js';
import { BUILT_IN, BUILT_IN_NAMES } from '../vendors/built-in.js';
import { parseEnvFile } from './env-lines.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/**
 * Puts the variables of a `.env` into the environment, which wins where it has a value that is not empty.
 *
 * The `.env` of the current folder sets the command's own variables alone: the folder may be anybody's. A file that the
 * user names sets others too, for the file of `--config`. Neither sets how the process connects: proxies, `NODE_*`.
 *
 * @param path as the user gave it; by default `.env`, which may be missing
 * @param hasConfig whether a file of options may want the other variables
 * @throws UsageError when it cannot be read
 */
export async function loadEnvFile(world: World, path: string | undefined, hasConfig: boolean): Promise<void> {
  const file = path ?? '.env';
  const { values, brokenLines } = parseEnvFile(decoded(await read(world.cwd, path), path));
  const names = Object.keys(values);
  const isAllowed = (name: string): boolean => (path === undefined ? OWN.has(name) : !STEERING.test(name));
  for (const name of names.filter(isAllowed)) world.env[name] ||= values[name];

  const ignored = names.filter((name) => !isAllowed(name) && (hasConfig || STEERING.test(name) || OURS.test(name)));
  const steering = ignored.filter((name) => STEERING.test(name));
  const others = ignored.filter((name) => !STEERING.test(name));
  const hint = hasConfig ? `; --dotenv ${file} reads them` : '';
  for (const line of brokenLines) say(world, `${file}, line ${line}, is ignored: it is not NAME=value.`);
  if (steering.length > 0) say(world, `${file} cannot set ${listOf(steering)}: only the environment can.`);
  if (others.length > 0) say(world, `${file} sets variables that the command does not know: ${listOf(others)}${hint}.`);
}

const OWN: ReadonlySet<string> = new Set(BUILT_IN_NAMES.flatMap((name) => Object.values(BUILT_IN[name].variables)));
/** Probably meant for the command, and misspelt. */
const OURS = new RegExp(`^(${BUILT_IN_NAMES.join('|')})_`, 'i');
/** Where connections lead, whom they trust, and what Node and its libraries run or log. */
const STEERING = /^(npm_.*|.*_proxy|node_.*|ssl_.*|openssl_.*|uv_.*|ld_.*|dyld_.*|(ssl)?keylogfile|path)$/i;
/** Names in a message. */
const MOST_NAMES = 10;

const say = (world: World, text: string): void => world.err(`${oneLine(text)}\n`);

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => oneLine(name, LONGEST_NAME));
  const more = names.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const LONGEST_NAME = 100;

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
