import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { sparkflyApp, verbitApp } from '../../support/vendors.js';

test.each([
  ['sync', (key: () => string) => key],
  ['async', (key: () => string) => async () => key()],
])('a secret given as a %s function is read at every token request: rotation needs no restart', async (_, wrap) => {
  let key = 'first-key';
  let reads = 0;
  const apiKey = wrap(() => (reads++, key));
  const { vendor, client } = await verbitApp({ fake: { apiKey: key }, account: { apiKey } });
  await firstValueFrom(client.get('/orders/1'));
  await firstValueFrom(client.get('/orders/1'));
  expect(reads).toBe(1);
  vendor.rotateKey((key = 'second-key'));
  vendor.revokeTokens();
  expect((await firstValueFrom(client.get('/orders/1'))).status).toBe(200);
  expect(reads).toBe(2);
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, tokenRequestsDenied: 0 });
});

test('a refused account heals at the next call once its function gives the new key', async () => {
  let key = 'first-key';
  const { vendor, client } = await sparkflyApp({ fake: { key }, account: { key: () => key } });
  vendor.rotateKey('second-key');
  expect(await failureOf(client.get('/offers'))).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  key = 'second-key';
  expect((await firstValueFrom(client.get('/offers'))).status).toBe(200);
  expect(vendor.counters.tokenRequests).toBe(2);
});

test('a function that throws is trouble, told without what it threw', async () => {
  const account = { apiKey: () => Promise.reject(new Error('vault token s.1234 expired')) };
  const { vendor, client } = await verbitApp({ account, options: { tokenWaitTimeoutMs: 500 } });
  const error = await failureOf<Error & { cause: Error }>(client.get('/orders/1'));
  expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', cause: { code: 'SECRET_UNAVAILABLE', retryable: true } });
  expect(error.cause.message).toContain('`apiKey`');
  expect(`${error.message} ${error.cause.message}`).not.toContain('s.1234');
  expect(vendor.requests).toHaveLength(0);
});

test.each([['a line\nbreak'], [''], [undefined], ['ключ'], [' outer spaces ']])(
  'a function that gives %j sends nothing',
  async (value) => {
    const account = { apiKey: () => value as string };
    const { vendor, client } = await verbitApp({ account, options: { tokenWaitTimeoutMs: 500 } });
    const error = await failureOf<Error & { cause: Error }>(client.get('/orders/1'));
    expect(error).toMatchObject({ cause: { code: 'SECRET_UNAVAILABLE' } });
    if (value?.trim()) expect(error.cause.message).not.toContain(value.trim());
    expect(vendor.requests).toHaveLength(0);
  },
);
