/** A terminal that does not tell its width. */
const USUAL_WIDTH = 100;

/** How wide a stream's terminal is; a file or a pipe has no width. */
export const widthOf = ({ isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number }): number =>
  isTTY ? columns || USUAL_WIDTH : Infinity;

/** A text in lines no longer than `width`; a word that is longer has one of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A name and its text, the text's further lines below its first. */
export function field(name: string, text: string, nameWidth: number, width: number): string[] {
  const lines = wrapped(text, Math.max(20, width - nameWidth));
  return lines.map((line, i) => `${(i === 0 ? name : '').padEnd(nameWidth)}${line}`);
}

/** Columns as wide as their widest cell. */
export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
}
