import fs from 'node:fs';
import { createRequire, register, syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';

/** Loaded before an app with `--import`: notes which modules it loads, and which files it reads besides. */
export interface Watch {
  modules(): Promise<readonly string[]>;
  filesRead(): readonly string[];
}

const imported = new Set<string>();
const { port1, port2 } = new MessageChannel();
port1.on('message', (url: string) => imported.add(fileURLToPath(url)));
port1.unref();
register('./watch-hooks.js', { parentURL: import.meta.url, data: { port: port2 }, transferList: [port2] });

const required = createRequire(import.meta.url).cache;
const opened = new Set<string>();
for (const name of ['readFileSync', 'readFile', 'openSync', 'open', 'createReadStream'] as const) notePaths(fs, name);
for (const name of ['readFile', 'open'] as const) notePaths(fs.promises, name);
syncBuiltinESMExports();

const watch: Watch = {
  async modules() {
    // The hooks run in a thread of their own, and tell a little later.
    await sleep(100);
    return [...new Set([...imported, ...Object.keys(required)])];
  },
  // What loads a module reads it, and the package.json beside it.
  filesRead: () => [...opened].filter((path) => !(path in required) && !path.endsWith('package.json')),
};
Object.assign(globalThis, { startUpWatch: watch });

function notePaths<Name extends string>(api: Record<Name, unknown>, name: Name): void {
  const real = api[name] as (...args: unknown[]) => unknown;
  const noting = (...args: unknown[]): unknown => {
    const [path] = args;
    if (typeof path === 'string' || path instanceof URL) {
      const file = String(path);
      opened.add(file.startsWith('file:') ? fileURLToPath(file) : file);
    }
    return real.apply(api, args);
  };
  Object.assign(api, { [name]: noting });
}
