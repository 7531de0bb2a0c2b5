import type { RequestListener } from 'node:http';
import type { AxiosError } from 'axios';
import { SparkflyClient } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { failureOf, sleep } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const LOAD_MS = 4_000;

/** One of its servers is quick to refuse, the others take their time. */
function unevenRefusals(): RequestListener {
  let count = 0;
  return (_, response) => {
    const i = count++;
    const latency = i % 10 === 0 ? 0 : 1_000 + ((i * 131) % 1_000);
    setTimeout(() => response.writeHead(401).end('{}'), latency);
  };
}

test('an API that refuses every token, soon or late, buys one in the first seconds, and all callers get their 401', async () => {
  const vendor = await fakeSparkfly();
  const api = await plainServer(unevenRefusals());
  const account = sparkflyAccount(vendor, { baseURL: api.origin, tokenURL: vendor.tokenURL });
  const app = await startApp({ prefetch: 'none', random: () => 0, sparkfly: account });
  const client = app.get(SparkflyClient);
  await client.tokens.get();
  const calls: Promise<AxiosError>[] = [];
  const endsAt = performance.now() + LOAD_MS;
  while (performance.now() < endsAt) {
    calls.push(failureOf(client.get('/offers')), failureOf(client.get('/offers')));
    await sleep(20);
  }
  // The first 401 buys one. It is on trial until the API has said what it thinks of it; then comes a pause of 5 s.
  expect(vendor.counters.tokenRequests).toBe(2);
  const errors = await Promise.all(calls);
  expect(errors.length).toBeGreaterThan(100);
  expect(errors.map(({ response }) => response?.status)).toEqual(Array(errors.length).fill(401));
});
