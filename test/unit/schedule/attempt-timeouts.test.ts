import { SchedulerRegistry } from '@nestjs/schedule';
import * as fc from 'fast-check';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AttemptTimeout } from '../../../lib/schedule/attempt-timeouts.js';
import { AttemptTimeouts } from '../../../lib/schedule/attempt-timeouts.js';
import type { UpcomingAttempt } from '../../../lib/scheduler/token-refresh.scheduler.js';
import { TokenRefreshScheduler } from '../../../lib/scheduler/token-refresh.scheduler.js';
import type { Answer, TokenSetup } from '../../support/token-source.js';
import {
  DAY,
  gives,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  START_AT,
  troubled,
} from '../../support/token-source.js';

const OPTIONS = { keepFresh: 'always', prefetch: true } as const;

const timeoutOf = (registry: SchedulerRegistry, name: string): AttemptTimeout => registry.getTimeout(name);

/** A scheduler with some accounts of the options and one that is looked up, and a registry that shows the former. */
function stage(configured = 1, onEvent: () => void = () => {}) {
  const clock = new ManualClock(START_AT);
  const registry = new SchedulerRegistry();
  const scheduler = new TokenRefreshScheduler(clock, 2);
  const setups = Array.from({ length: configured + 1 }, (_, i) =>
    setUp({ clock, onEvent, label: { api: i % 2 ? 'a' : 'b', account: i === configured ? 'looked-up' : `${i}` } }),
  );
  const accounts = setups.slice(0, configured).map(({ tokens }) => tokens);
  scheduler.observe(new AttemptTimeouts(registry, clock, accounts).show);
  for (const { tokens } of setups) scheduler.add(tokens, OPTIONS);
  const attempts = (): UpcomingAttempt[] => registry.getTimeouts().map((name) => timeoutOf(registry, name).attempt);
  return { clock, registry, scheduler, setups, attempts };
}

const byName = (attempts: UpcomingAttempt[]) =>
  Object.fromEntries(attempts.map((attempt) => [`auth-apis:${attempt.api}:${attempt.account}`, attempt]));

test('whatever happens to the accounts, at every moment the registry shows what is planned for those of the options', async () => {
  const answers: Answer[] = [gives(), gives(MINUTE), gives(100 * DAY), troubled(), troubled(HOUR), refuses(), hangs()];
  const step = fc.record({
    who: fc.nat(3),
    what: fc.constantFrom('wait', 'answer', 'refresh', 'get', 'invalidate', 'remove'),
    answer: fc.constantFrom(...answers),
    ms: fc.constantFrom(0, SECOND, 5 * SECOND, 10 * MINUTE, HOUR, 6 * HOUR),
  });
  let moments = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const wrong: unknown[] = [];
      const compare = (): void => {
        moments++;
        const planned = byName(scheduler.upcoming().filter(({ account }) => account !== 'looked-up'));
        const shown = Object.fromEntries(
          registry.getTimeouts().map((name) => [name, timeoutOf(registry, name).attempt]),
        );
        // Kept, for what an event's listener throws is swallowed.
        if (JSON.stringify(sorted(shown)) !== JSON.stringify(sorted(planned))) wrong.push({ shown, planned });
      };
      const { clock, registry, scheduler, setups } = stage(3, () => compare());
      scheduler.start();
      for (const { who, what, answer, ms } of steps) {
        await act(setups[who]!, what, answer, scheduler);
        await clock.advance(what === 'wait' ? ms : 0);
        compare();
      }
      scheduler.stop();
      expect(registry.getTimeouts()).toEqual([]);
      for (const { tokens } of setups) tokens.close();
      compare();
      expect(wrong).toEqual([]);
    }),
    { numRuns: 40 },
  );
  expect(moments).toBeGreaterThan(1_000);
});

const sorted = (attempts: Record<string, UpcomingAttempt>) =>
  Object.entries(attempts).sort(([a], [b]) => (a < b ? -1 : 1));

async function act({ tokens, source }: TokenSetup, what: string, answer: Answer, scheduler: TokenRefreshScheduler) {
  const token = tokens.peek();
  if (what === 'answer') source.next(answer);
  if (what === 'refresh') void tokens.refresh().catch(() => {});
  if (what === 'get') void tokens.get({ signal: AbortSignal.timeout(1) }).catch(() => {});
  if (what === 'invalidate' && token) tokens.invalidate(token);
  if (what === 'remove') scheduler.remove(tokens);
}

test('the app may delete what is shown: the attempt is made all the same, and the next one shown again', async () => {
  const { clock, registry, scheduler, setups, attempts } = stage();
  scheduler.start();
  await clock.advance(0);
  const [first] = attempts();
  expect(first).toEqual({ api: 'b', account: '0', at: first!.at, action: 'refresh' });
  registry.deleteTimeout('auth-apis:b:0');
  await clock.advance(HOUR);
  expect(setups[0]!.source.requests).toBe(2);
  expect(attempts()).toEqual(scheduler.upcoming().filter(({ account }) => account === '0'));
});

test('what the app deleted, or put in its place, is no error', () => {
  const { clock, registry, setups } = stage();
  const { show } = new AttemptTimeouts(registry, clock, [setups[0]!.tokens]);
  const plan = (at: number): void =>
    show(setups[0]!.tokens, () => ({ ...setups[0]!.tokens.label, at, action: 'refresh' }));
  plan(START_AT + HOUR);
  registry.deleteTimeout('auth-apis:b:0');
  plan(START_AT + DAY);
  expect(timeoutOf(registry, 'auth-apis:b:0').attempt.at).toBe(START_AT + DAY);
  registry.deleteTimeout('auth-apis:b:0');
  const own = setTimeout(() => {}, HOUR).unref();
  registry.addTimeout('auth-apis:b:0', own);
  plan(START_AT + HOUR);
  show(setups[0]!.tokens, undefined);
  expect(timeoutOf(registry, 'auth-apis:b:0')).toBe(own);
  registry.deleteTimeout('auth-apis:b:0');
  show(setups[0]!.tokens, undefined);
});

test('a name that the app has taken stays the app’s', async () => {
  const { clock, registry, scheduler, setups } = stage();
  const own = setTimeout(() => {}, HOUR).unref();
  registry.addTimeout('auth-apis:b:0', own);
  scheduler.start();
  await clock.advance(HOUR);
  expect(setups[0]!.source.requests).toBe(2);
  expect(registry.getTimeout('auth-apis:b:0')).toBe(own);
  registry.deleteTimeout('auth-apis:b:0');
  await clock.advance(HOUR);
  expect(registry.getTimeouts()).toEqual(['auth-apis:b:0']);
  const shown: unknown = registry.getTimeout('auth-apis:b:0');
  registry.deleteTimeout('auth-apis:b:0');
  registry.addTimeout('auth-apis:b:0', own);
  expect(shown).not.toBe(own);
  scheduler.stop();
  expect(registry.getTimeout('auth-apis:b:0')).toBe(own);
  registry.deleteTimeout('auth-apis:b:0');
});

test('a registry that throws does not hold up the attempts', async () => {
  const { clock, registry, scheduler, setups } = stage();
  vi.spyOn(registry, 'doesExist').mockImplementation(() => {
    throw new Error('not this one');
  });
  scheduler.start();
  await clock.advance(HOUR);
  expect(setups[0]!.source.requests).toBe(2);
});

describe('the timers themselves', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('one for each, for the time until the attempt, that keeps no process alive', async () => {
    const { clock, registry, scheduler, attempts } = stage(3);
    scheduler.start();
    await clock.advance(0);
    expect(vi.getTimerCount()).toBe(3);
    const timeout = timeoutOf(registry, 'auth-apis:b:0');
    expect(timeout.hasRef()).toBe(false);
    vi.advanceTimersByTime(timeout.attempt.at - clock.wallNow() - 1);
    expect(vi.getTimerCount()).toBe(3);
    vi.advanceTimersByTime(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(attempts()).toHaveLength(3);
    await clock.advance(10 * HOUR);
    expect(vi.getTimerCount()).toBe(3);
    scheduler.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one above 24.8 days does not fire at once, and is set again until the attempt', async () => {
    const { clock, scheduler, setups, registry } = stage();
    const delays = vi.spyOn(globalThis, 'setTimeout');
    setups[0]!.source.next(gives(100 * DAY));
    scheduler.start();
    await clock.advance(0);
    expect(delays.mock.calls.at(-1)?.[1]).toBe(2 ** 31 - 1);
    vi.advanceTimersByTime(90 * DAY);
    expect(vi.getTimerCount()).toBe(1);
    expect(registry.getTimeouts()).toEqual(['auth-apis:b:0']);
    await clock.advance(100 * DAY);
    scheduler.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
