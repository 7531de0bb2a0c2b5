/** Replaces a secret, in whatever form it came back. */
const REDACTED = '[secret]';

/** Up to this length a secret is a dummy and part of ordinary words: removing it from them would reveal it. */
const LONGEST_DUMMY = 3;

type Range = readonly [start: number, end: number];

/**
 * Replaces secrets in text from elsewhere, a vendor's error message for example. A secret is found as it is, escaped
 * for JSON or HTML, percent- or form-encoded, in any mixture of these, and within base64 and base64url. One of up to
 * three characters is replaced only where it stands alone. Redact before a text is cut: half a secret is not found.
 */
export function redactText(text: string, secrets: Iterable<string>): string {
  const ranges = [...new Set(secrets)].filter(Boolean).flatMap((secret) => rangesOf(text, secret));
  let clean = '';
  let end = 0;
  for (const [from, to] of merged(ranges)) {
    clean += text.slice(end, from) + REDACTED;
    end = to;
  }
  return clean + text.slice(end);
}

function rangesOf(text: string, secret: string): Range[] {
  if (secret.length <= LONGEST_DUMMY) {
    return matches(text, `(?<![\\p{L}\\p{N}_])${anyForm(secret)}(?![\\p{L}\\p{N}_])`);
  }
  return [...matches(text, anyForm(secret)), ...base64Cores(secret).flatMap((core) => words(text, core))];
}

/** Secrets may overlap: what is left of the second one would be shown. */
function merged(ranges: readonly Range[]): Range[] {
  const all: [number, number][] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && start < last[1]) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

/** Each occurrence, also one that begins within another. */
function matches(text: string, pattern: string): Range[] {
  const regExp = new RegExp(pattern, 'gu');
  const found: Range[] = [];
  for (let match = regExp.exec(text); match; match = regExp.exec(text)) {
    found.push([match.index, match.index + match[0].length]);
    // Within a surrogate pair the search would go back to its start.
    regExp.lastIndex = match.index + (text.codePointAt(match.index)! > 0xffff ? 2 : 1);
  }
  return found;
}

/** The base64 words that contain the core: the characters around it hold the rest of the secret, or another one. */
function words(text: string, core: string): Range[] {
  const regExp = new RegExp(base64Form(core), 'gu');
  const found: Range[] = [];
  for (let match = regExp.exec(text); match; match = regExp.exec(text)) {
    let [start, end] = [match.index, match.index + match[0].length];
    while (isBase64(text.charAt(start - 1))) start--;
    while (isBase64(text.charAt(end))) end++;
    found.push([start, end]);
    regExp.lastIndex = end;
  }
  return found;
}

/** A sign of either alphabet, or of its escaped form. */
const isBase64 = (sign: string): boolean => /[\w+/=%\\-]/.test(sign);

/** The most backslashes before an escaped character: JSON within JSON has three. */
const ESCAPES = 3;

/** A pattern of the text, each character in any form. */
function anyForm(text: string): string {
  // A run of backslashes is one unit: the search would otherwise try all ways to share out a longer run.
  return (text.match(/\\+|[^\\]/gu) ?? [])
    .map((unit) => (unit.startsWith('\\') ? backslashes(unit.length) : formOf(unit)))
    .join('');
}

const backslashes = (count: number): string =>
  `(?:\\\\{${count},${count * (ESCAPES + 1)}}|(?:${codedForms('\\').join('|')}){${count}})`;

function formOf(character: string): string {
  if (/[\p{L}\p{N}]/u.test(character) && character < '\x7f') return character;
  const space = character === ' ' ? ['\\+'] : [];
  return `\\\\{0,${ESCAPES}}(?:${[literal(character), ...codedForms(character), ...space].join('|')})`;
}

const literal = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** The character by its number: as JSON, URLs and HTML write it, also twice encoded. */
function codedForms(character: string): string[] {
  const code = character.codePointAt(0)!;
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  const name = ENTITIES[character];
  const entities = [`#0{0,4}${code}`, `#[xX]0{0,4}${hex(code)}`, ...(name ? [name] : [])];
  return [
    units.map((unit) => `\\\\{1,${ESCAPES + 1}}u${hex(unit, 4)}`).join(''),
    [...Buffer.from(character)].map((byte) => `%(?:25){0,2}${hex(byte, 2)}`).join(''),
    `&(?:amp;){0,2}(?:${entities.join('|')});`,
  ];
}

const ENTITIES: Readonly<Record<string, string>> = { '"': 'quot', "'": 'apos', '&': 'amp', '<': 'lt', '>': 'gt' };

/** A number in hexadecimal digits of either case. */
const hex = (value: number, digits = 1): string =>
  value
    .toString(16)
    .padStart(digits, '0')
    .replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/**
 * What a base64 text contains when it encodes the secret, at each of the three offsets: the characters that depend on
 * the secret alone. The secret may have been encoded otherwise before, as OAuth 2.0 does for Basic.
 */
function base64Cores(secret: string): string[] {
  const value = Buffer.from(secret).toString(); // encodeURIComponent throws at half a surrogate pair
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  const inner = [
    value,
    JSON.stringify(value).slice(1, -1),
    form,
    form.replaceAll('+', '%20'),
    encodeURIComponent(value),
  ];
  return [...new Set(inner)].flatMap((text) => [0, 1, 2].map((offset) => coreAt(text, offset)));
}

function coreAt(value: string, offset: number): string {
  const bytes = Buffer.from(value);
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** In either alphabet, escaped or not. */
const base64Form = (core: string): string =>
  Array.from(core, (sign) => {
    if (sign === '+') return `(?:${formOf('+')}|-)`;
    return sign === '/' ? `(?:${formOf('/')}|_)` : sign;
  }).join('');
