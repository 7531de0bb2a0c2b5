import type { Dispatcher } from 'undici';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CallerController } from '../../../lib/undici/caller.controller.js';
import type { Sending } from '../../../lib/undici/sending.js';
import { sendingTo } from '../../../lib/undici/sending-to.js';

type Handler = Dispatcher.DispatchHandler;

/** A connection as undici shows it to a handler, and what was asked of it. */
class Connection implements Dispatcher.DispatchController {
  readonly asked: unknown[] = [];
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: string[] | null = ['a', 'b'];

  abort(reason: Error): void {
    this.asked.push(reason.message);
    this.aborted = true;
    this.reason = reason;
  }

  pause(): void {
    this.asked.push('pause');
    this.paused = true;
  }

  resume(): void {
    this.asked.push('resume');
    this.paused = false;
  }
}

function setUp(more: Handler = {}, isUnauthorized = ({ status }: { status: number }): boolean => status === 401) {
  const heard: unknown[] = [];
  const settled: Sending[] = [];
  const handler: Handler = {
    onRequestStart: (controller) => void heard.push(controller),
    onResponseStart: (_, status) => void heard.push(status),
    onResponseData: (_, chunk) => void heard.push(chunk.toString()),
    onResponseEnd: () => void heard.push('end'),
    onResponseError: (_, error) => void heard.push(error.message),
    ...more,
  };
  const caller = new CallerController();
  const call = { handler, caller, isUnauthorized, redacted: (error: Error) => error };
  const sending = sendingTo(call, (each) => settled.push(each));
  const connection = new Connection();
  sending.onRequestStart?.(connection, undefined);
  heard.length = 0;
  return { heard, settled, caller, call, sending, connection };
}

const bytes = (text: string): Buffer => Buffer.from(text);

test('an answer that is none of ours goes straight on', () => {
  const { heard, settled, sending, connection } = setUp();
  sending.onResponseStart?.(connection, 200, {});
  sending.onResponseData?.(connection, bytes('a'));
  sending.onResponseEnd?.(connection, {});
  expect(heard).toEqual([200, 'a', 'end']);
  expect(settled).toHaveLength(1);
  expect(connection.asked).toEqual([]);
});

test('a preliminary answer decides nothing, whatever the app says of it', () => {
  const { heard, settled, sending, connection } = setUp({}, () => true);
  sending.onResponseStart?.(connection, 103, {});
  expect([heard, settled]).toEqual([[103], []]);
});

test('a refused answer is stopped, and comes as it was when it is wanted after all', () => {
  const { heard, settled, sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  expect([settled[0]?.isRefused, connection.asked, heard]).toEqual([true, ['pause'], []]);
  sending.release();
  expect([heard, connection.asked]).toEqual([[401], ['pause', 'resume']]);
  sending.onResponseData?.(connection, bytes('a'));
  sending.onResponseEnd?.(connection, {});
  sending.release();
  expect(heard).toEqual([401, 'a', 'end']);
});

test('what comes of a refused answer although it was stopped is kept in its order', () => {
  const { heard, sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  sending.onResponseData?.(connection, bytes('a'));
  sending.onResponseData?.(connection, bytes('b'));
  sending.onResponseError?.(connection, new Error('cut'));
  expect(heard).toEqual([]);
  sending.release();
  expect(heard).toEqual([401, 'a', 'b', 'cut']);
});

test('a caller that stops the refused answer as soon as it has it finds it stopped', () => {
  const { sending, connection } = setUp({ onResponseStart: (controller) => controller.pause() });
  sending.onResponseStart?.(connection, 401, {});
  sending.release();
  expect(connection.paused).toBe(true);
});

test('a caller cannot start an answer that is withheld', () => {
  const { caller, sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  caller.pause();
  caller.resume();
  expect(connection.asked).toEqual(['pause']);
});

test('of a dropped answer nothing is heard, and too much of it is not read', () => {
  const { heard, sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  sending.onResponseData?.(connection, bytes('a'));
  sending.drop();
  expect(connection.paused).toBe(false);
  for (let i = 0; i < 4; i++) sending.onResponseData?.(connection, Buffer.alloc(16_384));
  expect(connection.aborted).toBe(false);
  sending.onResponseData?.(connection, Buffer.alloc(1));
  expect(connection.aborted).toBe(true);
  sending.onResponseError?.(connection, connection.reason!);
  sending.release();
  expect(heard).toEqual([]);
});

test.each([
  ['has come whole', true],
  ['comes to its end', false],
])('a dropped answer that %s is not cut off', (_, hasEnded) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  if (hasEnded) sending.onResponseEnd?.(connection, {});
  sending.drop();
  if (!hasEnded) sending.onResponseEnd?.(connection, {});
  vi.advanceTimersByTime(2_000);
  expect(connection.aborted).toBe(false);
});

test('a dropped answer that does not come to its end is cut off after a second', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  sending.drop();
  vi.advanceTimersByTime(999);
  expect(connection.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(connection.aborted).toBe(true);
});

test('a handler that throws at the answer it is given after all hears of that', () => {
  const { heard, sending, connection } = setUp({
    onResponseStart: () => {
      throw new Error('not that one');
    },
  });
  sending.onResponseStart?.(connection, 401, {});
  sending.release();
  sending.onResponseError?.(connection, new Error('not that one'));
  expect([heard, connection.asked]).toEqual([['not that one'], ['pause', 'not that one']]);
});

test('a request that fails is settled, and refused by nobody', () => {
  const { heard, settled, sending, connection } = setUp();
  sending.onResponseError?.(connection, new Error('reset'));
  expect([heard, settled[0]?.isRefused, settled[0]?.isAnswered]).toEqual([['reset'], false, false]);
});

test('an abort between two requests ends the next as soon as it begins', () => {
  const { heard, caller, call, sending, connection } = setUp();
  sending.onResponseStart?.(connection, 401, {});
  sending.drop();
  const next = sendingTo(call, () => {});
  caller.abort(new Error('enough'));
  const other = new Connection();
  next.onRequestStart?.(other, undefined);
  expect([other.asked, heard]).toEqual([['enough'], []]);
});

test('the caller sees the request that is under way', () => {
  const { caller, connection } = setUp();
  expect([caller.aborted, caller.reason, caller.paused, caller.rawHeaders]).toEqual([false, null, false, ['a', 'b']]);
  caller.rawHeaders = ['c', 'd'];
  caller.rawTrailers = ['e', 'f'];
  expect([connection.rawHeaders, caller.rawTrailers]).toEqual([
    ['c', 'd'],
    ['e', 'f'],
  ]);
  connection.abort(new Error('closed'));
  expect([caller.aborted, caller.reason?.message]).toEqual([true, 'closed']);
});

test('an abort counts once, and has a reason', () => {
  const caller = new CallerController();
  const told: string[] = [];
  caller.onAbort = ({ name }) => void told.push(name);
  caller.abort();
  caller.abort(new Error('again'));
  expect([told, caller.reason?.name]).toEqual([['AbortError'], 'AbortError']);
  expect(() => caller.throwIfAborted()).toThrow(expect.objectContaining({ name: 'AbortError' }));
});

test('what undici tells beside goes on as well', () => {
  const told: string[] = [];
  const { sending, connection } = setUp({
    onRequestUpgrade: () => void told.push('upgrade'),
    onResponseStarted: () => void told.push('started'),
    onBodySent: () => void told.push('sent'),
  });
  sending.onBodySent?.(1, 1);
  sending.onResponseStarted?.();
  sending.onRequestUpgrade?.(connection, 101, {}, undefined as never);
  expect(told).toEqual(['sent', 'started', 'upgrade']);
});
