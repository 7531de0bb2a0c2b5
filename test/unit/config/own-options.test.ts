import * as https from 'node:https';
import type { Clock } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { ownAccounts, ownOptions } from '../../../lib/config/own-options.js';
import { resolveOptions } from '../../../lib/config/resolve-options.js';
import { MemoryStore } from '../../support/memory-store.js';

type Tree = Record<string, unknown>;

/** What stands under a path of names. */
const at = (tree: unknown, path: string): unknown => path.split('.').reduce((each, name) => (each as Tree)[name], tree);

const everything = Object.prototype as unknown as Tree;
afterEach(() => {
  for (const name of ['auth', 'proxy', 'maxMs', 'X-Evil']) delete everything[name];
});

const account = { identity: 'me', key: 'k' };
const options = (given: Tree): Tree => ownOptions(given) as Tree;
const accountOf = (given: Tree): Tree => ownAccounts(given, 'sparkfly')[0] as Tree;
const problemOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it threw nothing');
};

describe('plain objects', () => {
  test('are copied at any depth, and what somebody puts on all objects is none of theirs', () => {
    const http = { proxy: { host: 'h', port: 1 }, headers: { common: { 'X-A': 'a' } } };
    const own = accountOf({ ...account, http, refresh: { backoff: { initialMs: 5 } } });
    const shared = options({ refresh: { backoff: { initialMs: 5 } } });
    Object.assign(everything, { auth: 'evil', proxy: 'evil', maxMs: 1, 'X-Evil': 'evil' });
    const found = [
      at(own, 'http.proxy.auth'),
      at(own, 'proxy'),
      at(own, 'http.headers.common.X-Evil'),
      at(own, 'refresh.backoff.maxMs'),
    ];
    expect([...found, at(shared, 'refresh.backoff.maxMs')]).toEqual(Array.from({ length: 5 }));
    expect([
      at(own, 'http.proxy.host'),
      at(own, 'http.headers.common.X-A'),
      at(own, 'refresh.backoff.initialMs'),
    ]).toEqual(['h', 'a', 5]);
    expect(at(shared, 'refresh.backoff.initialMs')).toBe(5);
  });

  test('that the app changes afterwards change nothing', () => {
    const headers: Tree = { 'X-A': 'a' };
    const own = accountOf({ ...account, http: { headers } });
    headers['X-A'] = 'b';
    expect({ ...(at(own, 'http.headers') as Tree) }).toEqual({ 'X-A': 'a' });
  });

  test('may have no prototype, and names that all objects have', () => {
    const headers: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":"c"}');
    const own = accountOf({ ...account, http: Object.assign(Object.create(null) as Tree, { headers }) });
    expect(Object.keys(at(own, 'http.headers') as Tree)).toEqual(['__proto__', 'constructor']);
    expect(at(own, 'http.headers.x')).toBeUndefined();
  });

  test('may hold themselves', () => {
    const data: Tree = { name: 'data' };
    data.self = data;
    const own = accountOf({ ...account, http: { data } });
    expect(at(own, 'http.data')).not.toBe(data);
    expect(at(own, 'http.data.self')).toBe(at(own, 'http.data'));
  });

  test.each([
    ['refresh.backoff.maxMs', { refresh: { backoff: { get maxMs() { throw new Error('e5cret'); } } } }], // prettier-ignore
    ['refresh', { get refresh() { throw new Error('e5cret'); } }], // prettier-ignore
  ])('of which %s cannot be read say so, and no more', (place, given) => {
    const message = problemOf(() => options(given));
    expect(message).toContain(`${place} cannot be read: its getter throws`);
    expect(message).not.toContain('e5cret');
  });

  test('of an account that cannot be read say where it stands', () => {
    const proxy = { get host() { throw new Error('e5cret'); } }; // prettier-ignore
    const message = problemOf(() => resolveOptions({ sparkfly: [{ ...account, http: { proxy } }] } as never));
    expect(message).toContain('sparkfly[0].http.proxy.host cannot be read: its getter throws');
    expect(message).not.toContain('e5cret');
  });
});

describe('objects of the app’s own', () => {
  test('are kept as they are: its clock and its store, also when they are plain', () => {
    const clock: Clock = { now: () => 0, wallNow: () => 0, schedule: () => () => {} };
    const memory = new MemoryStore();
    const store = { acquire: memory.acquire.bind(memory), release: memory.release.bind(memory) };
    expect(options({ clock, store }).clock).toBe(clock);
    expect(options({ clock, store }).store).toBe(store);
    expect(options({ store: memory }).store).toBe(memory);
    const manual = new ManualClock();
    expect(options({ clock: manual }).clock).toBe(manual);
  });

  test('are kept as they are: agents, functions, lists, and instances of whatever class', () => {
    const http = {
      httpsAgent: new https.Agent(),
      lookup: () => {},
      validateStatus: () => true,
      transformRequest: [() => ''],
      signal: new AbortController().signal,
      params: new URLSearchParams('a=b'),
      transport: https, // a module: plain but for its name
    };
    const own = accountOf({ ...account, http }).http as Tree;
    expect(Object.keys(own)).toEqual(Object.keys(http));
    for (const [name, value] of Object.entries(http)) expect(own[name], name).toBe(value);
  });

  test('may not say what an option is by their class: of `http`, `refresh` and `backoff` their own properties count', () => {
    class Backoff {
      initialMs = 5;
    }
    class Refresh {
      aheadRatio = 0.5;
      backoff = new Backoff();
    }
    class Http {
      timeout = 7;
    }
    const own = accountOf({ ...account, http: new Http(), refresh: new Refresh() });
    const shared = options({ refresh: new Refresh() });
    Object.assign(everything, { proxy: 'evil', maxMs: 1 });
    expect([at(own, 'http.proxy'), at(own, 'refresh.backoff.maxMs'), at(shared, 'refresh.backoff.maxMs')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([at(own, 'http.timeout'), at(own, 'refresh.backoff.initialMs'), at(shared, 'refresh.aheadRatio')]).toEqual([
      7, 5, 0.5,
    ]);
  });

  test('are asked as the objects they are, where they look accounts up', () => {
    const asked: unknown[] = [];
    const accounts = {
      resolve(id: string) {
        asked.push(this, id);
        return account;
      },
    };
    const { apis } = resolveOptions({ sparkfly: { accounts } });
    apis.find(({ lookup }) => lookup)!.lookup!.resolve('t-1');
    expect(asked).toEqual([accounts, 't-1']);
    expect(asked[0]).toBe(accounts);
  });

  test('are read no further than their options, where they look accounts up', () => {
    class Lookup {
      maxAccounts = 7;
      resolve = () => account;
      get password(): string {
        throw new Error('not ours');
      }
    }
    const { accounts } = accountOf({ accounts: new Lookup() });
    expect(Object.keys(accounts as object).toSorted()).toEqual(['maxAccounts', 'resolve']);
  });
});

test('what is no object is kept, for the check to tell', () => {
  for (const given of [null, 7, 'x', undefined]) {
    expect(ownAccounts([given], 'sparkfly')).toEqual([given]);
    expect(options({ refresh: given }).refresh).toBe(given);
  }
  expect(ownAccounts(undefined, 'sparkfly')).toEqual([]);
});

test('an option of an account that is undefined is not there', () => {
  expect(Object.keys(accountOf({ ...account, http: undefined, baseURL: undefined }))).toEqual(['identity', 'key']);
});
