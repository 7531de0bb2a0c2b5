import { parseArgs } from 'node:util';
import { didYouMean } from './nearest.js';
import { UsageError } from './usage.error.js';

export type Command = 'check' | 'token';

/** What the command line says. */
export interface Arguments {
  readonly command?: Command;
  readonly api?: string;
  readonly account?: string;
  readonly config?: string;
  readonly dotenv?: string;
  readonly timeoutMs?: number;
  readonly flags: ReadonlySet<Flag>;
}

const FLAGS = ['help', 'version', 'demo', 'json', 'print', 'header'] as const;
// Not `env-file`: Node takes that for itself wherever it stands, and ends with 9 where there is no such file.
const VALUES = ['account', 'config', 'dotenv', 'timeout'] as const;
const COMMANDS: readonly Command[] = ['check', 'token'];
/** What only one command has. */
const OF_ONE: Partial<Record<string, Command>> = { json: 'check', print: 'token', header: 'token' };
const LONGEST_TIMEOUT_S = 3_600;

type Flag = (typeof FLAGS)[number];

const OPTIONS = Object.fromEntries([
  ...FLAGS.map((name) => [name, { type: 'boolean' as const, ...(name === 'help' && { short: 'h' }) }]),
  ...VALUES.map((name) => [name, { type: 'string' as const }]),
]) as Record<string, { type: 'boolean' | 'string'; short?: string }>;

/** @throws UsageError that names what was probably meant, and never a value: it may be a secret in the wrong place */
export function parseArguments(args: readonly string[]): Arguments {
  // Not strict: its messages know no nearest match.
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    checkOption(token);
    given.set(token.name, token.value);
  }
  const [first, api] = words[0] === 'help' ? [words[1]] : words;
  const flags = new Set(FLAGS.filter((name) => given.has(name) || (name === 'help' && words[0] === 'help')));
  const command = commandOf(first);
  for (const name of given.keys()) checkCommandHas(command, name);
  if (words.length > 2) throw wrong(`${command} takes one API at a time, e.g. ${command} verbit`);
  return {
    command,
    api,
    account: given.get('account'),
    config: given.get('config'),
    dotenv: given.get('dotenv'),
    timeoutMs: timeoutMs(given.get('timeout')),
    flags,
  };
}

function commandOf(word: string | undefined): Command | undefined {
  if (word === undefined) return undefined;
  const command = COMMANDS.find((each) => each === word);
  if (command) return command;
  const meant = didYouMean(word, COMMANDS);
  throw wrong(
    `There is no ${meant ? `command "${word}"` : 'such command'}.${meant} There are ${COMMANDS.join(' and ')}.`,
  );
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption({ name, rawName, value, inlineValue }: OptionToken): void {
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (!option) {
    const known = Object.keys(OPTIONS).map((each) => `--${each}`);
    throw wrong(`There is no option ${rawName}.${didYouMean(rawName, known)}`);
  }
  if (option.type === 'boolean') {
    if (value !== undefined) throw wrong(`${rawName} takes no value.`);
    return;
  }
  const isMissing = !value || (value.startsWith('-') && !inlineValue);
  if (isMissing) throw wrong(`${rawName} needs a value, e.g. ${rawName}=${EXAMPLES[name as keyof typeof EXAMPLES]}`);
}

const EXAMPLES = { account: 'east', config: './accounts.js', dotenv: '.env.staging', timeout: '10' };

function checkCommandHas(command: Command | undefined, option: string): void {
  const only = OF_ONE[option];
  if (command && only && command !== only) throw wrong(`--${option} is an option of ${only}, not of ${command}.`);
}

function timeoutMs(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  const value = Number(seconds);
  if (value > 0 && value <= LONGEST_TIMEOUT_S) return value * 1_000;
  throw wrong(`--timeout must be a number of seconds above 0 and up to ${LONGEST_TIMEOUT_S}.`);
}

const wrong = (message: string): UsageError => new UsageError(message, 'usage');
