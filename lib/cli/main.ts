#!/usr/bin/env node
import { Console } from 'node:console';
import { EXIT } from './exit-code.js';
import { wantsColours } from './paint.js';
import { run, unexpectedText } from './run.js';

const { stdout, stderr, env } = process;

process.once('SIGINT', () => process.exit(130));
// Whoever reads has heard enough: `| head -1`.
for (const stream of [stdout, stderr]) stream.on('error', () => {});
// Node's own report would show the message, and a config file may do things beside.
process.once('uncaughtException', (error: unknown) => {
  stderr.write(`${unexpectedText(error)}\n`);
  process.exit(EXIT.usage);
});
// What a config file logs must not stand in what was asked for.
globalThis.console = new Console(stderr);

const isTerminal = stdout.isTTY;
const exitCode = await run(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  columns: isTerminal ? stdout.columns : undefined,
  isColoured: wantsColours(isTerminal, env),
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
});
// A config file may keep connections open; what was written goes out first.
for (const stream of [stdout, stderr]) await new Promise((resolve) => void stream.write('', resolve));
process.exit(exitCode);
