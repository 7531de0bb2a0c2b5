import { validateHeaderName, validateHeaderValue } from 'node:http';
import { LONGEST_DELAY_MS } from './fake-defaults.js';

/** What an option must be, and how to say so to who got it wrong. */
export interface Check {
  readonly accepts: (value: unknown) => boolean;
  readonly remedy: string;
}

/** @throws TypeError on an unknown key or a wrong value; an option that is `undefined` counts as absent */
export function checkOptions(where: string, options: unknown, checks: Readonly<Record<string, Check>>): void {
  if (!isRecord(options)) throw new TypeError(`${where}: the options are ${describe(options)}; give an object`);
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) throw new TypeError(unknownOption(where, name, Object.keys(checks)));
    if (value !== undefined) checkValue(where, name, value, check);
  }
}

/** @throws TypeError naming the value and what to give instead */
export function checkValue(where: string, name: string, value: unknown, check: Check): void {
  if (!check.accepts(value)) throw new TypeError(`${where}: "${name}" is ${describe(value)}; give ${check.remedy}`);
}

export const aBoolean: Check = { accepts: (value) => typeof value === 'boolean', remedy: 'true or false' };

export const aText: Check = { accepts: isText, remedy: 'a string that is not empty' };

export const someTexts: Check = {
  accepts: (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  remedy: 'a string that is not empty, or an array with at least one',
};

export function aRecordOf({ accepts, remedy }: Check): Check {
  return {
    accepts: (value) => isRecord(value) && Object.values(value).every(accepts),
    remedy: `an object, of which each value is ${remedy}`,
  };
}

export const aLifetime: Check = {
  accepts: (value) => Number.isFinite(value) && Number(value) >= 0,
  remedy: 'milliseconds: a finite number, 0 or more',
};

export const aDelay: Check = {
  accepts: (value) => aLifetime.accepts(value) && Number(value) <= LONGEST_DELAY_MS,
  remedy: `milliseconds: a number from 0 to ${LONGEST_DELAY_MS}`,
};

export const aClock: Check = {
  accepts: (value) =>
    isRecord(value) && ['now', 'wallNow', 'schedule'].every((name) => typeof value[name] === 'function'),
  remedy: 'a Clock, such as a ManualClock',
};

export const httpHeaders: Check = {
  accepts: (value) => isRecord(value) && Object.entries(value).every(isHeader),
  remedy: 'an object of header names and values that HTTP can carry',
};

export function anInteger(from: number, to: number): Check {
  const accepts = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
  return { accepts, remedy: `an integer from ${from} to ${to}` };
}

/** How often; `Infinity` is "until told otherwise". */
export function aCount(from: number): Check {
  const accepts = (value: unknown): boolean => (Number.isInteger(value) || value === Infinity) && Number(value) >= from;
  return { accepts, remedy: `an integer, ${from} or more, or Infinity` };
}

export function oneOf(...allowed: readonly string[]): Check {
  const accepts = (value: unknown): boolean => typeof value === 'string' && allowed.includes(value);
  return { accepts, remedy: allowed.map((each) => `'${each}'`).join(' or ') };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isHeader([name, value]: [string, unknown]): boolean {
  try {
    validateHeaderName(name);
    for (const each of [value].flat()) {
      if (typeof each !== 'string' && typeof each !== 'number') return false;
      validateHeaderValue(name, String(each));
    }
    return true;
  } catch {
    return false;
  }
}

function unknownOption(where: string, name: string, known: readonly string[]): string {
  const meant = known.find((each) => each.toLowerCase() === name.toLowerCase());
  const remedy = meant ? `did you mean "${meant}"?` : `known are ${known.join(', ')}`;
  return `${where}: there is no option "${name}"; ${remedy}`;
}

/** The type of a text rather than the text: it may be a key. */
function describe(value: unknown): string {
  if (value === '') return 'an empty string';
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value);
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}
