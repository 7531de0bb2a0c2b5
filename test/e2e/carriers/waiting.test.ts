import { isTokenUnavailableError } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { acmeApp } from '../../support/acme.js';
import { carriers, sparkflyOver, verbitOver } from '../../support/carriers.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep, timed, until } from '../../support/outcome.js';

const CALLS = 200;

describe.each(carriers)('$name', (carrier) => {
  test('hundreds of calls without a token request one, are not sent before, and all succeed', async () => {
    const { vendor, send } = await verbitOver(carrier, { fake: { tokenLatencyMs: 50 } });
    const answers = Promise.all(Array.from({ length: CALLS }, (_, i) => send(`/orders/${i}`)));
    await until(() => vendor.counters.tokenRequests === 1);
    expect(vendor.counters.apiRequests).toBe(0);
    expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([200]));
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: CALLS, apiUnauthorized: 0 });
  });

  test('a call fails with a typed error when no token can be had', async () => {
    const { vendor, send } = await verbitOver(carrier, { options: { tokenWaitTimeoutMs: 100 } });
    vendor.failNext({ status: 503, times: Infinity });
    expect(isTokenUnavailableError(await failureOf(send('/orders/1')))).toBe(true);
    expect(vendor.counters.apiRequests).toBe(0);
  });

  test('a signal ends the wait for a token at once, and nothing is sent; the token request goes on', async () => {
    const { vendor, client, send } = await verbitOver(carrier, { fake: { tokenLatencyMs: 400 } });
    const controller = new AbortController();
    const failure = failureOf<Error>(send('/orders/1', { signal: controller.signal }));
    await until(() => vendor.counters.tokenRequests === 1);
    const reason = new Error('enough');
    const took = await timed(async () => {
      controller.abort(reason);
      expect(await failure).toMatchObject(carrier.abortedWith(reason));
    });
    expect(took).toBeLessThan(200);
    await until(() => client.tokens.peek() !== undefined);
    await sleep(20);
    expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 0 });
  });

  test('a signal that has fired already asks for no token', async () => {
    const { vendor, send } = await verbitOver(carrier);
    const reason = new Error('enough');
    const failure = failureOf<Error>(send('/orders/1', { signal: AbortSignal.abort(reason) }));
    expect(await failure).toMatchObject(carrier.abortedWith(reason));
    await sleep(20);
    expect(vendor.requests).toHaveLength(0);
  });

  test('the account of a client that is looked up is the one whose token goes out', async () => {
    const { vendor, app, client } = await acmeApp();
    const send = carrier.over(app, client.for('tenant-1') as never);
    // An HttpService of the app's stands for no account.
    const authApis = carrier.name === 'attach' ? { account: 'tenant-1' } : {};
    const { text } = await send(`${vendor.baseURL}/things`, { authApis });
    expect(JSON.parse(text)).toMatchObject({ id: 'tenant-1' });
    expect(vendor.asks).toHaveLength(1);
  });

  test('where accounts are looked up, a call that says for none is a typed error, and nothing is sent', async () => {
    const { vendor, app, client } = await acmeApp();
    // Over undici it is refused when the dispatcher is made.
    const call = async () => carrier.over(app, client as never)(`${vendor.baseURL}/things`);
    expect(await failureOf(call())).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT' });
    expect(vendor.asks).toHaveLength(0);
  });

  test('answers and errors show no token', async () => {
    const { vendor, send } = await sparkflyOver(carrier);
    vendor.rejectNext();
    expectNoSecret(await send('/offers'), vendor.tokensIssued);
    vendor.failNext({ on: 'api', action: 'reset' });
    expectNoSecret(await failureOf(send('/offers')), vendor.tokensIssued);
    vendor.failNext({ on: 'api', action: 'hang' });
    expectNoSecret(await failureOf(send('/offers', { signal: AbortSignal.timeout(30) })), vendor.tokensIssued);
    vendor.failNext({ on: 'api', status: 302, headers: { Location: 'http://' } });
    expectNoSecret(await failureOf(send('/offers')), vendor.tokensIssued);
    expectNoSecret(send, vendor.tokensIssued);
    expect(vendor.tokensIssued).toHaveLength(2);
  });
});
