import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { StoreGuard } from '../../../lib/store/store-guard.js';
import { timed } from '../../support/outcome.js';
import { uncaughtErrors } from '../../support/uncaught.js';

function setUp() {
  const clock = new ManualClock();
  const told: string[] = [];
  const guard = new StoreGuard(clock, 250, {
    lost: (problem) => told.push(`lost: ${problem}`),
    back: () => told.push('back'),
  });
  const run = <T>(work: () => Promise<T>, name = 'acquire a') => {
    const [operation, key] = name.split(' ') as [string, string];
    return guard.run(operation, key, work);
  };
  const failWith = (error: unknown, name?: string) =>
    run(async () => {
      throw error;
    }, name);
  const fail = (name?: string) => failWith(new Error('no connection'), name);
  const succeed = (name?: string) => run(async () => 'fine', name);
  return { clock, told, guard, run, fail, failWith, succeed };
}

const never = (): Promise<never> => new Promise(() => {});

test('it gives what the operation gives, and a store that works is told of to nobody', async () => {
  const { clock, told, guard, run } = setUp();
  expect(await run(async () => 42)).toBe(42);
  expect(guard.state).toBe('up');
  expect(told).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('an operation that fails counts as not there, whether it throws now or later', async () => {
  const { guard, run, fail, clock } = setUp();
  expect(await fail()).toBe('failed');
  const broken = (): Promise<never> => {
    throw new Error('at once');
  };
  expect(await run(broken)).toBe('failed');
  expect(guard.state).toBe('down');
  expect(clock.pendingTimers).toBe(0);
});

test('an operation has its time and no more', async () => {
  const { clock, told, run } = setUp();
  let outcome: unknown;
  void run(never).then((found) => (outcome = found));
  await clock.advance(249);
  expect(outcome).toBeUndefined();
  await clock.advance(1);
  expect(outcome).toBe('failed');
  expect(told).toEqual(['lost: no answer within 250 ms (storeTimeoutMs)']);
  expect(clock.pendingTimers).toBe(0);
});

test('of a run of failures the first is told, and the recovery', async () => {
  const { told, run, fail, failWith } = setUp();
  for (let i = 0; i < 3; i++) await fail();
  for (let i = 0; i < 3; i++) await run(async () => 'fine');
  await failWith(new Error('something else'));
  expect(told).toEqual(['lost: no connection', 'back', 'lost: something else']);
});

test('operations that fail all at once are one loss', async () => {
  const { told, run, fail } = setUp();
  await Promise.all([fail(), fail(), fail()]);
  expect(told).toHaveLength(1);
  await Promise.all([run(async () => 1), run(async () => 2)]);
  expect(told).toHaveLength(2);
});

test('what comes too late changes nothing, and is nobody’s unhandled rejection', async () => {
  const uncaught = uncaughtErrors();
  const { clock, told, guard, run } = setUp();
  let resolve!: (value: string) => void;
  let reject!: (error: Error) => void;
  void run(() => new Promise<string>((done) => (resolve = done)));
  void run(() => new Promise<string>((_, fail) => (reject = fail)));
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
  ['an error that would steer a terminal', new Error('ERR \u001b[2J\rall is well'), 'ERR  [2J all is well'],
  ['an error without a message', new AggregateError([]), 'AggregateError'],
  ['a long one', new Error('x'.repeat(500)), `${'x'.repeat(199)}…`],
  ['something else', 'text', 'something that is not an Error'],
  ['nothing', undefined, 'something that is not an Error'],
])('%s is told in a line', async (_, error, line) => {
  const { told, failWith } = setUp();
  await failWith(error);
  expect(told).toEqual([`lost: ${line}`]);
});

test('a clock that is moved by hand knows of the operation', async () => {
  const { clock, run } = setUp();
  let outcome: unknown;
  const slow = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('in time'), 50));
  void run(slow).then((found) => (outcome = found));
  await clock.advance(10_000);
  expect(outcome).toBe('in time');
});

test('one key that fails beside others that work is one loss', async () => {
  const { told, guard, fail, succeed } = setUp();
  for (let i = 0; i < 10; i++) {
    await fail('acquire broken');
    await succeed('acquire sound');
  }
  expect(told).toEqual(['lost: no connection']);
  expect(guard.state).toBe('down');
  await succeed('acquire broken');
  expect(told).toEqual(['lost: no connection', 'back']);
});

test('writes that fail beside reads that work are one loss, also with the same key', async () => {
  const { told, fail, succeed } = setUp();
  for (let i = 0; i < 10; i++) {
    await succeed('acquire a');
    await fail('save a');
  }
  expect(told).toEqual(['lost: no connection']);
});

test('when one of those that failed works, all are forgotten', async () => {
  const { told, fail, succeed } = setUp();
  for (const name of ['a', 'b', 'c']) await fail(name);
  await succeed('b');
  await fail('d');
  await succeed('c');
  expect(told).toEqual(['lost: no connection', 'back', 'lost: no connection']);
});

test('after a minute without a failure whatever works is believed', async () => {
  const { clock, told, fail, succeed } = setUp();
  await fail('a');
  await clock.advance(30_000);
  await fail('b');
  await clock.advance(59_999);
  await succeed('c');
  expect(told).toHaveLength(1);
  await clock.advance(1);
  await succeed('c');
  expect(told).toEqual(['lost: no connection', 'back']);
});

test('an outage of more keys than it remembers ends as well', async () => {
  const { clock, told, fail, succeed } = setUp();
  for (let i = 0; i < 1_000; i++) await fail(`key ${i}`);
  await succeed('key 999');
  expect(told).toHaveLength(1);
  await succeed('key 0');
  expect(told).toEqual(['lost: no connection', 'back']);
  for (let i = 0; i < 1_000; i++) await fail(`key ${i}`);
  await clock.advance(60_000);
  await succeed('another');
  expect(told).toHaveLength(4);
});

test('what is done aside says nothing about the store', async () => {
  const { clock, told, guard } = setUp();
  Object.assign(clock, { whileBusy: undefined }); // nothing here takes real time
  guard.aside(async () => Promise.reject(new Error('too late')));
  guard.aside(never);
  await clock.advance(250);
  expect([told, guard.state]).toEqual([[], 'up']);
});

test('an app that leaves waits for what is under way', async () => {
  const { guard, run } = setUp();
  const ends: (() => void)[] = [];
  const slow = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  // One sets the next going.
  void run(slow).then(() => guard.aside(slow));
  let hasLeft = false;
  const left = guard.settled().then(() => (hasLeft = true));
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    expect([ends.length, hasLeft]).toEqual([i + 1, false]);
    ends[i]!();
  }
  await left;
});

test('... no longer than for an operation, though its own clock stands still', async () => {
  const { guard, run } = setUp();
  await guard.settled();
  void run(never);
  const took = await timed(() => guard.settled());
  expect(took).toBeGreaterThan(240);
  expect(took).toBeLessThan(1_000);
});

test('a password in a URL is not told', async () => {
  const { told, failWith } = setUp();
  await failWith(new Error('connect redis://user:pa55w0rd@cache.test:6379 refused'));
  expect(told).toEqual(['lost: connect redis://cache.test:6379 refused']);
});

test('who counts operations is told of each, with its name, its time and how it went', async () => {
  const clock = new ManualClock();
  const ended: unknown[] = [];
  const guard = new StoreGuard(clock, 250, { lost: () => {}, back: () => {}, ended: (...what) => ended.push(what) });
  await guard.run('acquire', 'a', async () => 1);
  await guard.run('save', 'a', async () => {
    await clock.advance(20);
    throw new Error('no connection');
  });
  guard.aside(async () => 1);
  expect(ended).toEqual([
    ['acquire', 0, 'ok'],
    ['save', 20, 'failed'],
  ]);
});
