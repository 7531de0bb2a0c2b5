// Covers `lib/dashboard/browser`: the words, times and bars of the page.
import { describe, expect, test } from 'vitest';
import { lifeBar, lifeBarText } from '../../../lib/dashboard/browser/life-bar.js';
import { clockText, durationText, relativeText } from '../../../lib/dashboard/browser/time.js';
import { eventText, meaningText, overallParts, overallStanding } from '../../../lib/dashboard/browser/words.js';
import type { AccountView } from '../../../lib/dashboard/dashboard-wire.js';

const MINUTE = 60_000;
const NOON = new Date(2026, 0, 15, 12).getTime();

const account = (more: Partial<AccountView>): AccountView => ({
  api: 'sparkfly',
  account: 'east',
  key: 'east',
  state: 'fresh',
  health: 'up',
  isConfigured: true,
  isAsking: false,
  isPlanned: false,
  counters: { tokenRequests: 0, tokensObtained: 0, tokenRequestFailures: 0, tokensRejected: 0, callsRetried: 0 },
  ...more,
});
const hour = { requestedAt: NOON, refreshesAt: NOON + 45 * MINUTE, expiresAt: NOON + 60 * MINUTE };

describe('a duration', () => {
  test.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [41 * MINUTE, '41 min'],
    [90 * MINUTE, '1 h 30 min'],
    [120 * MINUTE, '2 h'],
    [24 * 60 * MINUTE - 3, '1 d'],
    [52 * 60 * MINUTE, '2 d 4 h'],
  ])('of %i ms', (ms, text) => expect(durationText(ms)).toBe(text));

  test('seen from now', () => {
    expect(relativeText(NOON + 41 * MINUTE, NOON)).toBe('in 41 min');
    expect(relativeText(NOON - 3 * MINUTE, NOON)).toBe('3 min ago');
    expect(relativeText(NOON + 400, NOON)).toBe('now');
  });

  test('a time has its day when that is another', () => {
    expect(clockText(NOON, NOON)).toBe('12:00:00');
    expect(clockText(NOON + 24 * 60 * MINUTE, NOON)).toBe('16 Jan, 12:00');
  });
});

describe('the bar', () => {
  test('has its points where they are in the life of the token', () => {
    expect(lifeBar(account(hour), NOON + 30 * MINUTE)).toEqual({ refreshFrom: 0.75, now: 0.5, isOver: false });
    expect(lifeBar(account(hour), NOON + 90 * MINUTE)).toEqual({ refreshFrom: 0.75, now: 1, isOver: true });
    expect(lifeBar(account({}), NOON)).toBeUndefined();
  });

  test('says the same in words', () => {
    expect(lifeBarText(account(hour), NOON + 30 * MINUTE)).toBe(
      'Life of the token: issued 12:00:00, refresh from 12:45:00, expires 13:00:00, 30 min left',
    );
    expect(lifeBarText(account(hour), NOON + 59.5 * MINUTE)).toContain('less than a minute left');
    expect(lifeBarText(account(hour), NOON + 61 * MINUTE)).toMatch(/expired 13:00:00$/);
    expect(lifeBarText(account({}), NOON)).toBe('No token');
  });
});

describe('how all stand', () => {
  const counts = { up: 812, failing: 0, down: 2, idle: 0 };

  test.each([
    [[], null, 'No accounts yet', 'idle'],
    [[account({})], null, 'The account is up', 'up'],
    [[account({}), account({})], null, 'All 2 accounts are up', 'up'],
    [[account({}), account({ health: 'failing' })], null, '1 failing, 1 up', 'failing'],
    [[account({})], { counts, notShown: 0 }, '2 down, 813 up', 'down'],
    [[account({ health: 'down', isConfigured: false })], { counts, notShown: 0 }, '2 down, 812 up', 'down'],
  ] as const)('%#', (accounts, dynamicAccounts, text, health) => {
    const parts = overallParts(accounts, dynamicAccounts);
    expect(parts.map((part) => part.text).join(', ')).toBe(text);
    expect(overallStanding(accounts, dynamicAccounts)).toBe(health);
  });

  test.each([
    [{}, 'Calls go out'],
    [{ state: 'stale' }, 'Calls go out; a refresh is due'],
    [{ health: 'failing', ...hour }, 'Calls go out until 13:00:00 with the token at hand'],
    [
      { health: 'failing', ...hour, usableUntil: NOON + 50 * MINUTE },
      'Calls go out until 12:50:00 with the token at hand',
    ],
    [{ health: 'down', state: 'none' }, 'There is no token: calls fail, some after a moment’s wait'],
    [{ health: 'down', state: 'denied' }, 'The vendor says no: calls fail'],
    [{ health: 'idle', state: 'none' }, 'No token is needed yet; the next call asks for one'],
    [{ health: 'down', state: 'closed' }, 'The app shuts down: no token is asked for any more'],
  ] as const)('what %o means for calls', (more, text) => expect(meaningText(account(more), NOON)).toBe(text));
});

test('an event of a version to come is told by its name', () => {
  expect(eventText({ type: 'invented', api: 'verbit', account: 'default', at: NOON } as never)).toBe('invented');
});

test('a token that is no longer used is told in words that hold for an API and for the app', () => {
  const life = { ageMs: 10 * MINUTE, remainingMs: 50 * MINUTE };
  const event = { type: 'tokenRejected', api: 'sparkfly', account: 'east', at: NOON, ...life } as const;
  expect(eventText(event)).toBe(
    'The token is thrown away at an age of 10 min: an API answered 401, or the app said so',
  );
});

test('an error is told without the account that stands beside it', () => {
  const error = { code: 'TOKEN_REQUEST_FAILED', message: 'sparkfly "east": pOST answered 503' } as const;
  const event = { type: 'tokenRequestFailed', api: 'sparkfly', account: 'east', at: NOON, error, failures: 1 } as const;
  expect(eventText({ ...event, failingSince: NOON, nextAttemptAt: NOON })).toBe('POST answered 503');
});
