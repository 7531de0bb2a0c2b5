import { spawn } from 'node:child_process';

const alive = new Set();
process.on('exit', () => alive.forEach((child) => kill(child, 'SIGKILL')));

/**
 * Starts a command in a process group of its own, so that stopping it stops what it started as well.
 *
 * @param timeoutMs it is killed after this long
 */
export function start(command, args, { cwd, env = process.env, timeoutMs }) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let stdout = '';
  child.stdout.on('data', (data) => ((stdout += data), (output += data)));
  child.stderr.on('data', (data) => (output += data));
  alive.add(child);
  const timer = setTimeout(() => {
    output += `\nkilled: not done after ${timeoutMs / 1000} s`;
    kill(child, 'SIGKILL');
  }, timeoutMs);
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, output: String(error), stdout }));
    child.on('close', (code, signal) => resolve({ code, signal, output, stdout }));
  }).finally(() => {
    clearTimeout(timer);
    alive.delete(child);
  });
  return { ended, stop: (signal) => kill(child, signal), output: () => output };
}

/** Runs a command to its end. Any exit code but 0 is an error that shows what the command said. */
export async function run(command, args, options) {
  const { code, signal, output, stdout } = await start(command, args, options).ended;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}\n${output.slice(-8_000)}`);
  return stdout;
}

function kill(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already, or never started.
  }
}
