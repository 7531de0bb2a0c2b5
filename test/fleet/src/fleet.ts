import type { Deeds, Outcome, ReplicaSettings, ReplicaState } from './messages.js';
import { ReplicaProcess } from './replica-process.js';

type Load = 'burst' | 'stream';

/** The replicas, as one. */
export class Fleet {
  readonly #replicas: ReplicaProcess[];
  readonly #killed = new Set<ReplicaProcess>();

  constructor(size: number) {
    this.#replicas = Array.from({ length: size }, (_, i) => new ReplicaProcess(String(i + 1)));
  }

  get size(): number {
    return this.#replicas.length;
  }

  /** Starts an app in each process; resolves when all of them can be called. */
  async start(settingsOf: (name: string, index: number) => ReplicaSettings): Promise<void> {
    await Promise.all(this.#replicas.map((each, i) => each.do('start', settingsOf(each.name, i))));
  }

  /** Ends the apps, and puts another process where one was killed. */
  async stop(): Promise<void> {
    this.#replicas.forEach((each, i) => {
      if (!each.isRunning) this.#replicas[i] = new ReplicaProcess(each.name);
    });
    await Promise.all(this.#replicas.map((each) => each.do('stop', null)));
  }

  /** Calls from every replica at the same time. Those of a replica that is killed meanwhile are lost with it. */
  async load<Name extends Load>(deed: Name, told: Deeds[Name]['told']): Promise<Outcome[]> {
    const outcomes = await Promise.all(
      this.#replicas.map(async (each) => {
        const failed = ({ message }: Error): Outcome => ({
          answered: 0,
          answeredHttp: 0,
          failed: { [message]: told.calls },
        });
        const outcome = await each.do(deed, told).catch(failed);
        return this.#killed.has(each) ? undefined : outcome;
      }),
    );
    return outcomes.filter((each) => each !== undefined);
  }

  /** Of those that run. */
  async states(): Promise<ReplicaState[]> {
    return Promise.all(this.#replicas.filter((each) => each.isRunning).map((each) => each.do('state', null)));
  }

  async kill(name: string): Promise<void> {
    const replica = this.#replicas.find((each) => each.name === name);
    if (!replica) throw new Error(`there is no replica ${name}`);
    this.#killed.add(replica);
    await replica.kill();
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#replicas.map((each) => each.kill()));
  }
}
