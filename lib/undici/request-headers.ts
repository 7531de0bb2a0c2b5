import type { Dispatcher } from 'undici';

/** All that undici takes for headers: an object, names and values in turn, pairs, anything that gives pairs, or none. */
export type RequestHeaders = Dispatcher.DispatchOptions['headers'];

type Pair = readonly [name: string, value: unknown];

/** The same headers, readable as often as need be: pairs from an iterator come only once. */
export function rereadable(headers: RequestHeaders): RequestHeaders {
  if (typeof headers !== 'object' || headers === null) return headers;
  if (Array.isArray(headers))
    return Array.isArray(headers[0]) ? flat(headers as Iterable<unknown> as Iterable<Pair>) : headers;
  return givesPairs(headers) ? flat(headers as Iterable<Pair>) : headers;
}

/** Whether a header is there, in any case; one whose value is `undefined` undici does not send. */
export function hasHeader(headers: RequestHeaders, name: string): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  const isIt = (other: unknown, value: unknown): boolean =>
    value !== undefined && String(other).length === name.length && String(other).toLowerCase() === name.toLowerCase();
  if (Array.isArray(headers)) return headers.some((each, i) => i % 2 === 0 && isIt(each, headers[i + 1]));
  for (const other of Object.keys(headers)) if (isIt(other, (headers as Record<string, unknown>)[other])) return true;
  return false;
}

/** A copy with one more, in the shape that it came in: interceptors below may go by it. */
export function withHeader(headers: RequestHeaders, name: string, value: string): RequestHeaders {
  if (Array.isArray(headers)) return [...(headers as string[]), name, value];
  return { ...(headers as Record<string, string>), [name]: value };
}

function flat(pairs: Iterable<Pair>): string[] {
  const list: unknown[] = [];
  for (const [name, value] of pairs) list.push(name, value);
  return list as string[];
}

/** As undici tells: a polluted `Object.prototype` makes no headers. */
function givesPairs(headers: object): boolean {
  if (Object.hasOwn(headers, Symbol.iterator)) return true;
  const prototype: unknown = Object.getPrototypeOf(headers);
  if (prototype === null || prototype === Object.prototype) return false;
  return typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
