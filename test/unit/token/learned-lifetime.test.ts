import { describe, expect, test } from 'vitest';
import { LearnedLifetime } from '../../../lib/token/learned-lifetime.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../support/token-source.js';

/** A token died at this age, and the next one was taken. Whether that was news. */
function dies(learned: LearnedLifetime, ageMs: number): boolean {
  learned.died(ageMs);
  return learned.confirm();
}

/** Tokens that died at these ages, one after the other; each next one was taken. */
function diedAt(...agesMs: number[]): LearnedLifetime {
  const learned = new LearnedLifetime();
  for (const ageMs of agesMs) dies(learned, ageMs);
  return learned;
}

describe('what is learned of tokens that die early', () => {
  test('is nothing from one of them', () => {
    expect(new LearnedLifetime().lifetimeMs).toBeUndefined();
    expect(dies(new LearnedLifetime(), 10 * MINUTE)).toBe(false);
    expect(diedAt(10 * MINUTE).lifetimeMs).toBeUndefined();
  });

  test('is the younger age when two in a row died at about the same one', () => {
    expect(diedAt(10 * MINUTE, 9.5 * MINUTE).lifetimeMs).toBe(9.5 * MINUTE);
    expect(diedAt(9.5 * MINUTE, 10 * MINUTE).lifetimeMs).toBe(9.5 * MINUTE);
    expect(diedAt(10 * MINUTE, 9 * MINUTE).lifetimeMs).toBe(9 * MINUTE);
  });

  test('is nothing when their ages have nothing in common', () => {
    expect(diedAt(10 * MINUTE, 9 * MINUTE - 1).lifetimeMs).toBeUndefined();
    expect(diedAt(10 * MINUTE, 30 * MINUTE, 10 * MINUTE, 30 * MINUTE).lifetimeMs).toBeUndefined();
  });

  test('is nothing from those that died within seconds', () => {
    expect(diedAt(4_999, 4_999, 4_999).lifetimeMs).toBeUndefined();
    expect(diedAt(5_000, 5_000).lifetimeMs).toBe(5 * SECOND);
    expect(diedAt(10 * MINUTE, SECOND, 10 * MINUTE).lifetimeMs).toBeUndefined();
  });

  test('is nothing when the refusal said nothing about the age', () => {
    const learned = new LearnedLifetime();
    for (const _ of [1, 2, 3]) {
      learned.died(10 * MINUTE);
      learned.disregard();
    }
    expect(dies(learned, 10 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(dies(learned, 10 * MINUTE)).toBe(true);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
  });

  test('is told once, however often it is corrected, and again once it was forgotten', () => {
    const learned = diedAt(10 * MINUTE);
    expect(dies(learned, 10 * MINUTE)).toBe(true);
    expect(dies(learned, 9.5 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBe(9.5 * MINUTE);
    expect(dies(learned, 5 * MINUTE)).toBe(false);
    expect(dies(learned, 5 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBe(5 * MINUTE);
    expect(learned.lived(HOUR)).toBe(true);
    expect(dies(learned, 20 * MINUTE)).toBe(false);
    expect(dies(learned, 20 * MINUTE)).toBe(true);
    expect(learned.lifetimeMs).toBe(20 * MINUTE);
  });

  test('does not grow because later ones died later', () => {
    expect(diedAt(10 * MINUTE, 10 * MINUTE, 20 * MINUTE, 20 * MINUTE).lifetimeMs).toBe(10 * MINUTE);
  });
});

describe('a death is provisional until the next token is taken', () => {
  test('and teaches nothing before', () => {
    const learned = diedAt(10 * MINUTE);
    learned.died(10 * MINUTE);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(learned.planFor(HOUR, undefined)).toBe(HOUR);
    expect(learned.confirm()).toBe(true);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
    expect(learned.planFor(HOUR, undefined)).toBe(10 * MINUTE);
  });

  test('once: every other call that was repeated says the same again', () => {
    const learned = diedAt(10 * MINUTE);
    expect([learned.confirm(), learned.confirm()]).toEqual([false, false]);
    expect(learned.lifetimeMs).toBeUndefined();
    learned.died(10 * MINUTE);
    expect([learned.confirm(), learned.confirm(), learned.confirm()]).toEqual([true, false, false]);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
  });

  test('there is nothing to confirm before the first one', () => {
    const learned = new LearnedLifetime();
    expect(learned.confirm()).toBe(false);
    learned.disregard();
    expect(learned.confirm()).toBe(false);
    expect(learned.lifetimeMs).toBeUndefined();
  });

  test('and stays so when that one dies itself: only the latest death is left to confirm', () => {
    const learned = new LearnedLifetime();
    for (const ageMs of [10 * MINUTE, 9.5 * MINUTE, 30 * MINUTE]) learned.died(ageMs);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(learned.confirm()).toBe(false);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(dies(learned, 10 * MINUTE)).toBe(false); // the ten minutes before were never confirmed
    expect(dies(learned, 9.5 * MINUTE)).toBe(true);
    expect(learned.lifetimeMs).toBe(9.5 * MINUTE);
  });

  test('and is none when that one is refused too, whatever is said later', () => {
    const learned = diedAt(10 * MINUTE);
    learned.died(10 * MINUTE);
    learned.disregard();
    expect(learned.confirm()).toBe(false);
    learned.died(30 * MINUTE);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(learned.confirm()).toBe(false);
    expect(learned.lifetimeMs).toBeUndefined();
  });

  test('and takes nothing back that was learned before', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    learned.died(5 * MINUTE);
    learned.disregard();
    expect(dies(learned, 5 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
  });

  test('and is forgotten with the rest, when a token lives longer or the credentials are others', () => {
    for (const forget of [
      (learned: LearnedLifetime) => learned.lived(30 * MINUTE),
      (learned: LearnedLifetime) => learned.forgetOfOthers('digest-2'),
    ]) {
      const learned = diedAt(10 * MINUTE);
      learned.planFor(HOUR, 'digest-1');
      learned.died(10 * MINUTE);
      expect(forget(learned)).toBe(false); // nothing was learned yet
      expect(learned.confirm()).toBe(false);
      expect(dies(learned, 10 * MINUTE)).toBe(false);
      expect(learned.lifetimeMs).toBeUndefined();
    }
  });
});

describe('the next token is relied on', () => {
  test('for its documented life as long as nothing is known', () => {
    expect(new LearnedLifetime().planFor(HOUR, undefined)).toBe(HOUR);
    expect(diedAt(10 * MINUTE).planFor(HOUR, undefined)).toBe(HOUR);
  });

  test('for what was learned, but never for longer than it says itself', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    expect(learned.planFor(HOUR, undefined)).toBe(10 * MINUTE);
    expect(learned.planFor(MINUTE, undefined)).toBe(MINUTE);
  });

  test('for its documented life every tenth time, to see whether that holds by now', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    const plans = Array.from({ length: 20 }, () => learned.planFor(DAY, undefined));
    expect(plans.flatMap((plan, i) => (plan === DAY ? [i + 1] : []))).toEqual([10, 20]);
  });

  test('for what was learned nine times more when the tenth died again', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    for (let i = 0; i < 10; i++) learned.planFor(DAY, undefined);
    expect(dies(learned, 10 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
    const plans = Array.from({ length: 10 }, () => learned.planFor(DAY, undefined));
    expect(plans.lastIndexOf(DAY)).toBe(9);
    expect(plans.filter((plan) => plan === DAY)).toHaveLength(1);
  });
});

describe('what was learned is forgotten', () => {
  test('when a token lives longer, by more than chance', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    expect(learned.lived(11 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
    expect(learned.lived(11 * MINUTE + 1)).toBe(true);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(learned.lived(11 * MINUTE + 1)).toBe(false);
  });

  test('before it was learned, when the one between lived: two in a row means in a row', () => {
    const learned = diedAt(10 * MINUTE);
    expect(learned.lived(30 * MINUTE)).toBe(false);
    expect(dies(learned, 10 * MINUTE)).toBe(false);
    expect(learned.lifetimeMs).toBeUndefined();
  });

  test('when the credentials are others', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    learned.planFor(HOUR, 'digest-1');
    expect(learned.forgetOfOthers('digest-1')).toBe(false);
    expect(learned.forgetOfOthers('digest-2')).toBe(true);
    expect(learned.lifetimeMs).toBeUndefined();
    expect(learned.planFor(HOUR, 'digest-2')).toBe(HOUR);
    expect(learned.forgetOfOthers('digest-2')).toBe(false);
  });

  test('also those whose token died before any was planned', () => {
    const learned = new LearnedLifetime('digest-1');
    dies(learned, 10 * MINUTE);
    expect(dies(learned, 10 * MINUTE)).toBe(true);
    expect(learned.forgetOfOthers('digest-1')).toBe(false);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
    expect(learned.forgetOfOthers('digest-2')).toBe(true);
    expect(learned.lifetimeMs).toBeUndefined();
  });

  test('not when nothing is known of the credentials', () => {
    const learned = diedAt(10 * MINUTE, 10 * MINUTE);
    expect(learned.forgetOfOthers('digest-1')).toBe(false);
    expect(learned.forgetOfOthers(undefined)).toBe(false);
    expect(learned.lifetimeMs).toBe(10 * MINUTE);
  });
});
