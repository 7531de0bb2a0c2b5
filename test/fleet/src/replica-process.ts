import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DeedName, Deeds, Order, Report } from './messages.js';
import { READY } from './messages.js';

const PROGRAM = fileURLToPath(new URL('replica.js', import.meta.url));
/** No deed of a scenario takes so long, on any machine. */
const DEED_MS = 30_000;

/** A replica, seen from the coordinator. */
export class ReplicaProcess {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (report: Report) => void>();
  readonly #isReady: Promise<void>;
  #orders = 0;

  constructor(name: string) {
    this.name = name;
    this.#process = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#isReady = new Promise((resolve) => {
      this.#process.on('message', (message: typeof READY | Report) => {
        if (message === READY) resolve();
        else this.#waiting.get(message.id)?.(message);
      });
    });
    this.#process.once('exit', () => {
      for (const [id, settle] of this.#waiting) settle({ id, problem: 'its process has ended' });
    });
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** @throws Error when the replica fails at it, ends, or takes too long */
  async do<Name extends DeedName>(deed: Name, told: Deeds[Name]['told']): Promise<Deeds[Name]['answers']> {
    await this.#isReady;
    const id = ++this.#orders;
    const order: Order<Name> = { id, deed, told };
    let timer: NodeJS.Timeout | undefined;
    const report = await new Promise<Report>((resolve) => {
      this.#waiting.set(id, resolve);
      timer = setTimeout(resolve, DEED_MS, { id, problem: `no answer within ${DEED_MS / 1_000} s` });
      this.#process.send(order);
    });
    clearTimeout(timer);
    this.#waiting.delete(id);
    if ('problem' in report) throw new Error(`replica ${this.name}, ${deed}: ${report.problem}`);
    return report.answer;
  }

  /** SIGKILL: no handler runs, no lease is given back. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}
