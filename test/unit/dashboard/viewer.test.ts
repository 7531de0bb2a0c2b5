import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Viewer } from '../../../lib/dashboard/viewer.js';

const KB = 'x'.repeat(1_024);

test('is told everything first, then each change', async () => {
  const viewer = new Viewer(
    0,
    () => 'everything;',
    () => undefined,
  );
  const read: string[] = [];
  viewer.setEncoding('utf8').on('data', (text: string) => read.push(text));
  await nextTurn();
  viewer.send('one;');
  viewer.send('two;');
  await nextTurn();
  expect(read.join('')).toBe('everything;one;two;');
});

test('what was sent before it first read is in everything', async () => {
  const viewer = new Viewer(
    0,
    () => 'everything;',
    () => undefined,
  );
  viewer.send('early;');
  expect(viewer.setEncoding('utf8').read()).toBe('everything;');
  await nextTurn();
  expect(viewer.read()).toBeNull();
});

test('one that does not read is owed everything, and no more than fits waits for it', async () => {
  let asked = 0;
  const viewer = new Viewer(
    0,
    () => `everything ${++asked};`,
    () => undefined,
  );
  const slow = new PassThrough({ highWaterMark: 16 });
  viewer.pipe(slow);
  await nextTurn();
  for (let i = 0; i < 10_000; i++) viewer.send(KB);
  expect(viewer.readableLength).toBeLessThan(70 * 1_024);
  expect(asked).toBe(1);
  let tail = '';
  slow.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-20)));
  while (!tail.endsWith('everything 2;')) await nextTurn();
  viewer.send('after;');
  while (!tail.endsWith('everything 2;after;')) await nextTurn();
  expect(asked).toBe(2);
});

test('tells once that it has left, whether it was cut or came to its end', async () => {
  const left: string[] = [];
  const cut = new Viewer(
    0,
    () => '',
    () => left.push('cut'),
  );
  cut.destroy();
  cut.destroy();
  const ended = new Viewer(
    0,
    () => 'all',
    () => left.push('ended'),
  );
  ended.resume();
  await nextTurn();
  ended.end();
  ended.end();
  await nextTurn();
  await nextTurn();
  expect(left).toEqual(['cut', 'ended']);
});
