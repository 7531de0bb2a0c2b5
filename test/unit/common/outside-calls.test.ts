import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';

const request = new AsyncLocalStorage<string>();

beforeEach(() => void vi.resetModules());

const loadedIn = (store: string): Promise<typeof import('../../../lib/common/outside-calls.js')> =>
  request.run(store, () => import('../../../lib/common/outside-calls.js'));

test('work is in no run, not even in the one in which the file was loaded', async () => {
  const { outsideCalls } = await loadedIn('of a Lambda');
  const later = async (): Promise<unknown> => [request.getStore(), await sleep(1), request.getStore()];
  const seen = await request.run('of Alice', () => outsideCalls(later));
  expect(seen).toEqual([undefined, undefined, undefined]);
});

test('what work enters is gone for the next', async () => {
  const { outsideCalls } = await loadedIn('of a Lambda');
  outsideCalls(() => request.enterWith('of Alice'));
  expect(outsideCalls(() => request.getStore())).toBeUndefined();
});

test('the run that sets work going goes on in its own', async () => {
  const { outsideCalls } = await loadedIn('of a Lambda');
  const seen = request.run('of Alice', () => [outsideCalls(() => 'work'), request.getStore()]);
  expect(seen).toEqual(['work', 'of Alice']);
});
