import { describe, expect, test } from 'vitest';
import type { Abortable } from '../../../lib/common/light-abort.js';
import { LightAbort } from '../../../lib/common/light-abort.js';

/** Ours, and what it stands in for. */
const kinds: [string, () => { signal: Abortable; abort: (reason: unknown) => void }][] = [
  [
    'LightAbort',
    () => {
      const light = new LightAbort();
      return { signal: light, abort: (reason) => light.abort(reason) };
    },
  ],
  [
    'AbortController',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
    },
  ],
];

describe.each(kinds)('%s', (_, make) => {
  test('tells each listener once, and only the first reason counts', () => {
    const { signal, abort } = make();
    const told: string[] = [];
    signal.addEventListener('abort', () => told.push(`a ${String(signal.reason)}`), { once: true });
    signal.addEventListener('abort', () => told.push(`b ${String(signal.reason)}`), { once: true });
    expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
    signal.throwIfAborted();
    abort('first');
    abort('second');
    expect(told).toEqual(['a first', 'b first']);
    expect([signal.aborted, signal.reason]).toEqual([true, 'first']);
    expect(() => signal.throwIfAborted()).toThrow('first');
  });

  test('tells nobody who has left, nor who comes when it is over', () => {
    const { signal, abort } = make();
    let told = 0;
    const listener = (): void => void told++;
    signal.addEventListener('abort', listener, { once: true });
    signal.removeEventListener('abort', listener);
    abort('over');
    signal.addEventListener('abort', listener, { once: true });
    expect(told).toBe(0);
  });

  test('a listener that leaves while the others are told changes nothing for them', () => {
    const { signal, abort } = make();
    const told: string[] = [];
    const first = (): void => {
      told.push('first');
      signal.removeEventListener('abort', first);
    };
    signal.addEventListener('abort', first, { once: true });
    signal.addEventListener('abort', () => told.push('second'), { once: true });
    abort('over');
    expect(told).toEqual(['first', 'second']);
  });
});
