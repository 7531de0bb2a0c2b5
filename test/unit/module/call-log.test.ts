import { describe, expect, test } from 'vitest';
import { LogLine } from '../../../lib/module/log-line.js';
import { callLog, keptLines } from '../../support/token-log.js';

const east = { api: 'sparkfly', account: 'east' };
const west = { api: 'sparkfly', account: 'west' };

/** What a logger is given for one call of `tell`, as it is. */
function linesOf(tell: (log: ReturnType<typeof callLog>) => void): unknown[] {
  const lines: unknown[] = [];
  const keep = (line: unknown): void => void lines.push(line);
  tell(callLog({ log: keep, warn: keep, error: keep, debug: keep }));
  return lines;
}

describe('an origin that gets no token', () => {
  test('is told once for each account, with what to do', () => {
    const { lines, log } = keptLines();
    const calls = callLog(log);
    for (const account of [east, west, east]) calls.originNotAllowed(account, 'https://a.test');
    calls.originNotAllowed(east, 'https://b.test');
    const rest = "carry no token, it is none of the account's origins; if it should be, add it to `allowedOrigins`";
    expect(lines).toEqual([
      `WARN sparkfly "east": calls to https://a.test ${rest}`,
      `WARN sparkfly "west": calls to https://a.test ${rest}`,
      `WARN sparkfly "east": calls to https://b.test ${rest}`,
    ]);
  });

  test('is one line for all accounts that are looked up, which names none of them', () => {
    const { lines, log } = keptLines();
    const calls = callLog(log, ({ account }) => account === 'east');
    for (const account of ['t-1', 't-2', 'east']) calls.originNotAllowed({ api: 'acme', account }, 'https://a.test');
    calls.originNotAllowed({ api: 'other', account: 't-1' }, 'https://a.test');
    expect(lines.map((line) => line.slice(0, line.indexOf(' carry')))).toEqual([
      'WARN acme: calls to https://a.test',
      'WARN acme "east": calls to https://a.test',
      'WARN other: calls to https://a.test',
    ]);
  });

  test('is told no more once there have been a hundred: somebody makes them up', () => {
    const { lines, log } = keptLines();
    const calls = callLog(log);
    for (let i = 0; i < 300; i++) calls.originNotAllowed(east, `https://h${i}.test`);
    expect(lines).toHaveLength(100);
    expect(lines.at(-1)).toContain('https://h99.test');
  });

  test('has the same in fields', () => {
    const [line] = linesOf((log) => log.originNotAllowed(east, 'https://a.test'));
    expect(line).toBeInstanceOf(LogLine);
    expect(line).toMatchObject({ event: 'originNotAllowed', ...east, origin: 'https://a.test' });
  });
});

describe('a rule that throws', () => {
  const rule = (): boolean => false;
  const text =
    'and a response with status 401 counts as unauthorized in its place; ' +
    'over undici and `fetch` there is no `data` for it to read';

  test('is told once, whatever it throws later', () => {
    const { lines, log } = keptLines();
    const calls = callLog(log);
    for (const error of [new TypeError('x'), new RangeError('y'), 'z'])
      calls.isUnauthorizedThrew(rule, { api: 'acme' }, error);
    expect(lines).toEqual([`WARN acme: \`isUnauthorized\` has thrown (TypeError), ${text}`]);
  });

  test.each<[unknown, string]>([
    [new TypeError('the response said e5cret'), 'TypeError'],
    ['e5cret', 'string'],
    [undefined, 'undefined'],
    [null, 'object'],
  ])('is told by the kind of what it throws alone: %s', (error, kind) => {
    const lines = linesOf((log) => log.isUnauthorizedThrew(rule, { api: 'acme' }, error));
    expect(lines.map(String)).toEqual([`acme: \`isUnauthorized\` has thrown (${kind}), ${text}`]);
    expect(lines).toMatchObject([{ event: 'isUnauthorizedThrew', kind }]);
    expect(JSON.stringify(lines)).not.toContain('e5cret');
  });

  test('is told beside the origins', () => {
    expect(
      linesOf((log) => {
        log.originNotAllowed(east, 'https://a.test');
        log.isUnauthorizedThrew(rule, { api: 'acme' }, new Error('x'));
      }),
    ).toHaveLength(2);
  });
});
