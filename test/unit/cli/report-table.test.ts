import { describe, expect, test } from 'vitest';
import type { AccountReport } from '../../../lib/cli/account-report.js';
import { widthOf } from '../../../lib/cli/layout.js';
import { painter, wantsColours } from '../../../lib/cli/paint.js';
import { reportTable } from '../../../lib/cli/report-table.js';
import { cellsOf, sentencesOf } from '../../../lib/cli/report-texts.js';

const HOUR = 3_600_000;
const GOOD: AccountReport = {
  api: 'verbit',
  account: 'default',
  outcome: 'accepted',
  reachable: true,
  accepted: true,
  contract: 'v0.8',
  requests: [{ method: 'POST', url: 'https://api.verbit.co/api/v1/auth', status: 200, durationMs: 84 }],
  lifetime: { ms: HOUR, source: 'token', documentedMs: HOUR, differenceMs: 0 },
  clock: { differenceMs: 120, precisionMs: 542 },
  origins: ['https://api.verbit.co', 'https://orders.verbit.co', 'https://realtime.verbit.co'],
};
const BAD: AccountReport = {
  api: 'sparkfly',
  account: 'east',
  outcome: 'denied',
  reachable: true,
  accepted: false,
  contract: 'core',
  requests: [{ method: 'POST', url: 'https://api.sparkfly.com/v1.0/auth', status: 401, durationMs: 61 }],
  clock: { differenceMs: -200_000, precisionMs: 530 },
  origins: ['https://api.sparkfly.com'],
  problem: { kind: 'credentials', message: 'sparkfly "east": no', meaning: 'It is wrong.', remedy: 'Mend it.' },
};
const plain = painter({ isColoured: false });
const coloured = painter({ isColoured: true });

test('a row for each account, and below what takes sentences', () => {
  expect(reportTable([GOOD, BAD], plain)).toBe(
    [
      'ACCOUNT          REACHABLE   ACCEPTED  CONTRACT  LIFETIME            CLOCK',
      'verbit           yes, 84 ms  yes       v0.8      1 h, as documented  within a second',
      'sparkfly "east"  yes, 61 ms  no (401)  core      -                   3.3 min behind',
      '',
      'verbit',
      '  request    POST https://api.verbit.co/api/v1/auth',
      '  origins    https://api.verbit.co https://orders.verbit.co https://realtime.verbit.co',
      '',
      'sparkfly "east"',
      '  request    POST https://api.sparkfly.com/v1.0/auth',
      '  origins    https://api.sparkfly.com',
      '  problem    sparkfly "east": no',
      '  meaning    It is wrong.',
      '  remedy     Mend it.',
    ].join('\n'),
  );
});

test('no line is longer than 100 columns, nor than the terminal', () => {
  const long = 'a sentence that goes on '.repeat(20);
  const report = { ...BAD, problem: { ...BAD.problem!, message: long, remedy: long } };
  for (const columns of [250, 100, 80, 60, 50]) {
    const lines = reportTable([GOOD, report], plain, columns).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.min(columns, 100));
  }
});

test('where there is no terminal no width is kept: a long name takes the table from nobody', () => {
  const remedy = 'a sentence that goes on '.repeat(20).trim();
  const report = { ...BAD, account: 'n'.repeat(60), problem: { ...BAD.problem!, remedy } };
  const lines = reportTable([GOOD, report], plain).split('\n');
  expect(lines[0]).toMatch(/^ACCOUNT +REACHABLE/);
  expect(lines[1]).toMatch(/^verbit +yes/);
  expect(lines.at(-1)).toBe(`  remedy     ${remedy}`);
});

test('a terminal that does not tell its width has the usual one', () => {
  expect(widthOf({ isTTY: true, columns: 72 })).toBe(72);
  expect(widthOf({ isTTY: true, columns: 0 })).toBe(100);
  expect(widthOf({ isTTY: true })).toBe(100);
  expect(widthOf({})).toBe(Infinity);
});

test('where the table is too wide, its cells stand below each account, and nothing is lost', () => {
  const lines = reportTable([GOOD], plain, 60).split('\n');
  expect(lines[0]).toBe('verbit');
  expect(lines).toContain('  lifetime   1 h, as documented');
  expect(lines).toContain('  clock      within a second');
  expect(reportTable([GOOD], plain, 60)).not.toContain('LIFETIME');
});

test('colours change nothing but colours', () => {
  const shown = reportTable([GOOD, BAD], coloured);
  expect(shown).toContain('\u001B[32mverbit\u001B[0m');
  expect(shown).toContain('\u001B[31msparkfly "east"\u001B[0m');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(shown.replaceAll(/\u001B\[\d+m/g, '')).toBe(reportTable([GOOD, BAD], plain));
});

test('colours are for terminals whose owner did not say no', () => {
  expect(wantsColours(true, {})).toBe(true);
  expect(wantsColours(false, {})).toBe(false);
  expect(wantsColours(true, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColours(true, { NO_COLOR: '' })).toBe(true);
  expect(wantsColours(true, { TERM: 'dumb' })).toBe(false);
});

describe('in a word or two', () => {
  const cell = (name: 'reachable' | 'accepted' | 'lifetime' | 'clock', change: Partial<AccountReport>): string => {
    const at = { reachable: 1, accepted: 2, lifetime: 4, clock: 5 }[name];
    return cellsOf({ ...GOOD, ...change })[at]!;
  };
  const lifetime = (ms: number, source: 'token' | 'response' | 'options' | 'documentation'): string =>
    cell('lifetime', { lifetime: { ms, source, documentedMs: HOUR, differenceMs: ms - HOUR } });

  test('the lifetime, and who says so', () => {
    expect(lifetime(HOUR - 1_000, 'token')).toBe('1 h, as documented');
    expect(lifetime(8_000, 'token')).toBe('8 s, documented 1 h');
    expect(lifetime(2 * HOUR, 'response')).toBe('2 h, documented 1 h');
    expect(lifetime(HOUR, 'documentation')).toBe('1 h, not told');
    expect(lifetime(600_000, 'options')).toBe('10 min by option, documented 1 h');
  });

  test('the clock, as exactly as can be known', () => {
    expect(cell('clock', { clock: { differenceMs: 999, precisionMs: 501 } })).toBe('within a second');
    expect(cell('clock', { clock: { differenceMs: 7_200_000, precisionMs: 501 } })).toBe('2 h ahead');
    expect(cell('clock', { clock: { differenceMs: -1_500, precisionMs: 2_500 } })).toBe('within 2.5 s');
    expect(cell('clock', { clock: undefined })).toBe('not told');
  });

  test('who was not asked, or did not answer', () => {
    const silent = { outcome: 'unavailable' as const, reachable: false, requests: [] };
    expect(cell('reachable', silent)).toBe('no');
    expect(cell('accepted', silent)).toBe('-');
    expect(cell('clock', silent)).toBe('-');
    expect(cell('reachable', { outcome: 'misconfigured', reachable: undefined })).toBe('not asked');
  });
});

test('a name or a vendor’s words cannot steer the terminal', () => {
  const nasty: AccountReport = {
    ...BAD,
    account: 'a\u001B[2Jb',
    problem: { ...BAD.problem!, message: 'x\u001B]0;title\u0007y\n\u202Ez' },
  };
  expect(cellsOf(nasty)[0]).toBe('sparkfly "a [2Jb"');
  expect(Object.fromEntries(sentencesOf(nasty)).problem).toBe('x ]0;title y z');
});

test('a token that is older than its answer, and which of a pair was accepted, are noted', () => {
  const notes = (change: Partial<AccountReport>) =>
    sentencesOf({ ...GOOD, ...change }).flatMap(([name, text]) => (name === 'note' ? [text] : []));
  expect(notes({ tokenAgeMs: 2_000, secret: 'current' })).toEqual([]);
  expect(notes({ tokenAgeMs: 600_000, secret: 'next' })).toEqual([
    'The token says that it was issued 10 min before it came.',
    'The second of the pair of secrets was accepted, the first was not.',
  ]);
  expect(notes({ tokenAgeMs: -60_000 })).toEqual([
    'The token says that it was issued 1 min after it came, by the vendor’s own clock.',
  ]);
});
