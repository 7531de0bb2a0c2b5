import { oneLine, printableJson } from '../common/one-line.js';
import { errorName, framesOf } from '../common/thrown.js';
import { VERSION } from '../common/version.js';
import { type Arguments, parseArguments } from './arguments.js';
import { EXIT } from './exit-code.js';
import { helpOf } from './help.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/** The command: what it is told, and the exit code. Never throws. */
export async function run(args: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(parseArguments(args), world);
  } catch (error) {
    return tellProblem(error, args, world);
  }
}

/** Says why there is nothing to tell, and gives the exit code. */
export function tellProblem(error: unknown, args: readonly string[], world: Pick<World, 'out' | 'err'>): number {
  const { kind, message: told } = problemOf(error);
  // Lines of ours may quote an argument, a path or a name.
  const message = told
    .split('\n')
    .map((line) => oneLine(line))
    .join('\n');
  if (args.includes('--json')) {
    world.out(`${printableJson(JSON.stringify({ exitCode: EXIT.usage, error: { kind, message } }, null, 2))}\n`);
  } else world.err(`${message}\n${kind === 'usage' ? 'nestjs-auth-apis --help tells more.\n' : ''}`);
  return EXIT.usage;
}

async function dispatch(args: Arguments, world: World): Promise<number> {
  const { command, flags } = args;
  if (flags.has('help') || flags.has('version')) {
    world.out(flags.has('help') ? helpOf(command) : `${VERSION}\n`);
    return EXIT.accepted;
  }
  if (!command) {
    if (flags.has('json')) throw new UsageError('Say what to do: check.', 'usage');
    world.err(helpOf());
    return EXIT.usage;
  }
  // Loaded when needed: help works also where the peers are missing.
  const [{ check }, { checkTokenArguments, token }, { readConfiguration }] = await Promise.all([
    import('./check.command.js'),
    import('./token.command.js'),
    import('./configuration.js'),
  ]);
  if (command === 'token') checkTokenArguments(args);
  const configuration = await readConfiguration(args, world);
  try {
    return await (command === 'check' ? check : token)(args, configuration, world);
  } finally {
    await configuration.close();
  }
}

/** Of what nobody expected, only where it came from. */
function problemOf(error: unknown): { kind: string; message: string } {
  if (error instanceof UsageError) return error;
  const missing = missingPackage(error);
  if (missing)
    return { kind: 'installation', message: `${missing} is not installed, and needed: npm install ${missing}` };
  return { kind: 'unexpected', message: unexpectedText(error) };
}

function missingPackage(error: unknown): string | undefined {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  return code === 'ERR_MODULE_NOT_FOUND' ? /Cannot find package '([^']+)'/.exec(message)?.[1] : undefined;
}

/** Its kind and stack, without its message: that may quote a secret, also in lines that look like a stack's. */
function unexpectedText(error: unknown): string {
  if (!(error instanceof Error)) return 'Something was thrown that is not an Error.';
  const frames = framesOf(error).filter((line) => /^ {4}at /.test(line));
  return [
    `An unexpected ${errorName(error) ?? 'error'}; its message is not shown, it may quote a secret.`,
    ...frames,
  ].join('\n');
}
