import type { Command } from './arguments.js';
import { BUILT_IN, BUILT_IN_NAMES } from '../vendors/built-in.js';
import { neededText, titleOf } from './environment.js';

const NAME = 'nestjs-auth-apis';

const ACCOUNTS = `Where accounts come from:
  --config <file>      a JavaScript file whose default export is what AuthApisModule.forRoot takes,
                       or a function that gives it: for named accounts, other token APIs, proxies
  --dotenv <file>      read this in place of .env; the environment wins over either. A .env sets the
                       variables below alone, this file others too, for --config
  --demo               fake vendors on this machine; the environment is not read
  Without --config, these variables (an empty one counts as not set):
${BUILT_IN_NAMES.map((name) => list(BUILT_IN[name].variables)).join('\n')}
  Needed are ${BUILT_IN_NAMES.map((name) => `${neededText(name)} for ${titleOf(name)}`).join(', ')}.`;

const COMMON = `  --account <name>     only this account; "default" is the unnamed one
  --timeout <seconds>  for one account; by default the option tokenRequestTimeoutMs, which is 5
  -h, --help           this text`;

const EXITS = `Exit codes:
  0  accepted
  1  a vendor denied credentials or request
  2  command line, environment, file or options are wrong
  3  a vendor could not be reached, or is unavailable: it may pass
  130  Ctrl-C
  Of several accounts the worst counts: 2 before 1 before 3.`;

const CHECK = `${NAME} check [api] [options]

Asks each vendor for one token and tells whether it was reached and accepted the credentials, how
long the token lives, how far the vendor's clock is off, and where the token may be sent. Shows no
secret.

  check                every account
  check sparkfly       those of one API

  --json               one JSON document to stdout, also for errors
${COMMON}

${ACCOUNTS}

${EXITS}
`;

const TOKEN = `${NAME} token <api> --print | --header [options]

Asks for one token and prints it to stdout; everything else goes to stderr.

  --print              the token alone
  --header             the whole header line:
                       curl -H "$(npx ${NAME} token sparkfly --header)" <URL>
${COMMON}

A token is as good as a password while it lives. Written as above it stays out of the shell's
history, which keeps the $(...) and not what comes out of it; typed or pasted it does not. Other
users of the machine may see the arguments of curl: there, write the header to a file of your own
(umask 077) and say curl -H @file. Keep tokens out of CI logs.

${ACCOUNTS}

${EXITS}
`;

const ALL = `${NAME} <command> [options]

  check [api]          ask each vendor for a token, and tell what came of it
  token <api>          print a token, for curl

  --help               after a command: its options, variables and exit codes
  --version

Try it without any credentials: npx ${NAME} check --demo
`;

export function helpOf(command?: Command): string {
  if (command === undefined) return ALL;
  return command === 'check' ? CHECK : TOKEN;
}

/** Three in a line. */
function list(variables: Readonly<Record<string, string>>): string {
  const names = Object.values(variables);
  const lines = names.flatMap((_, i) => (i % 3 === 0 ? [`    ${names.slice(i, i + 3).join(', ')}`] : []));
  return lines.join(',\n');
}
