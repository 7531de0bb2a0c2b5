/** Work done by this process, all its threads together, microseconds. */
export async function cpuMicros(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Nothing may be collected in between: see the flags of the scenarios that count bytes. */
export async function allocatedBytes(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  await work();
  return process.memoryUsage().heapUsed - before;
}

export async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** A young generation that holds all of a round: what the heap has grown by is then what was allocated. */
export const ROOMY_HEAP = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];
