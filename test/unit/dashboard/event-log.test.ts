import { expect, test } from 'vitest';
import { EventLog } from '../../../lib/dashboard/event-log.js';
import type { AuthApisEvent } from '../../../lib/common/token-events.js';

const failed = (account: string, at: number, message = 'no'): AuthApisEvent => ({
  type: 'tokenRequestFailed',
  api: 'verbit',
  account,
  at,
  failures: 1,
  failingSince: at,
  nextAttemptAt: at,
  error: { code: 'TOKEN_REQUEST_FAILED', message, vendorStatus: 503 },
});
const refreshed = (account: string, at: number, afterFailures = 0): AuthApisEvent => ({
  type: 'tokenObtained',
  api: 'verbit',
  account,
  at,
  afterFailures,
  expiresAt: at,
  refreshesAt: at,
  sequence: 1,
  source: 'vendor',
  durationMs: 1,
});

test('what an account meets again and again is one entry that counts, whatever the others do meanwhile', () => {
  const log = new EventLog(() => true);
  for (let at = 1; at <= 3; at++) for (const account of ['a', 'b']) log.add(failed(account, at, `try ${at}`));
  log.add(refreshed('a', 4));
  log.add(failed('a', 5));
  expect(log.since(0)).toMatchObject([
    { times: 3, since: 1, event: { account: 'a', at: 3, error: { message: 'try 3' } } },
    { times: 3, since: 1, event: { account: 'b', at: 3 } },
    { times: 1, since: 4, event: { type: 'tokenObtained' } },
    { times: 1, since: 5, event: { type: 'tokenRequestFailed' } },
  ]);
});

test('tells what is new or counts more, and nothing twice', () => {
  const log = new EventLog(() => true);
  log.add(failed('a', 1));
  log.add(failed('b', 1));
  const { version } = log;
  expect(log.since(version)).toEqual([]);
  log.add(failed('a', 2));
  expect(log.since(version)).toMatchObject([{ id: 1, times: 2 }]);
});

test('keeps the last 200, however many come', () => {
  const log = new EventLog(() => true);
  for (let i = 1; i <= 100_000; i++) log.add(failed(`account ${i}`, i));
  const entries = log.since(0);
  expect(entries).toHaveLength(200);
  expect(entries.at(-1)?.event.account).toBe('account 100000');
});

test('of accounts that the app looks up, a token that simply came is no news; a recovery is', () => {
  const log = new EventLog(({ account }) => account === 'own');
  log.add(refreshed('own', 1));
  log.add(refreshed('customer', 1));
  log.add({ type: 'accountEvicted', api: 'verbit', account: 'customer', at: 2, reason: 'idle' });
  log.add(refreshed('customer', 3, 2));
  expect(log.since(0)).toMatchObject([{ event: { account: 'own' } }, { event: { account: 'customer', at: 3 } }]);
});

test('that an attempt begins is not told: what comes of it is', () => {
  const log = new EventLog(() => true);
  log.add({ type: 'tokenRequested', api: 'verbit', account: 'a', at: 1 });
  log.add({ type: 'tokenCacheClosed', api: 'verbit', account: 'a', at: 1 });
  expect(log.since(0)).toEqual([]);
});
