import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nextMessage } from '../next-message.js';
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
    await nextMessage(own.#child, id);
    return own;
  }

  async measure(): Promise<Record<string, number>> {
    this.#child.send('measure');
    return (await nextMessage(this.#child, this.id)) as Record<string, number>;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
