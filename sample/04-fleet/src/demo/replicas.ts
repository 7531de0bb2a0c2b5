// The replicas, as whatever runs your containers sees them: processes that are started, killed and replaced.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../replica/main.js', import.meta.url));
const STOP_MS = 2_000;

export interface Replica {
  readonly name: string;
  readonly url: string;
  readonly process: ChildProcess;
}

export class Replicas {
  /** Those that take calls, longest first. */
  readonly running: Replica[] = [];
  /** Those that have not said where they listen, too. */
  private readonly processes = new Set<ChildProcess>();
  private started = 0;

  /** @param env what every replica is told */
  constructor(private readonly env: Readonly<Record<string, string>>) {}

  async start(): Promise<Replica> {
    const name = String(++this.started);
    const child = fork(PROGRAM, { env: { ...process.env, ...this.env, REPLICA: name } });
    this.processes.add(child);
    child.once('exit', () => this.forget(child));
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (message: { url: string }) => resolve(message.url));
      child.once('exit', () => reject(new Error(`replica ${name} ended before it could be called`)));
    });
    const replica = { name, url, process: child };
    this.running.push(replica);
    return replica;
  }

  /** The one that took calls first, without a warning: SIGKILL. */
  kill(): Replica | undefined {
    const longest = this.running.find(({ process }) => !process.killed);
    longest?.process.kill('SIGKILL');
    return longest;
  }

  /** All, in good order; the hard way where that takes too long. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.processes].map(async (child) => {
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await exit;
        clearTimeout(timer);
      }),
    );
  }

  private forget(child: ChildProcess): void {
    this.processes.delete(child);
    const index = this.running.findIndex((replica) => replica.process === child);
    if (index >= 0) this.running.splice(index, 1);
  }
}
