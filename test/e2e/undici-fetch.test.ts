import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import type { Dispatcher } from 'undici';
import { Agent, fetch as fetchOfUndici } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failureOf, sleep, until } from '../support/outcome.js';
import { nodeFetchTakesDispatchers } from '../support/undici-major.js';
import { sparkflyApp } from '../support/vendors.js';

type Fetch = (url: string, init: { dispatcher: Dispatcher; [key: string]: unknown }) => Promise<Response>;

const ofNode: [string, Fetch] = ['Node’s own fetch', fetch as unknown as Fetch];
const fetches: [string, Fetch][] = [
  ['the fetch of undici', fetchOfUndici],
  ...(nodeFetchTakesDispatchers ? [ofNode] : []),
];

async function setUp(authLatencyMs = 0) {
  const { vendor, client } = await sparkflyApp({ fake: { authLatencyMs } });
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return { vendor, client, dispatcher: agent.compose(authorizationInterceptor(client)) };
}

describe.each(fetches)('%s through a dispatcher', (_, fetch) => {
  test('is authorized, and repeated after a 401', async () => {
    const { vendor, dispatcher } = await setUp();
    vendor.rejectNext();
    const response = await fetch(`${vendor.baseURL}/offers`, { dispatcher });
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveLength(3);
    expect(vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 2 });
  });

  test('sends a body once: fetch makes a stream of every one', async () => {
    const { vendor, client, dispatcher } = await setUp();
    await client.tokens.get();
    vendor.revokeTokens();
    const response = await fetch(`${vendor.baseURL}/echo`, { dispatcher, method: 'POST', body: 'text' });
    expect(response.status).toBe(401);
    await response.text();
    expect(vendor.counters.apiRequests).toBe(1);
    const next = await fetch(`${vendor.baseURL}/echo`, { dispatcher, method: 'POST', body: 'text' });
    expect(await next.json()).toMatchObject({ body: 'text' });
    expect(vendor.counters.tokenRequests).toBe(2);
  });

  test('gives up waiting for a token when its signal fires', async () => {
    const { vendor, client, dispatcher } = await setUp(200);
    const controller = new AbortController();
    const failure = failureOf<Error>(fetch(`${vendor.baseURL}/offers`, { dispatcher, signal: controller.signal }));
    await until(() => vendor.counters.tokenRequests === 1);
    controller.abort();
    expect((await failure).name).toBe('AbortError');
    await until(() => client.tokens.peek() !== undefined);
    await sleep(20);
    expect(vendor.counters.apiRequests).toBe(0);
  });

  test('fails with what the token request met as its cause', async () => {
    const { vendor, dispatcher } = await setUp();
    vendor.rotateKey('another');
    const error = await failureOf<Error>(fetch(`${vendor.baseURL}/offers`, { dispatcher }));
    expect(error.cause).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
    expect(vendor.counters.apiRequests).toBe(0);
  });
});
