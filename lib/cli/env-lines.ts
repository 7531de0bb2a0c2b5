import { parseEnv } from 'node:util';

/** What a `.env` says, and which of its lines say nothing, counted from 1. */
export interface EnvLines {
  readonly values: Readonly<Record<string, string>>;
  readonly brokenLines: readonly number[];
}

/** `NAME=value`, also after `export`; a value in quotes may have several lines, and a comment behind it. */
const ENTRY =
  /[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*=[ \t]*(?:"[^"]*"[ \t]*(?:#.*)?|'[^']*'[ \t]*(?:#.*)?|`[^`]*`[ \t]*(?:#.*)?|(?!["'`]).*)(?:\n|$)/y;
const NOTHING = /[ \t]*(?:#.*)?(?:\n|$)/y;
const LINE = /.*(?:\n|$)/y;

/** Each entry by itself: Node's parser takes a line without `=` for the beginning of the next name. */
export function parseEnvFile(given: string): EnvLines {
  const text = given.replaceAll(/\r\n?/g, '\n');
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  const brokenLines: number[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const entry = textAt(ENTRY, text, at);
    if (entry !== undefined) Object.assign(values, parseEnv(entry));
    else if (textAt(NOTHING, text, at) === undefined) brokenLines.push(line);
    const read = entry ?? textAt(LINE, text, at)!;
    at += read.length;
    line += read.split('\n').length - 1;
  }
  return { values, brokenLines };
}

function textAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
