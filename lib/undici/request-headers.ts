import type { Dispatcher } from 'undici';

/** All that undici takes for headers: an object, names and values in turn, pairs, anything that gives pairs, or none. */
type Given = Dispatcher.DispatchOptions['headers'];

/** Headers that are nobody else's: by name, or names and values in turn. Interceptors below may go by the shape. */
export type OwnHeaders = Record<string, unknown> | unknown[];

/** A copy: the caller may change the original while its request waits, and an iterator gives its pairs but once. */
export function copyOf(headers: Given | OwnHeaders): OwnHeaders {
  if (typeof headers !== 'object' || headers === null) return {};
  if (Array.isArray(headers) && !Array.isArray(headers[0])) return [...(headers as unknown[])];
  if (isIterable(headers))
    return [...(headers as Iterable<readonly unknown[]>)].flatMap(([name, value]) => [name, value]);
  const named = headers as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  // On Node 20 ten times as fast as to spread it.
  for (const name in named) if (Object.hasOwn(named, name)) copy[name] = named[name];
  return copy;
}

/** Whether a header is there, in any case; one whose value is `undefined` undici does not send. */
export function hasHeader(headers: OwnHeaders, name: string): boolean {
  return headerIn(headers, name) !== undefined;
}

/** The value of a header, whatever the case of its name. */
export function headerIn(headers: OwnHeaders, name: string): unknown {
  if (Array.isArray(headers)) {
    for (let i = 0; i < headers.length; i += 2)
      if (isName(headers[i], name) && headers[i + 1] !== undefined) return headers[i + 1];
    return undefined;
  }
  for (const other in headers) if (isName(other, name) && headers[other] !== undefined) return headers[other];
  return undefined;
}

/** Adds a header that only an earlier call of this may have added. */
export function setHeader(headers: OwnHeaders, name: string, value: string): void {
  if (!Array.isArray(headers)) headers[name] = value;
  else if (headers.at(-2) === name) headers[headers.length - 1] = value;
  else headers.push(name, value);
}

const isName = (other: unknown, name: string): boolean =>
  typeof other === 'string' && other.length === name.length && other.toLowerCase() === name.toLowerCase();

/** As undici tells: a polluted `Object.prototype` makes no headers. */
export function isIterable(headers: Given | OwnHeaders): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  const prototype: unknown = Object.getPrototypeOf(headers);
  if (prototype === Object.prototype || prototype === null) return Object.hasOwn(headers, Symbol.iterator);
  return typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
