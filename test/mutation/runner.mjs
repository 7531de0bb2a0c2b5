import { BroadcastChannel } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { createVitest } from 'vitest/node';

/**
 * Runs the mutants in one Vitest worker that lives as long as Stryker's process: the modules are loaded once, not once
 * a mutant, which is most of the time otherwise. What Vitest runs is still a Vitest run, one file after the other.
 */
class OneWorkerRunner {
  static inject = [];
  #channel = new BroadcastChannel('mutation');
  #vitest;
  #files = [];

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    this.#vitest = await createVitest('test', {
      config: 'vitest.mutation.config.ts',
      runner: fileURLToPath(new URL('./worker.mjs', import.meta.url)),
      pool: 'threads',
      isolate: false,
      fileParallelism: false,
      maxWorkers: 1,
      watch: false,
      reporters: [{}],
      coverage: { enabled: false },
      onConsoleLog: () => false,
    });
    const specifications = await this.#vitest.globTestSpecifications();
    this.#files = specifications.map(({ moduleId }) => moduleId);
    const isReady = this.#answer();
    // Never ends: what the worker imports as its one file is the loop that waits for orders.
    this.#vitest.runTestSpecifications(specifications.slice(0, 1));
    await isReady;
  }

  async dryRun() {
    const { tests, mutantCoverage } = await this.#order({ files: this.#files });
    return { status: 'complete', tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const { tests, hitCount } = await this.#order({
      files: this.#files,
      only: testFilter,
      mutant: activeMutant.id,
      hitLimit,
    });
    const failed = tests.find(({ status }) => status === 'failed');
    if (hitCount > hitLimit) return { status: 'timeout', reason: `Hit limit reached (${hitCount}/${hitLimit})` };
    if (!failed) return { status: 'survived', nrOfTests: tests.length };
    const { id, failureMessage } = failed;
    if (/timed out in \d+ms/.test(failureMessage)) return { status: 'timeout', reason: failureMessage };
    return { status: 'killed', killedBy: [id], failureMessage, nrOfTests: tests.length };
  }

  async dispose() {
    this.#channel.close();
    await this.#vitest?.close().catch(() => {});
  }

  #order(order) {
    const answer = this.#answer();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
    this.#channel.postMessage(order);
    return answer;
  }

  #answer() {
    return new Promise((resolve) => {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- one listener at a time
      this.#channel.onmessage = ({ data }) => resolve(data);
    });
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'one-worker', OneWorkerRunner)];
