import { AuthApis, TokenRefreshScheduler, VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { logLines } from '../../support/log-lines.js';
import { failureOf, sleep, timed, until } from '../../support/outcome.js';
import { fakeVerbit, verbitAccount } from '../../support/vendors.js';

test('in the background, the default, the boot does not wait and the token comes without a call', async () => {
  const vendor = await fakeVerbit({ tokenLatencyMs: 100 });
  const app = await startApp({ verbit: verbitAccount(vendor) });
  const client = app.get(VerbitClient);
  expect(client.tokens.peek()).toBeUndefined();
  await until(() => client.tokens.peek() !== undefined);
  await firstValueFrom(client.get('/orders/1'));
  expect(vendor.counters.tokenRequests).toBe(1);
  expect(app.get(TokenRefreshScheduler).upcoming()).toMatchObject([
    { api: 'verbit', account: 'default', action: 'refresh' },
  ]);
});

test('a vendor that hangs does not hold up the boot', async () => {
  const vendor = await fakeVerbit();
  vendor.failNext({ action: 'hang', times: Infinity });
  const took = await timed(() => startApp({ verbit: verbitAccount(vendor) }));
  expect(took).toBeLessThan(1_000);
});

test('await: the token is there when the boot is done', async () => {
  const vendor = await fakeVerbit({ tokenLatencyMs: 50 });
  const app = await startApp({ prefetch: 'await', verbit: verbitAccount(vendor) });
  expect(app.get(VerbitClient).tokens.peek()).toBeDefined();
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('await: refused credentials fail the boot', async () => {
  const vendor = await fakeVerbit();
  const verbit = verbitAccount(vendor, { apiKey: 'a-wrong-key' });
  const error = await failureOf(startApp({ prefetch: 'await', verbit }));
  expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', api: 'verbit', account: 'default' });
  expect(error.message).not.toContain('a-wrong-key');
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('await: one account with refused credentials fails the boot beside one that is fine', async () => {
  const vendor = await fakeVerbit();
  const verbit = [verbitAccount(vendor), verbitAccount(vendor, { name: 'b', apiKey: 'a-wrong-key' })];
  expect(await failureOf(startApp({ prefetch: 'await', verbit }))).toMatchObject({ account: 'b' });
});

test('await: trouble is logged alone, and the boot waits no longer than tokenWaitTimeoutMs', async () => {
  const vendor = await fakeVerbit();
  vendor.failNext({ status: 503, times: Infinity });
  const took = await timed(async () => {
    const app = await startApp({ prefetch: 'await', tokenWaitTimeoutMs: 300, verbit: verbitAccount(vendor) });
    expect(app.get(AuthApis).statuses()).toMatchObject([{ state: 'none', lastError: { vendorStatus: 503 } }]);
  });
  expect(took).toBeLessThan(2_000);
});

test('await: a vendor that hangs holds up the boot for tokenWaitTimeoutMs', async () => {
  const vendor = await fakeVerbit();
  vendor.failNext({ action: 'hang', times: Infinity });
  const took = await timed(() =>
    startApp({ prefetch: 'await', tokenWaitTimeoutMs: 200, verbit: verbitAccount(vendor) }),
  );
  expect(took).toBeGreaterThanOrEqual(195);
  expect(took).toBeLessThan(2_000);
});

test('none: no token is asked for before the first call', async () => {
  const vendor = await fakeVerbit();
  const app = await startApp({ prefetch: 'none', verbit: verbitAccount(vendor) });
  await sleep(50);
  expect(vendor.counters.tokenRequests).toBe(0);
  expect(app.get(TokenRefreshScheduler).upcoming()).toEqual([]);
  await firstValueFrom(app.get(VerbitClient).get('/orders/1'));
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('refused credentials in the background are told in one line, however many calls meet them', async () => {
  const vendor = await fakeVerbit();
  const app = await startApp({ verbit: verbitAccount(vendor, { apiKey: 'a-wrong-key' }) });
  const lines = logLines('error');
  const client = app.get(VerbitClient);
  for (let i = 0; i < 5; i++) {
    expect(await failureOf(client.get('/orders/1'))).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
  }
  expect(vendor.counters.tokenRequests).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/verbit.*401.*refuses the credentials.*next attempt/)]);
});
