// Covers `lib/token/token-record.ts`: what is reported of a rejected token.
import { CredentialsRejectedError, TokenEndpointError } from 'nestjs-auth-apis';
import type { AuthApisError } from 'nestjs-auth-apis';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TokenReplacement } from '../../../lib/token/token-replacement.js';
import {
  errorOf,
  fails,
  follow,
  gives,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  setUpWithToken,
  troubled,
} from '../../support/token-source.js';

const label = { api: 'sparkfly', account: 'east' };

describe('an error says whose token it is about and what the last attempt met', () => {
  test('when no token came in time', async () => {
    const { clock, source, tokens } = setUp({ label });
    source.always(
      fails(() => new TokenEndpointError('sparkfly "east": POST vendor.test answered 503', { retryable: true })),
    );
    const call = follow(tokens.get());
    await clock.advance(MINUTE);
    expect((call.error as Error).message).toBe(
      'sparkfly "east": no token in time: the last attempt failed (POST vendor.test answered 503); ' +
        'try again at 2026-01-15T12:00:15Z',
    );
  });

  test('when what the attempt met names no account', async () => {
    const { clock, source, tokens } = setUp({ label });
    source.always(troubled());
    const call = follow(tokens.get());
    await clock.advance(MINUTE);
    expect((call.error as Error).message).toContain('the last attempt failed (the vendor answered 503)');
  });

  test('when the vendor has not answered yet', async () => {
    const { clock, source, tokens } = setUp({ label, tokenWaitTimeoutMs: 2 * SECOND });
    source.always(hangs());
    const call = follow(tokens.get());
    await clock.advance(2 * SECOND);
    expect((call.error as Error).message).toBe(
      'sparkfly "east": no token in time: the vendor has not answered yet; try again at 2026-01-15T12:00:05Z',
    );
  });

  test('when the app shuts down', async () => {
    const { tokens } = setUp({ label });
    tokens.close();
    const { message } = await errorOf(tokens.get());
    expect(message).toBe('sparkfly "east": the app is shutting down, no token is asked for any more');
  });

  test('when an attempt took too long', async () => {
    const { clock, source, tokens } = setUp({ label });
    source.always(hangs());
    const call = follow(tokens.refresh());
    await clock.advance(5 * SECOND);
    expect(call.error).toMatchObject({
      message: 'sparkfly "east": no answer from the token endpoint within 5 s (tokenRequestTimeoutMs)',
      ...label,
      retryable: true,
    });
  });

  test('when the token was dead already', async () => {
    const { source, tokens } = setUp({ label });
    source.next(gives(0));
    const { message } = await errorOf(tokens.refresh());
    expect(message).toBe('sparkfly "east": the vendor handed out a token that is already dead');
  });

  test.each([
    [new TypeError('boom'), 'TypeError: boom'],
    ['boom', 'something that is not an Error'],
  ])('when a token source threw %s', async (thrown, said) => {
    const { source, tokens } = setUp({ label });
    source.next(fails(() => thrown));
    const error = await errorOf<AuthApisError>(tokens.refresh());
    expect(error.message).toBe(`sparkfly "east": the token request threw ${said}`);
    expect(error.retryable).toBe(true);
  });
});

describe('what is not known is absent, not undefined', () => {
  test('in the status of an unused cache', () => {
    expect(Object.keys(setUp().tokens.status())).toEqual(['api', 'account', 'state', 'counters']);
  });

  test('in what is told of a failure without an answer and without a living token', async () => {
    const { source, tokens, events } = setUp();
    source.next(fails(() => new TokenEndpointError('reset', { retryable: true })));
    await errorOf(tokens.refresh());
    const failed = events.find(({ type }) => type === 'tokenRequestFailed')!;
    expect(failed).not.toHaveProperty('tokenUsableUntil');
    expect(failed).not.toHaveProperty('error.status');
  });
});

test('replayed calls are counted', async () => {
  const { clock, tokens } = await setUpWithToken();
  const replacement = new TokenReplacement(tokens, clock, () => 0);
  replacement.replayed(tokens.peek()!, true);
  replacement.replayed(tokens.peek()!, true);
  expect(tokens.status().counters.callsRetried).toBe(2);
});

test('the status is refused when the token has died since the vendor said no', async () => {
  const { clock, source, tokens } = await setUpWithToken(MINUTE);
  source.always(refuses());
  await errorOf(tokens.refresh());
  expect(tokens.status().state).toBe('fresh');
  await clock.advance(MINUTE);
  expect(tokens.status().state).toBe('denied');
});

test('an account counts as in use for the length of one life after a call', async () => {
  const { clock, tokens } = await setUpWithToken();
  await clock.advance(HOUR - 1);
  expect(tokens.isInUse()).toBe(true);
  await clock.advance(1);
  expect(tokens.isInUse()).toBe(false);
});

test('whoever plans is told when an attempt begins: nothing is due while it is under way', async () => {
  const { source, tokens } = setUp();
  const held = source.hold();
  const told: unknown[] = [];
  tokens.watch({ tokenChanged: () => void told.push(tokens.due()), seesToRefresh: () => false, hasPlan: false });
  const refreshed = tokens.refresh();
  expect(told).toEqual([undefined]);
  held.give('token-1');
  await refreshed;
  expect(told).toEqual([undefined, expect.objectContaining({ action: 'refresh' })]);
});

test('a token that is inspected with its getters shows its times and not itself', async () => {
  const { tokens } = await setUpWithToken();
  const shown = inspect(tokens.peek(), { getters: true });
  expect(shown).toContain('expiresAt');
  expect(shown).not.toContain('token-1');
});

test('a refusal with Retry-After cools down as every refusal does', async () => {
  const { clock, source, tokens } = setUp();
  source.next(fails(() => new CredentialsRejectedError('no', { vendorStatus: 401, retryAfterMs: MINUTE })));
  await errorOf(tokens.get());
  expect(tokens.status().nextAttemptAt).toBe(clock.wallNow() + 5 * SECOND);
});
