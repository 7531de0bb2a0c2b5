import { standingOf } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { DAY, refuses, SECOND, setUp, setUpWithToken, troubled } from '../../support/token-source.js';

test.each(['fresh', 'stale', 'expiring'] as const)('a token that is %s is up, and failing after a setback', (state) => {
  expect(standingOf({ state })).toBe('up');
  expect(standingOf({ state, nextAttemptAt: 1 })).toBe('failing');
});

test.each(['none', 'expired'] as const)('%s is idle while nothing has failed, and down when it has', (state) => {
  expect(standingOf({ state })).toBe('idle');
  expect(standingOf({ state, nextAttemptAt: 1 })).toBe('down');
});

test.each(['refused', 'closed'] as const)('%s is down', (state) => {
  expect(standingOf({ state })).toBe('down');
});

test('an account goes from idle to down, and up again; trouble with a living token is failing', async () => {
  const { clock, source, tokens } = setUp();
  tokens.watch({ tokenChanged: () => {}, seesToRefresh: () => true, hasPlan: true });
  expect(standingOf(tokens.status())).toBe('idle');
  source.next(refuses());
  await tokens.refresh().catch(() => {});
  expect(standingOf(tokens.status())).toBe('down');
  await tokens.refresh();
  expect(standingOf(tokens.status())).toBe('up');
  source.next(troubled());
  await tokens.refresh().catch(() => {});
  expect(standingOf(tokens.status())).toBe('failing');
  await clock.advance(tokens.status().expiresAt! - clock.wallNow());
  expect(standingOf(tokens.status())).toBe('down');
});

test('after the end of the app it is down', async () => {
  const { tokens } = await setUpWithToken();
  tokens.close();
  expect(standingOf(tokens.status())).toBe('down');
});

test('trouble whose next attempt nobody will make is over: it must not keep away the call that would end it', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  await tokens.refresh().catch(() => {});
  expect([standingOf(tokens.status()), tokens.standing]).toEqual(['down', 'down']);
  await clock.advance(3 * SECOND);
  expect(tokens.status().nextAttemptAt).toBeUndefined();
  expect([standingOf(tokens.status()), tokens.standing]).toEqual(['idle', 'idle']);
});

test('trouble whose next attempt waits for its turn is not over', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  tokens.watch({ tokenChanged: () => {}, seesToRefresh: () => true, hasPlan: true });
  await tokens.refresh().catch(() => {});
  await clock.advance(3 * SECOND);
  expect([standingOf(tokens.status()), tokens.standing]).toEqual(['down', 'down']);
});

test('a refusal lasts until somebody asks again', async () => {
  const { clock, source, tokens } = setUp();
  source.next(refuses());
  await tokens.refresh().catch(() => {});
  await clock.advance(DAY);
  expect(standingOf(tokens.status())).toBe('down');
});
