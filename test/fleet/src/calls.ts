import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import type { Amount, Outcome } from './messages.js';

/** Connections of a process for its API calls; token requests do not queue for these. */
export const CONNECTIONS = 32;
const STREAM_STEP_MS = 20;

/** How one call ended. */
interface Ended {
  readonly isHttp: boolean;
  /** Why it failed, without anything secret. */
  readonly problem?: string;
}

/** Makes calls through a client of the module, and counts how they end. */
export class Calls {
  readonly #client: SparkflyClient | VerbitClient;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(client: SparkflyClient | VerbitClient) {
    this.#client = client;
  }

  async burst({ calls, httpEvery }: Amount): Promise<Outcome> {
    return counted(Array.from({ length: calls }, (_, i) => this.#call(i % httpEvery === 0)));
  }

  async stream({ calls, httpEvery, overMs }: Amount & { overMs: number }): Promise<Outcome> {
    const startedAt = performance.now();
    const made: Promise<Ended>[] = [];
    while (made.length < calls) {
      const due = Math.ceil(calls * Math.min(1, (performance.now() - startedAt + STREAM_STEP_MS) / overMs));
      while (made.length < due) made.push(this.#call(made.length % httpEvery === 0));
      await sleep(STREAM_STEP_MS);
    }
    return counted(made);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #call(isHttp: boolean): Promise<Ended> {
    try {
      if (isHttp) await firstValueFrom(this.#client.get('/echo', { httpAgent: this.#agent }));
      else await this.#client.tokens.get();
      return { isHttp };
    } catch (error) {
      const { name, code, response } = error as { name?: string; code?: string; response?: { status: number } };
      return { isHttp, problem: response ? `status ${response.status}` : `${name} ${code}` };
    }
  }
}

async function counted(calls: Promise<Ended>[]): Promise<Outcome> {
  const failed: Record<string, number> = {};
  let answered = 0;
  let answeredHttp = 0;
  for (const { isHttp, problem } of await Promise.all(calls)) {
    if (problem !== undefined) failed[problem] = (failed[problem] ?? 0) + 1;
    else answered++;
    if (problem === undefined && isHttp) answeredHttp++;
  }
  return { answered, answeredHttp, failed };
}
