/** What is there, by name: said in another order it is the same. */
export function sorted(fields: Readonly<Record<string, unknown>>): (readonly [name: string, value: unknown])[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
