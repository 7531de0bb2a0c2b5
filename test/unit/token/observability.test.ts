// Covers `lib/token/token-record.ts`: events, status and counters.
import { inspect } from 'node:util';
import type { AuthApisEvent } from 'nestjs-auth-apis';
import { AccessToken } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import {
  DAY,
  errorOf,
  follow,
  gives,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  setUpWithToken,
  START_AT,
  troubled,
} from '../../support/token-source.js';

const label = { api: 'sparkfly', account: 'east' };
const SECRET = 'e5cret-token-value';

test('a token’s life is told event by event, with label and time', async () => {
  const { clock, source, tokens, events } = setUp({ label });
  source.next(troubled(), refuses());
  const call = follow(tokens.get());
  await clock.advance(SECOND);
  await clock.advance(SECOND);
  const token = await tokens.refresh();
  await clock.advance(MINUTE);
  tokens.invalidate(token);
  tokens.noteReplay(true);
  tokens.noteReplay(false, clock.now() + 5 * SECOND);
  tokens.close();
  expect(call.error).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  const at = START_AT + 2 * SECOND;
  const later = at + MINUTE;
  expect(events).toEqual([
    { type: 'tokenRequested', ...label, at: START_AT },
    {
      type: 'tokenRequestFailed',
      error: { code: 'TOKEN_REQUEST_FAILED', message: 'the vendor answered 503', vendorStatus: 503 },
      failures: 1,
      failingSince: START_AT,
      nextAttemptAt: START_AT + SECOND,
      ...label,
      at: START_AT,
    },
    { type: 'tokenRequested', ...label, at: START_AT + SECOND },
    {
      type: 'tokenRequestDenied',
      error: { code: 'CREDENTIALS_REJECTED', message: 'the vendor answered 401', vendorStatus: 401 },
      denials: 1,
      failingSince: START_AT,
      nextAttemptAt: START_AT + 6 * SECOND,
      ...label,
      at: START_AT + SECOND,
    },
    { type: 'tokenRequested', ...label, at },
    {
      type: 'tokenObtained',
      expiresAt: at + HOUR,
      refreshesAt: at + 42 * MINUTE,
      sequence: 1,
      source: 'vendor',
      afterFailures: expect.any(Number),
      failingSince: START_AT,
      durationMs: 0,
      ...label,
      at,
    },
    { type: 'tokenRejected', ageMs: MINUTE, remainingMs: 59 * MINUTE, ...label, at: later },
    { type: 'callRetried', accepted: true, ...label, at: later },
    { type: 'callRetried', accepted: false, pausedUntil: later + 5 * SECOND, ...label, at: later },
    { type: 'tokenCacheClosed', ...label, at: later },
  ]);
});

test('a new token is told with where it is from', async () => {
  const { source, tokens, events } = setUp();
  for (const from of [undefined, 'vendor', 'store', undefined] as const) {
    source.next(async (signal, n) => ({ ...(await gives()(signal, n)), from }));
    await tokens.refresh();
  }
  const origins = events.flatMap((event) => (event.type === 'tokenObtained' ? [event.source] : []));
  expect(origins).toEqual(['vendor', 'vendor', 'store', 'vendor']);
});

test('a token says which one of its account it is, also after failures', async () => {
  const { source, tokens, events } = setUp();
  await tokens.refresh();
  source.next(troubled());
  await errorOf(tokens.refresh());
  await tokens.refresh();
  expect(events.flatMap((event) => (event.type === 'tokenObtained' ? [event.sequence] : []))).toEqual([1, 2]);
});

describe('a token that is rejected tells its age', () => {
  const told = (events: readonly AuthApisEvent[]): unknown[] =>
    events.flatMap((event) => (event.type === 'tokenRejected' ? [[event.ageMs, event.remainingMs]] : []));

  test('in whole milliseconds, whatever the wall clock does', async () => {
    const { clock, tokens, events } = await setUpWithToken();
    await clock.advance(10 * MINUTE + 0.4);
    clock.jumpWall(-DAY);
    tokens.invalidate(tokens.peek());
    expect(told(events)).toEqual([[10 * MINUTE, 50 * MINUTE]]);
  });

  test('from the start of the request that brought it, be it another replica’s', async () => {
    const { clock, source, tokens, events } = setUp();
    source.next(async () => ({ value: 'shared', lifetimeMs: HOUR, ageMs: 20 * MINUTE, from: 'store' }));
    const token = await tokens.get();
    await clock.advance(5 * MINUTE);
    tokens.invalidate(token);
    expect(told(events)).toEqual([[25 * MINUTE, 35 * MINUTE]]);
    const held = source.hold();
    const next = tokens.get();
    await clock.advance(2 * SECOND);
    held.give('slow');
    tokens.invalidate(await next);
    expect(told(events)[1]).toEqual([2 * SECOND, HOUR - 2 * SECOND]);
  });

  test('and has nothing left to live when it has ended', async () => {
    const { clock, tokens, events } = await setUpWithToken();
    await clock.advance(HOUR + SECOND);
    tokens.invalidate('token-1');
    expect(told(events)).toEqual([[HOUR + SECOND, 0]]);
  });
});

test('the status tells state, times and counters', async () => {
  const { clock, source, tokens } = await setUpWithToken(HOUR, { label });
  expect(tokens.status()).toEqual({
    ...label,
    state: 'fresh',
    requestedAt: START_AT,
    expiresAt: START_AT + HOUR,
    usableUntil: START_AT + HOUR,
    refreshesAt: START_AT + 42 * MINUTE,
    lastSuccessAt: START_AT,
    counters: { tokenRequests: 1, tokensObtained: 1, tokenRequestFailures: 0, tokensRejected: 0, callsRetried: 0 },
  });
  await clock.advance(50 * MINUTE);
  source.next(troubled());
  tokens.take();
  await clock.advance(0);
  expect(tokens.status()).toMatchObject({
    state: 'stale',
    nextAttemptAt: START_AT + 50 * MINUTE + SECOND,
    lastError: { code: 'TOKEN_REQUEST_FAILED', vendorStatus: 503, at: START_AT + 50 * MINUTE },
    counters: { tokenRequests: 2, tokensObtained: 1, tokenRequestFailures: 1 },
  });
});

test('the status tells since when attempts fail, until one succeeds', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled(), refuses());
  const since: (number | undefined)[] = [];
  for (let i = 0; i < 3; i++) {
    await tokens.refresh().catch(() => {});
    since.push(tokens.status().failingSince);
    await clock.advance(SECOND);
  }
  expect(since).toEqual([START_AT, START_AT, undefined]);
});

test('the status of an unused cache is none', () => {
  const { tokens } = setUp();
  expect(tokens.status()).toEqual({
    api: 'token',
    account: 'default',
    state: 'none',
    counters: { tokenRequests: 0, tokensObtained: 0, tokenRequestFailures: 0, tokensRejected: 0, callsRetried: 0 },
  });
});

test('a status is a snapshot: later counts do not change it', async () => {
  const { tokens } = await setUpWithToken();
  const before = tokens.status();
  await tokens.refresh();
  expect(before.counters.tokenRequests).toBe(1);
});

test('no inspection or serialization shows a token', async () => {
  const { clock, source, tokens, events } = setUp();
  source.always(gives(HOUR, SECRET));
  const token = await tokens.get();
  const held = source.hold();
  const pending = tokens.refresh();
  expect(token.value).toBe(SECRET);
  const shown = [
    tokens,
    token,
    Object.assign({}, token),
    tokens.status(),
    events,
    pending,
    Promise.resolve(token),
  ].flatMap((subject) => [
    inspect(subject, { showHidden: true, depth: Infinity, showProxy: true }),
    JSON.stringify(subject),
  ]);
  held.give(SECRET);
  await clock.advance(0);
  shown.push(inspect(pending, { showHidden: true, depth: Infinity }), token.toString());
  expect(shown.join('\n')).not.toContain(SECRET);
  expect(Object.keys(token)).toEqual(['requestedAt', 'expiresAt']);
});

test('an error of the wait shows no token either', async () => {
  const { clock, source, tokens } = setUp();
  source.next(gives(HOUR, SECRET)).always(troubled());
  tokens.invalidate(await tokens.get());
  const call = follow(tokens.get());
  await clock.advance(MINUTE);
  expect(inspect(call.error, { showHidden: true, depth: Infinity })).not.toContain(SECRET);
});

test('a token in a template string neither prints its value nor an object', () => {
  expect(String(new AccessToken(SECRET, 0, 1))).toBe('[AccessToken]');
});

test('invalidate() throws away the token at hand, given itself or its value, and no other', async () => {
  const { source, tokens } = await setUpWithToken();
  const first = tokens.peek()!;
  expect(tokens.invalidate('another')).toBe(false);
  expect(tokens.peek()).toBe(first);
  expect(tokens.invalidate(first)).toBe(true);
  expect(tokens.invalidate(first)).toBe(false);
  expect(tokens.peek()).toBeUndefined();
  const second = await tokens.get();
  expect(tokens.invalidate(first)).toBe(false);
  expect(tokens.invalidate(second.value)).toBe(true);
  expect(source.requests).toBe(2);
  expect(tokens.status().counters.tokensRejected).toBe(2);
});

test('peek() neither asks nor counts as use', async () => {
  const { clock, source, tokens } = setUp();
  expect(tokens.peek()).toBeUndefined();
  await clock.advance(SECOND);
  expect(source.requests).toBe(0);
  expect(tokens.isInUse()).toBe(false);
  expect(await errorOf(tokens.get({ signal: AbortSignal.abort() }))).toBeDefined();
});
