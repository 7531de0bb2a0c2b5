import type { TokenUnavailableError } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { acmeApp, json, keyOf, oneAccount } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';
import { expectNoSecret } from '../../support/leaks.js';

const MINUTE = 60_000;

test.each<[string, unknown, number]>([
  ['as long as the answer says', 600, 10],
  ['that long too when a string says so', '600', 10],
  ['the documented life when it says nothing', undefined, 30],
  ['the documented life when it says rubbish', 'soon', 30],
  ['the documented life when it says zero', 0, 30],
  ['the documented life when it says less', -5, 30],
  ['the documented life when it says more than a year', 400 * 86_400, 30],
  ['the documented life when it says infinity', '1e999', 30],
])('a token lives %s', async (_, seconds, minutes) => {
  const clock = new ManualClock();
  const { vendor, client } = await acmeApp(oneAccount(), { clock, refresh: { enabled: false } });
  vendor.seconds = seconds;
  const { requestedAt, expiresAt } = await client.tokens.get();
  expect((expiresAt - requestedAt) / MINUTE).toBe(minutes);
  await clock.advance(minutes * MINUTE);
  await firstValueFrom(client.get('/things'));
  expect(vendor.asks).toHaveLength(2);
});

test('tokenLifetimeMs of the account can shorten what the answer says, and not lengthen it', async () => {
  const life = async (tokenLifetimeMs: number) => {
    const { client } = await acmeApp(oneAccount({ tokenLifetimeMs }));
    const { requestedAt, expiresAt } = await client.tokens.get();
    return (expiresAt - requestedAt) / MINUTE;
  };
  expect(await life(5 * MINUTE)).toBe(5);
  expect(await life(50 * MINUTE)).toBe(30);
});

test('what the vendor says of wrong credentials is in the error, and one request is all it takes', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  vendor.keys = () => [];
  const error = await failureOf(client.get('/things'));
  expect(error).toMatchObject({
    name: 'CredentialsRejectedError',
    code: 'CREDENTIALS_REJECTED',
    api: 'acme',
    account: 'default',
    vendorStatus: 401,
    error: 'no such key',
  });
  expect(error.message).toMatch(/^acme: POST 127\.0\.0\.1:\d+\/v2\/login\/token answered 401 \(no such key\)$/);
  await failureOf(client.get('/things'));
  expect(vendor.asks).toHaveLength(1);
  expect(vendor.calls).toHaveLength(0);
});

test('a secret that the vendor says again is taken out of its words', async () => {
  const { vendor, client } = await acmeApp(oneAccount());
  vendor.intercept = ({ key }, response) => (json(response, 403, { reason: `the key "${key}" is wrong` }), true);
  const error = await failureOf(client.get('/things'));
  expect(error).toMatchObject({ error: 'the key "[secret]" is wrong' });
  expectNoSecret(error, [keyOf('me')]);
});

test.each<[string, (answer: { status: number; body: string }) => void]>([
  ['no JSON', (answer) => (answer.body = '<html>maintenance</html>')],
  ['no token', (answer) => (answer.body = '{}')],
  ['a token of two words', (answer) => (answer.body = '{"access":"a b"}')],
  ['a token with a line break', (answer) => (answer.body = '{"access":"a\\r\\nX-Evil: 1"}')],
  ['a number for a token', (answer) => (answer.body = '{"access":4711}')],
  ['an array', (answer) => (answer.body = '[{"access":"a"}]')],
  ['nothing', (answer) => (answer.body = '')],
])('a 200 with %s is trouble: typed, and tried again', async (_, spoil) => {
  const { vendor, client } = await acmeApp(oneAccount(), { tokenWaitTimeoutMs: 500 });
  const answer = { status: 200, body: '' };
  spoil(answer);
  vendor.intercept = (_, response) => (response.end(answer.body), true);
  const error = await failureOf<TokenUnavailableError>(client.get('/things'));
  expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', retryable: true });
  expect(error.cause).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: 200 });
  vendor.intercept = () => false;
  await client.tokens.refresh();
  await firstValueFrom(client.get('/things'));
  expect(vendor.calls).toHaveLength(1);
});
