import { Stream } from 'node:stream';
import { isProxy } from 'node:util/types';

/** Called without arguments, with nonsense, and with `new`; what is thrown at once is the caller's to catch. */
const WAYS: readonly ((found: (...args: unknown[]) => unknown, owner: object) => unknown)[] = [
  (found, owner) => Reflect.apply(found, owner, []),
  (found) => Reflect.apply(found, undefined, [null, 7]),
  (found) => Reflect.apply(found, undefined, [{}]),
  (found) => Reflect.construct(found, []) as unknown,
];

/**
 * Calls every function of an object, however deep, as class-transformer does (without arguments, promises are waited for),
 * and in other odd ways. Getters of prototypes are read, streams and sockets are Node's and left alone.
 */
export function callEverything(value: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof value !== 'object' || value === null || isProxy(value) || seen.has(value)) return [];
  if (value instanceof Stream) return [];
  seen.add(value);
  return namesOf(value).flatMap((name) => {
    const found = read(value, name);
    if (typeof found !== 'function') return callEverything(found, seen);
    for (const way of WAYS) void attempt(() => way(found as () => unknown, value));
    return [name];
  });
}

function namesOf(value: object): string[] {
  const inherited = Object.getPrototypeOf(value) as object | null;
  const descriptors = inherited ? Object.entries(Object.getOwnPropertyDescriptors(inherited)) : [];
  const getters = descriptors.filter(([name, property]) => property.get !== undefined && name !== '__proto__');
  return [...Object.keys(value), ...getters.map(([name]) => name)];
}

function read(value: object, name: string): unknown {
  return attempt(() => (value as Record<string, unknown>)[name]);
}

/** As class-transformer: a promise that is found is passed on, and so a rejection is nobody's. */
function attempt(work: () => unknown): unknown {
  try {
    const result = work();
    if (result instanceof Promise) void result.then((inner: unknown) => inner);
    return result;
  } catch {
    return undefined;
  }
}
