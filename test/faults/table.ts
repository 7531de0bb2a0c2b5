import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

/** A table for people: what its columns are called, and each row's cells. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const DOCS = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));

export const readDocs = (): string => readFileSync(DOCS, 'utf8');
export const writeDocs = (text: string): void => writeFileSync(DOCS, text);

/** The document with its tables replaced by these, each between two comments that name it. */
export async function withTables(text: string, tables: Readonly<Record<string, Table>>): Promise<string> {
  let result = text;
  for (const [name, table] of Object.entries(tables)) {
    const [before, rest] = cut(result, `<!-- measured: ${name} -->`);
    const [, after] = cut(rest, '<!-- end -->');
    result = `${before}<!-- measured: ${name} -->\n\n${markdown(table)}\n\n<!-- end -->${after}`;
  }
  return format(result, { parser: 'markdown', printWidth: 120, singleQuote: true });
}

export function markdown({ columns, rows }: Table): string {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/faults.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
