import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Place } from './contender.js';

const FILE = fileURLToPath(new URL('./contender-process.js', import.meta.url));

/** A contender in a process that it shares with nobody, as an app has one: no code is made for the calls of another. */
export class OwnProcess {
  readonly id: string;
  readonly #child: ChildProcess;

  private constructor(id: string, child: ChildProcess) {
    this.id = id;
    this.#child = child;
  }

  static async start(id: string, place: Place): Promise<OwnProcess> {
    const own = new OwnProcess(id, fork(FILE, [id, JSON.stringify(place)]));
    await own.#message();
    return own;
  }

  async measure(): Promise<Record<string, number>> {
    this.#child.send('measure');
    return (await this.#message()) as Record<string, number>;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #message(): Promise<unknown> {
    const exited = new AbortController();
    const onExit = (code: number | null): void => exited.abort(new Error(`${this.id} ended with ${String(code)}`));
    this.#child.once('exit', onExit);
    try {
      const [message] = (await once(this.#child, 'message', { signal: exited.signal })) as [unknown];
      return message;
    } catch {
      throw exited.signal.reason;
    } finally {
      this.#child.off('exit', onExit);
    }
  }
}
