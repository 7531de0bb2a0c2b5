#!/usr/bin/env node
import { Console } from 'node:console';
import { EXIT } from './exit-code.js';
import { widthOf } from './layout.js';
import { wantsColours } from './paint.js';
import { run, tellProblem } from './run.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

const { stdout, stderr, env, argv } = process;
const args = argv.slice(2);
const isTerminal = stdout.isTTY;
const world: World = {
  env,
  cwd: process.cwd(),
  columns: { out: widthOf(stdout), err: widthOf(stderr) },
  isColoured: wantsColours(isTerminal, env),
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
};
const ENDED_EARLY =
  'It ended before there was anything to tell: the file of --config ends the process, or waits for what never comes.';
let isTold = false;
let isLost = false;

process.once('SIGINT', () => end(130));
// A config file may do things beside; Node's own report would show the message.
process.on('uncaughtException', (error: unknown) => {
  if (!isTold) end(tellProblem(error, args, world));
});
process.once('exit', () => {
  if (!isTold) process.exitCode = tellProblem(new UsageError(ENDED_EARLY), args, world);
});
for (const stream of [stdout, stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    // Else whoever reads has heard enough: `| head -1`.
    if (code !== 'EPIPE') isLost = true;
  });
}
// What a config file logs must not stand in what was asked for.
globalThis.console = new Console(stderr);

const exitCode = await run(args, world);
isTold = true;
// A config file may keep connections open; what was written goes out first.
for (const stream of [stdout, stderr]) await new Promise((resolve) => void stream.write('', resolve));
if (isLost) stderr.write('What there was to tell could not be written.\n');
end(isLost ? EXIT.usage : exitCode);

function end(code: number): never {
  isTold = true;
  process.exit(code);
}
