import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { sparkflyApp } from '../../support/vendors.js';

const DAY = 24 * 3_600_000;

test('tokenLifetimeMs is the life of a token that does not tell its own', async () => {
  const { client } = await sparkflyApp({ account: { tokenLifetimeMs: 60_000 } });
  const { requestedAt, expiresAt } = await client.tokens.get();
  expect(expiresAt - requestedAt).toBe(60_000);
});

test.each([367 * DAY, 1e16, Number.MAX_VALUE])('a tokenLifetimeMs of %d is no immortality', async (tokenLifetimeMs) => {
  const booted = sparkflyApp({ account: { tokenLifetimeMs } });
  const refused = await booted.then(
    () => false,
    () => true,
  );
  if (refused) {
    expect(await failureOf(booted)).toMatchObject({ code: 'INVALID_OPTIONS' });
    return;
  }
  const { client } = await booted;
  await firstValueFrom(client.get('/offers'));
  const { requestedAt, expiresAt } = await client.tokens.get();
  expect(expiresAt - requestedAt).toBe(DAY);
});
