import { healthOf } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { DAY, refuses, SECOND, setUp, setUpWithToken, troubled } from '../../support/token-source.js';

test.each(['fresh', 'stale', 'expiring'] as const)('a token that is %s is up, and failing after a setback', (state) => {
  expect(healthOf({ state })).toBe('up');
  expect(healthOf({ state, nextAttemptAt: 1 })).toBe('failing');
});

test.each(['none', 'expired'] as const)('%s is idle while nothing has failed, and down when it has', (state) => {
  expect(healthOf({ state })).toBe('idle');
  expect(healthOf({ state, nextAttemptAt: 1 })).toBe('down');
});

test.each(['denied', 'closed'] as const)('%s is down', (state) => {
  expect(healthOf({ state })).toBe('down');
});

test('an account goes from idle to down, and up again; trouble with a living token is failing', async () => {
  const { clock, source, tokens } = setUp();
  tokens.watch({ tokenChanged: () => {}, seesToRefresh: () => true, hasPlan: true });
  expect(healthOf(tokens.status())).toBe('idle');
  source.next(refuses());
  await tokens.refresh().catch(() => {});
  expect(healthOf(tokens.status())).toBe('down');
  await tokens.refresh();
  expect(healthOf(tokens.status())).toBe('up');
  source.next(troubled());
  await tokens.refresh().catch(() => {});
  expect(healthOf(tokens.status())).toBe('failing');
  await clock.advance(tokens.status().expiresAt! - clock.wallNow());
  expect(healthOf(tokens.status())).toBe('down');
});

test('after the end of the app it is down', async () => {
  const { tokens } = await setUpWithToken();
  tokens.close();
  expect(healthOf(tokens.status())).toBe('down');
});

test('trouble whose next attempt nobody will make is over: it must not keep away the call that would end it', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  await tokens.refresh().catch(() => {});
  expect([healthOf(tokens.status()), tokens.health]).toEqual(['down', 'down']);
  await clock.advance(3 * SECOND);
  expect(tokens.status().nextAttemptAt).toBeUndefined();
  expect([healthOf(tokens.status()), tokens.health]).toEqual(['idle', 'idle']);
});

test('trouble whose next attempt waits for its turn is not over', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  tokens.watch({ tokenChanged: () => {}, seesToRefresh: () => true, hasPlan: true });
  await tokens.refresh().catch(() => {});
  await clock.advance(3 * SECOND);
  expect([healthOf(tokens.status()), tokens.health]).toEqual(['down', 'down']);
});

test('a refusal lasts until somebody asks again', async () => {
  const { clock, source, tokens } = setUp();
  source.next(refuses());
  await tokens.refresh().catch(() => {});
  await clock.advance(DAY);
  expect(healthOf(tokens.status())).toBe('down');
});
