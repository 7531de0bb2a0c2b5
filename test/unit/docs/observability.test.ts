// Covers `docs/observability.md`: its tables against the types of events and statuses.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

const page = read('docs/observability.md');
const section = (title: string): string => page.split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!;
const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1));
const names = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);

/** The members of each interface of a source file, by the interface's name. */
function interfaces(source: string): Map<string, string[]> {
  const found = [...source.matchAll(/interface (\w+)[^{]*\{\n(.*?)\n\}/gs)];
  return new Map(
    found.map(([, name, body]) => [name!, [...body!.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field!)]),
  );
}

test('every event stands in the table, with its fields, and no other', () => {
  const source = read('lib/common/token-events.ts');
  const written = [...interfaces(source)].filter(([, fields]) => fields.includes('type'));
  const types = new Map(
    written.map(([name, fields]) => {
      const [, type] = source.match(new RegExp(`interface ${name} [^}]*?readonly type: '(\\w+)'`, 's'))!;
      return [type!, fields.filter((field) => field !== 'type').sort()];
    }),
  );
  expect(types.size).toBeGreaterThan(10);
  const table = new Map(
    rows(section('Events')).map(([event, , own]) => {
      // What stands in brackets are values of a field, not fields.
      return [names(event!)[0]!, names(own!.replaceAll(/\([^)]*\)/g, '')).sort()];
    }),
  );
  expect(Object.fromEntries(table)).toEqual(Object.fromEntries(types));
});

test('every field of a status stands in the table, and no other', () => {
  const status = interfaces(read('lib/token/token-status.ts')).get('TokenStatus')!;
  const label = ['api', 'account', 'tokenParams'];
  const documented = rows(section('Statuses')).flatMap(([field]) => names(field!));
  expect(documented.sort()).toEqual([...label, ...status].sort());
});

test('every standing stands in the table', () => {
  const [, union] = read('lib/token/token-health.ts').match(/type TokenHealth = ([^;]+);/)!;
  const standings = [...union!.matchAll(/'(\w+)'/g)].map(([, standing]) => standing);
  expect(rows(section('How an account stands')).flatMap(([standing]) => names(standing!))).toEqual(standings);
});
