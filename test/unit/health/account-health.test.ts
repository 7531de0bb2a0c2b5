import { expect, test } from 'vitest';
import { accountHealth } from '../../../lib/health/account-health.js';
import { HOUR, refuses, setUp, setUpWithToken, START_AT, troubled } from '../../support/token-source.js';

const who = { api: 'token', account: 'default' };

test('before the first token there is nothing to tell but that', () => {
  expect(accountHealth(setUp().tokens.status())).toEqual({ ...who, health: 'idle', state: 'none' });
});

test('while all is well, until when the token lives', async () => {
  const { tokens } = await setUpWithToken();
  const tokenUsableUntil = '2026-01-15T13:00:00Z';
  expect(accountHealth(tokens.status())).toEqual({ ...who, health: 'up', state: 'fresh', tokenUsableUntil });
});

test('in trouble, since when, why, and what is next; after recovery no word of it', async () => {
  const { tokens, source, clock } = await setUpWithToken();
  await clock.advance(HOUR / 2);
  source.next(troubled(), troubled());
  await tokens.refresh().catch(() => {});
  await clock.advance(10_000);
  await tokens.refresh().catch(() => {});
  expect(accountHealth(tokens.status())).toEqual({
    ...who,
    health: 'failing',
    state: 'fresh',
    tokenUsableUntil: '2026-01-15T13:00:00Z',
    failingSince: '2026-01-15T12:30:00Z',
    error: { code: 'TOKEN_REQUEST_FAILED', message: 'the vendor answered 503', vendorStatus: 503 },
    nextAttemptAt: '2026-01-15T12:30:12Z',
  });
  await tokens.refresh();
  const tokenUsableUntil = '2026-01-15T13:30:10Z';
  expect(accountHealth(tokens.status())).toEqual({ ...who, health: 'up', state: 'fresh', tokenUsableUntil });
});

test('without a living token there is no end of one, and no nextAttemptAt once the app is down', async () => {
  const { tokens, source } = setUp();
  source.next(refuses());
  await tokens.refresh().catch(() => {});
  const health = accountHealth(tokens.status());
  expect(health).toMatchObject({ health: 'down', state: 'denied', failingSince: '2026-01-15T12:00:00Z' });
  expect(health).toMatchObject({ error: { code: 'CREDENTIALS_REJECTED', vendorStatus: 401 } });
  expect(new Date(health.nextAttemptAt!).getTime()).toBeGreaterThan(START_AT);
  expect(health).not.toHaveProperty('tokenUsableUntil');
  tokens.close();
  expect(accountHealth(tokens.status())).toEqual({ ...who, health: 'down', state: 'closed' });
});
