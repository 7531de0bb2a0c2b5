import { setTimeout as sleep } from 'node:timers/promises';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';

const MINUTE = 60_000;

/** Pieces of work in real time, each set going by the one before. */
async function chain(clock: ManualClock, pieces: () => boolean): Promise<void> {
  while (pieces()) {
    const work = sleep(20);
    clock.whileBusy(work);
    await work;
  }
}

describe('ManualClock', () => {
  test('runs timers at their times, and moves both clocks', async () => {
    const clock = new ManualClock(1_000);
    const seen: unknown[] = [];
    const note = (): void => void seen.push([clock.now(), clock.wallNow()]);
    clock.schedule(note, 30);
    clock.schedule(note, 10);
    const cancel = clock.schedule(note, 20);
    cancel();
    await clock.advance(30);
    expect(seen).toEqual([
      [10, 1_010],
      [30, 1_030],
    ]);
    clock.jumpWall(-500);
    expect([clock.now(), clock.wallNow(), clock.pendingTimers]).toEqual([30, 530, 0]);
  });

  test('tells wall time in whole milliseconds, and gathers no rounding from timers that are due within one', async () => {
    const clock = new ManualClock(1_774_000_000_000);
    const seen: number[] = [];
    for (let step = 1; step <= 50; step++) clock.schedule(() => seen.push(clock.wallNow()), step * 1.1 + Math.PI);
    await clock.advance(60_000);
    expect(clock.wallNow()).toBe(1_774_000_060_000);
    expect(seen.slice(0, 3)).toEqual([1_774_000_000_004, 1_774_000_000_005, 1_774_000_000_006]);
  });

  test('waits for all that a timer set going, however long the chain', async () => {
    const clock = new ManualClock();
    let left = 30;
    let leftAtNext: number | undefined;
    clock.schedule(() => void chain(clock, () => left-- > 0), MINUTE);
    clock.schedule(() => (leftAtNext = left), 2 * MINUTE);
    await clock.advance(2 * MINUTE);
    expect(leftAtNext).toBe(-1);
  });

  test('moves on without what does not come', async () => {
    const clock = new ManualClock();
    let timedOut = false;
    clock.schedule(() => clock.whileBusy(new Promise(() => {})), MINUTE);
    clock.schedule(() => (timedOut = true), 2 * MINUTE);
    await clock.advance(2 * MINUTE);
    expect(timedOut).toBe(true);
  });

  test('moves on where one thing always follows another', async () => {
    const clock = new ManualClock();
    let isWanted = true;
    const endless = chain(clock, () => isWanted);
    await clock.advance(MINUTE);
    expect(clock.now()).toBe(MINUTE);
    isWanted = false;
    await endless;
  }, 20_000);
});
