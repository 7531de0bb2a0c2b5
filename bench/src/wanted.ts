/**
 * Those that a variable names, all where it is not set.
 *
 * @throws RangeError for a name that nobody has: misspelled, it would be a gap in the tables that nobody sees
 */
export function wanted<Entry extends { readonly id: string }>(variable: string, all: readonly Entry[]): Entry[] {
  const names = process.env[variable]?.split(',');
  const unknown = names?.find((name) => !all.some(({ id }) => id === name));
  if (unknown === undefined) return all.filter(({ id }) => names?.includes(id) ?? true);
  const known = all.map(({ id }) => id).join(', ');
  throw new RangeError(`${variable} names "${unknown}", and there are: ${known}`);
}

/** How many times the usual rounds, as `BENCH_ROUNDS` says. @throws RangeError unless it is a number above 0 */
export function roundsFactor(): number {
  const { BENCH_ROUNDS: text = '1' } = process.env;
  const factor = Number(text);
  if (factor > 0 && factor < Infinity) return factor;
  throw new RangeError(`BENCH_ROUNDS is "${text}", and how many times the usual rounds is a number above 0`);
}
