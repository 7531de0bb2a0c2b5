import type { Watch } from './watch.js';

/** What an app that has started tells the bench. */
export interface StartUp {
  readonly readyMs: number;
  readonly cpuMs: number;
  /** Only where the app was watched: that takes time of its own. */
  readonly modules?: readonly string[];
  readonly filesRead?: readonly string[];
}

export async function report(): Promise<void> {
  // Counted from the start of the process.
  const readyMs = performance.now();
  const { user, system } = process.cpuUsage();
  const watch = (globalThis as { startUpWatch?: Watch }).startUpWatch;
  const seen = watch && { modules: await watch.modules(), filesRead: watch.filesRead() };
  process.send!({ readyMs, cpuMs: (user + system) / 1_000, ...seen } satisfies StartUp);
  process.disconnect();
}
