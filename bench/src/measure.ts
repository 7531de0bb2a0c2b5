export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws Error without `--expose-gc` */
export async function heapAfterCollection(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('start node with --expose-gc');
  for (let i = 0; i < 6; i++) {
    gc();
    await sleep(30);
  }
  return process.memoryUsage().heapUsed;
}

let hasHeading = false;

/** A row of a table, the heading before the first. */
export function print(row: object): void {
  const entries = Object.entries(row).map(([name, value]) => [name, String(value)] as const);
  const line = (texts: readonly string[]): string =>
    texts.map((text, i) => text.padStart(Math.max(entries[i]![0].length, 9))).join('  ');
  if (!hasHeading) process.stdout.write(`${line(entries.map(([name]) => name))}\n`);
  hasHeading = true;
  process.stdout.write(`${line(entries.map(([, value]) => value))}\n`);
}
