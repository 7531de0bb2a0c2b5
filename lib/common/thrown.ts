import { basename, dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What a function of the app's threw, as far as it can be told: the sort of error, its system code, and where, such as
 * `threw TypeError (ENOENT) at src/acme.api.ts:12`. What else it says may hold a secret, a vault's own token for one.
 */
export function thrownText(error: unknown): string {
  if (!(error instanceof Error)) return 'threw something that is not an Error';
  const { code } = error as { code?: unknown };
  const ofSystem = typeof code === 'string' && /^E[A-Z_]{2,20}$/.test(code) ? ` (${code})` : '';
  const place = placeOf(error);
  return `threw ${errorName(error) ?? 'an error'}${ofSystem}${place === undefined ? '' : ` at ${place}`}`;
}

/** The name of an error where it is one of a class; it may be any text. */
export function errorName({ name }: Error): string | undefined {
  return typeof name === 'string' && /^([A-Z][a-z]+){0,4}Error$/.test(name) ? name : undefined;
}

/** `    at work (file:///app/dist/acme.api.js:12:5)`, of a file alone: an address of another kind may be anything. */
const FRAME = /^ +at (?:.* \(|async )?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]+\.[cm]?[jt]sx?):(\d+):\d+\)?$/;

/** Where this package is: what it throws over what it was given has no place in the app. By `import.meta`, Jest could not compile it. */
const OWN_FOLDER = dirname(dirname(frameOf(String(new Error('here').stack).split('\n')[1]).file));

function frameOf(line = ''): { readonly file: string; readonly row?: string } {
  const [, where = '', row] = FRAME.exec(line) ?? [];
  return { file: where.startsWith('file:') ? fileURLToPath(where) : where, row };
}

/** File and line of the app, below the working directory, or the file's name alone. */
function placeOf(error: Error): string | undefined {
  try {
    for (const line of framesOf(error)) {
      const { file, row } = frameOf(line);
      if (file.startsWith(`${OWN_FOLDER}${sep}`)) return undefined;
      if (!file || /[\\/]node_modules[\\/]/.test(file)) continue;
      const path = relative(process.cwd(), file);
      return `${path.startsWith('..') ? basename(file) : path}:${row}`;
    }
  } catch {
    // An error may have getters that throw.
  }
  return undefined;
}

/** The frames of a stack. None where the stack does not begin with the message as it is: lines of the message could pass for frames. */
export function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return [];
  const afterName = message ? `: ${message}\n` : '\n';
  const [name = '', ...rest] = stack.split(afterName);
  return /^[\w$ [\]]+(: )?$/.test(name) ? rest.join(afterName).split('\n') : [];
}
