import { BroadcastChannel } from 'node:worker_threads';
import { relative } from 'node:path';
import { startTests } from '@vitest/runner';
import { TestRunner } from 'vitest';

const stryker = (globalThis.__stryker__ ??= {});
const TIMEOUT_MS = 2_500;

const nameOf = (task) => (task.suite ? `${nameOf(task.suite)} ${task.name}`.trim() : task.name);
const idOf = (test) => `${relative(process.cwd(), test.file.filepath)}#${nameOf(test)}`;

/** One order: the tests of all files without a mutant, or some tests with one. */
class OrderRunner extends TestRunner {
  tests = [];
  #only;
  #mutant;

  constructor(config, { only, mutant }) {
    super(mutant === undefined ? config : { ...config, testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS });
    this.#only = only && new Set(only);
    this.#mutant = mutant;
  }

  get hasFailed() {
    return this.tests.some(({ status }) => status === 'failed');
  }

  importFile(filepath, source) {
    const { evaluatedModules } = this.workerState;
    const node = evaluatedModules.getModuleById(filepath);
    if (node) evaluatedModules.invalidateModule(node);
    return super.importFile(filepath, source);
  }

  onBeforeRunFiles() {
    stryker.activeMutant = this.#mutant;
  }

  async onBeforeRunSuite(suite) {
    if (!this.#isWanted(suite)) suite.mode = 'skip';
    await super.onBeforeRunSuite(suite);
  }

  async onBeforeRunTask(test) {
    if (!this.#isWanted(test)) test.mode = 'skip';
    await super.onBeforeRunTask(test);
  }

  onBeforeTryTask(test) {
    super.onBeforeTryTask(test);
    if (this.#mutant === undefined) stryker.currentTestId = idOf(test);
  }

  onAfterRunTask(test) {
    super.onAfterRunTask(test);
    stryker.currentTestId = undefined;
    const { result } = test;
    if (test.mode === 'skip' || !result) return;
    this.tests.push({
      id: idOf(test),
      name: nameOf(test),
      fileName: test.file.filepath,
      timeSpentMs: result.duration ?? 0,
      status: result.state === 'fail' ? 'failed' : 'success',
      failureMessage: result.errors?.[0]?.message ?? 'failed',
    });
  }

  #isWanted(task) {
    if (this.hasFailed && this.#mutant !== undefined) return false;
    if (!this.#only) return true;
    return task.type === 'test' ? this.#only.has(idOf(task)) : task.tasks.some((inner) => this.#isWanted(inner));
  }
}

const durations = new Map();

/** What Vitest takes for the runner of one file is the loop that takes the orders. */
export default class LoopRunner extends TestRunner {
  async importFile() {
    const channel = new BroadcastChannel('mutation');
    let chain = Promise.resolve();
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the only listener
    channel.onmessage = ({ data }) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
      chain = chain.then(async () => channel.postMessage(await this.#obey(data)));
    };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
    channel.postMessage('ready');
    await new Promise(() => {});
  }

  async #obey({ files, only, mutant, hitLimit }) {
    stryker.hitLimit = hitLimit;
    stryker.hitCount = mutant === undefined ? undefined : 0;
    const inner = new OrderRunner(this.config, { only, mutant });
    inner.moduleRunner = this.moduleRunner;
    inner.__setTraces(this._otel);
    const wanted = files
      .filter((file) => !only || only.some((id) => id.startsWith(`${relative(process.cwd(), file)}#`)))
      .sort((a, b) => (durations.get(a) ?? 0) - (durations.get(b) ?? 0));
    const failures = [];
    for (const filepath of wanted) {
      if (inner.hasFailed && mutant !== undefined) break;
      this.workerState.filepath = filepath;
      const startedAt = performance.now();
      const [file] = await startTests([{ filepath, testLocations: undefined }], inner);
      stryker.activeMutant = undefined;
      if (mutant === undefined) durations.set(filepath, performance.now() - startedAt);
      if (file.result?.state === 'fail' && !inner.hasFailed) {
        const message = file.result.errors?.[0]?.message ?? 'a hook failed';
        failures.push({
          id: only?.[0] ?? filepath,
          name: filepath,
          timeSpentMs: 0,
          status: 'failed',
          failureMessage: message,
        });
        if (mutant !== undefined) break;
      }
    }
    return {
      tests: [...inner.tests, ...failures],
      hitCount: stryker.hitCount,
      mutantCoverage: mutant === undefined ? stryker.mutantCoverage : undefined,
    };
  }
}
