import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { StoreGuard } from '../../../lib/request/store-guard.js';
import { uncaughtErrors } from '../../support/uncaught.js';

function setUp() {
  const clock = new ManualClock();
  const told: string[] = [];
  const guard = new StoreGuard(clock, 250, {
    lost: (problem) => told.push(`lost: ${problem}`),
    back: () => told.push('back'),
  });
  const failWith = (error: unknown) =>
    guard.run(async () => {
      throw error;
    });
  const fail = () => failWith(new Error('no connection'));
  return { clock, told, guard, fail, failWith };
}

const never = (): Promise<never> => new Promise(() => {});

test('it gives what the operation gives, and a store that works is told of to nobody', async () => {
  const { clock, told, guard } = setUp();
  expect(await guard.run(async () => 42)).toBe(42);
  expect(guard.state).toBe('up');
  expect(told).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('an operation that fails counts as not there, whether it throws now or later', async () => {
  const { guard, fail, clock } = setUp();
  expect(await fail()).toBe('failed');
  const broken = (): Promise<never> => {
    throw new Error('at once');
  };
  expect(await guard.run(broken)).toBe('failed');
  expect(guard.state).toBe('down');
  expect(clock.pendingTimers).toBe(0);
});

test('an operation has its time and no more', async () => {
  const { clock, told, guard } = setUp();
  let outcome: unknown;
  void guard.run(never).then((found) => (outcome = found));
  await clock.advance(249);
  expect(outcome).toBeUndefined();
  await clock.advance(1);
  expect(outcome).toBe('failed');
  expect(told).toEqual(['lost: no answer within 250 ms (storeTimeoutMs)']);
  expect(clock.pendingTimers).toBe(0);
});

test('of a run of failures the first is told, and the recovery', async () => {
  const { told, guard, fail, failWith } = setUp();
  for (let i = 0; i < 3; i++) await fail();
  for (let i = 0; i < 3; i++) await guard.run(async () => 'fine');
  await failWith(new Error('something else'));
  expect(told).toEqual(['lost: no connection', 'back', 'lost: something else']);
});

test('operations that fail all at once are one loss', async () => {
  const { told, fail, guard } = setUp();
  await Promise.all([fail(), fail(), fail()]);
  expect(told).toHaveLength(1);
  await Promise.all([guard.run(async () => 1), guard.run(async () => 2)]);
  expect(told).toHaveLength(2);
});

test('what comes too late changes nothing, and is nobody’s unhandled rejection', async () => {
  const uncaught = uncaughtErrors();
  const { clock, told, guard } = setUp();
  let resolve!: (value: string) => void;
  let reject!: (error: Error) => void;
  void guard.run(() => new Promise<string>((done) => (resolve = done)));
  void guard.run(() => new Promise<string>((_, fail) => (reject = fail)));
  await clock.advance(250);
  resolve('late');
  reject(new Error('later'));
  await clock.advance(1);
  expect(guard.state).toBe('down');
  expect(told).toHaveLength(1);
  expect(uncaught).toEqual([]);
});

test.each<[string, unknown, string]>([
  ['an error', new Error('READONLY'), 'READONLY'],
  ['an error of several lines', new Error('one\ntwo'), 'one'],
  ['an error without a message', new AggregateError([]), 'AggregateError'],
  ['a long one', new Error('x'.repeat(500)), 'x'.repeat(200)],
  ['something else', 'text', 'something that is not an Error'],
  ['nothing', undefined, 'something that is not an Error'],
])('%s is told in a line', async (_, error, line) => {
  const { told, failWith } = setUp();
  await failWith(error);
  expect(told).toEqual([`lost: ${line}`]);
});

test('a clock that is moved by hand knows of the operation', async () => {
  const { clock, guard } = setUp();
  let outcome: unknown;
  const slow = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('in time'), 50));
  void guard.run(slow).then((found) => (outcome = found));
  await clock.advance(10_000);
  expect(outcome).toBe('in time');
});
