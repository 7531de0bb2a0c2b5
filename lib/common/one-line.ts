/**
 * Control characters (line breaks and terminal escapes), invisible ones (zero width, marks of the writing direction) and
 * halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/**
 * Outside text for a log line, a message or a terminal: on one line, without characters that change how the rest is
 * displayed.
 *
 * @param longest characters; longer text ends in `…`
 */
export function oneLine(text: string, longest = Infinity): string {
  const isLong = text.length > longest;
  const line = (isLong ? text.slice(0, longest - 1) : text).replaceAll(UNPRINTABLE, ' ');
  return isLong ? `${line.trimEnd()}…` : line;
}

/** The same for JSON on a terminal, where the value must stay as it is. */
export const printableJson = (json: string): string =>
  json.replaceAll(UNPRINTABLE, (characters) =>
    Array.from({ length: characters.length }, (_, i) => escaped(characters.charAt(i))).join(''),
  );

const escaped = (unit: string): string =>
  unit === '\n' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
