import type { Dispatcher } from 'undici';
import { expect, test } from 'vitest';
import { CallerController } from '../../../lib/undici/caller.controller.js';
import { tellError, tellStart } from '../../../lib/undici/handlers.js';
import { sendingTo } from '../../../lib/undici/sending-to.js';

type Handler = Dispatcher.DispatchHandler;

/** A handler of the kind that undici 7 itself still has. */
function setUp(more: Handler = {}, isUnauthorized = ({ status }: { status: number }): boolean => status === 401) {
  const heard: unknown[] = [];
  const asked: unknown[] = [];
  let abort: ((reason?: Error) => void) | undefined;
  const handler: Handler = {
    onConnect: (given) => void (abort = given),
    onHeaders: (status) => (heard.push(status), true),
    onData: (chunk) => (heard.push(chunk.toString()), true),
    onComplete: () => void heard.push('end'),
    onError: (error) => void heard.push(error.message),
    ...more,
  };
  const caller = new CallerController();
  const sending = sendingTo({ handler, caller, isUnauthorized, redacted: (error) => error }, () => {});
  sending.onConnect?.((reason) => void asked.push(reason?.message));
  const resume = (): void => void asked.push('resume');
  const headers = (status: number, raw: unknown[] = []) => sending.onHeaders?.(status, raw as Buffer[], resume, '');
  return { heard, asked, handler, caller, sending, headers, abort: (reason: Error) => abort?.(reason) };
}

test('an answer that is none of ours goes straight on, and stops where the handler says so', () => {
  const { heard, sending, headers } = setUp({ onData: () => false });
  expect(headers(200)).toBe(true);
  expect(sending.onData?.(Buffer.from('a'))).toBe(false);
  sending.onComplete?.([]);
  expect(heard).toEqual([200, 'end']);
});

test('an answer whose handler wants to wait is let wait', () => {
  const { headers } = setUp({ onHeaders: () => false });
  expect(headers(200)).toBe(false);
});

test('a refused answer is stopped until it is wanted', () => {
  const { heard, asked, sending, headers } = setUp();
  expect(headers(401)).toBe(false);
  expect(heard).toEqual([]);
  sending.release();
  expect([heard, asked]).toEqual([[401], ['resume']]);
});

test('a handler that wants to wait with the refused answer is let wait', () => {
  const { asked, sending, headers } = setUp({ onHeaders: () => false });
  headers(401);
  sending.release();
  expect(asked).toEqual([]);
});

test('what comes although it was stopped is kept, or dropped up to 64 KiB', () => {
  const kept = setUp();
  kept.headers(401);
  expect(kept.sending.onData?.(Buffer.from('a'))).toBe(true);
  kept.sending.onComplete?.([]);
  kept.sending.release();
  expect(kept.heard).toEqual([401, 'a', 'end']);
  const dropped = setUp();
  dropped.headers(401);
  dropped.sending.drop();
  dropped.sending.onData?.(Buffer.alloc(65_536));
  expect(dropped.asked).toEqual(['resume']);
  dropped.sending.onData?.(Buffer.alloc(1));
  dropped.sending.onError?.(new Error('cut'));
  expect(dropped.asked).toHaveLength(2);
  expect(dropped.heard).toEqual([]);
});

test('the caller aborts by what it was given at the start', () => {
  const { asked, caller, abort } = setUp();
  abort(new Error('enough'));
  expect([asked, caller.aborted]).toEqual([['enough'], true]);
});

test('a call that begins with a wait can be aborted, and told an error', () => {
  const { heard, handler, caller } = setUp();
  let reason: Error | undefined;
  tellStart({ ...handler, onConnect: (abort) => abort(new Error('enough')) }, caller);
  caller.onAbort = (given) => (reason = given);
  tellError(handler, caller, new Error('no token'));
  expect([caller.reason?.message, reason, heard]).toEqual(['enough', undefined, ['no token']]);
});

test('the app’s own way of telling a refusal can read the headers', () => {
  const seen: unknown[] = [];
  const { headers } = setUp(
    {},
    (answer) => (seen.push({ ...(answer as unknown as { headers: object }).headers }), false),
  );
  const raw = [
    Buffer.from('X-A'),
    Buffer.from('1'),
    'x-a',
    '2',
    Buffer.from('b'),
    [Buffer.from('3'), Buffer.from('4')],
  ];
  headers(200, [...raw, Buffer.from('c'), Buffer.from('5')]);
  expect(seen).toEqual([{ 'x-a': ['1', '2'], b: ['3', '4'], c: '5' }]);
});
