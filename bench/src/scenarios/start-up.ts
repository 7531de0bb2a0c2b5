import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { rounds } from '../meters/rounds.js';
import { record, type Samples } from '../meters/samples.js';
import { isOfOptionalPeer } from '../start-up/optional-peers.js';
import type { StartUp } from '../start-up/report.js';
import type { Scenario } from './scenario.js';

const APPS = ['bare-nest', 'with-axios', 'with-ours'] as const;
const OUR_FOLDER = fileURLToPath(new URL('.', import.meta.resolve('nestjs-auth-apis')));

/** From the start of a process to an initialized app: without the package, and with it. */
export const startUp: Scenario = {
  id: 'start-up',
  title: 'From the start of the process to an initialized app',
  nodeFlags: ['--expose-gc'],
  async measure() {
    const samples: Samples = {};
    for (const app of APPS) record(samples, app, countsOf(await start(app, { isWatched: true })));
    await rounds(APPS, 9, async (app) => {
      const { readyMs, cpuMs } = await start(app, { isWatched: false });
      record(samples, app, { readyMs, cpuMs });
    });
    for (const without of ['bare-nest', 'with-axios']) {
      samples[`added to ${without}`] = difference(samples['with-ours']!, samples[without]!);
    }
    return samples;
  },
};

/** In a process of its own, as every start of an app is. */
async function start(app: string, { isWatched }: { isWatched: boolean }): Promise<StartUp> {
  const fileOf = (name: string): string => fileURLToPath(new URL(`../start-up/${name}.js`, import.meta.url));
  const execArgv = isWatched ? ['--no-warnings', '--import', fileOf('watch')] : [];
  const child = fork(fileOf(app), { execArgv, timeout: 30_000 });
  const exited = once(child, 'exit');
  const [told] = (await once(child, 'message')) as [StartUp];
  await exited;
  return told;
}

function countsOf({ modules = [], filesRead = [] }: StartUp): Record<string, number> {
  return {
    modules: modules.length,
    ownModules: modules.filter((file) => file.startsWith(OUR_FOLDER)).length,
    optionalPeers: modules.filter(isOfOptionalPeer).length,
    filesRead: filesRead.length,
  };
}

function difference(more: Samples[string], less: Samples[string]): Samples[string] {
  const entries = Object.entries(more).map(([metric, values]): [string, number[]] => [
    metric,
    values.map((value, round) => value - less[metric]![round]!),
  ]);
  return Object.fromEntries(entries);
}
