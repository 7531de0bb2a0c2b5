import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttemptQueue } from '../../../lib/scheduler/attempt-queue.js';
import { ScheduledToken } from '../../../lib/scheduler/scheduled-token.js';
import { setUp } from '../../support/token-source.js';

const tokenOf = (): ScheduledToken =>
  new ScheduledToken(setUp().tokens, { keepFresh: 'always', prefetch: true }, () => {});
const due = (at: number) => ({ at, action: 'refresh' as const });

test('the next is the one that is due first, and stays until it is cancelled', () => {
  const queue = new AttemptQueue();
  const [a, b, c] = [tokenOf(), tokenOf(), tokenOf()];
  expect(queue.next()).toBeUndefined();
  queue.plan(a, due(3));
  queue.plan(b, due(1));
  queue.plan(c, due(2));
  expect(queue.next()?.token).toBe(b);
  expect(queue.next()?.token).toBe(b);
  queue.cancel(b);
  expect(queue.next()?.token).toBe(c);
  expect([...queue].map(({ token }) => token)).toEqual(expect.arrayContaining([a, c]));
  expect([...queue]).toHaveLength(2);
});

test('a token that is planned anew stands at its new time alone', () => {
  const queue = new AttemptQueue();
  const [a, b] = [tokenOf(), tokenOf()];
  queue.plan(a, due(1));
  queue.plan(b, due(2));
  queue.cancel(a);
  queue.plan(a, due(3));
  expect(new Set([...queue].map(({ due: { at } }) => at))).toEqual(new Set([2, 3]));
  expect([...queue]).toHaveLength(2);
  queue.cancel(b);
  expect(queue.next()).toMatchObject({ token: a, due: { at: 3 } });
  queue.cancel(a);
  expect(queue.next()).toBeUndefined();
});

test('whatever is planned and cancelled, the next is the first of those that are left', () => {
  const step = fc.record({ token: fc.nat(9), at: fc.option(fc.nat(1_000), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const queue = new AttemptQueue();
      const tokens = Array.from({ length: 10 }, tokenOf);
      const planned = new Map<ScheduledToken, number>();
      for (const { token: i, at } of steps) {
        const token = tokens[i]!;
        if (planned.delete(token)) queue.cancel(token);
        if (at !== undefined) {
          planned.set(token, at);
          queue.plan(token, due(at));
        }
        const next = queue.next();
        expect(next?.due.at).toBe(planned.size ? Math.min(...planned.values()) : undefined);
        expect(new Map([...queue].map((each) => [each.token, each.due.at]))).toEqual(planned);
      }
    }),
    { numRuns: 100 },
  );
});
