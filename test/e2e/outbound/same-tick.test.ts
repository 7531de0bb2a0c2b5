import { Agent } from 'node:http';
import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { sparkflyApp } from '../../support/vendors.js';

/** Tells how often a request has come down to the socket. */
class CountingAgent extends Agent {
  reached = 0;

  addRequest(...args: unknown[]): void {
    this.reached++;
    (Agent.prototype as unknown as { addRequest: (...args: unknown[]) => void }).addRequest.apply(this, args);
  }
}

/** How many turns of the microtask queue a call takes until it is at the socket. */
async function turnsOf(agent: CountingAgent, call: () => Promise<unknown>): Promise<number> {
  const { reached } = agent;
  const answer = call();
  let turns = 0;
  for (; agent.reached === reached; turns++) await Promise.resolve();
  await answer;
  return turns;
}

test('a call whose token is there is at the socket in the same tick as a call without us', async () => {
  const httpAgent = new CountingAgent({ keepAlive: true });
  const { vendor, app, client } = await sparkflyApp({ account: { http: { httpAgent } } });
  const { value } = await client.tokens.get();
  const own = axios.create({ baseURL: vendor.baseURL, httpAgent, headers: { 'X-Auth-Token': value } });
  const attached = new HttpService(axios.create({ baseURL: vendor.baseURL, httpAgent }));
  app.get(OutboundAuthorizationInterceptor).attach(attached);
  const calls = { reached: httpAgent.reached, api: vendor.counters.apiRequests };

  const bare = await turnsOf(httpAgent, () => own.get('/offers'));
  expect(await turnsOf(httpAgent, () => attached.axiosRef.get('/offers'))).toBe(bare);
  expect(await turnsOf(httpAgent, () => client.axiosRef.get('/offers'))).toBe(bare);
  expect(await turnsOf(httpAgent, () => firstValueFrom(client.get('/offers')))).toBe(bare);
  expect(await turnsOf(httpAgent, () => firstValueFrom(attached.get('/offers')))).toBe(bare);

  expect(httpAgent.reached - calls.reached).toBe(5);
  expect(vendor.counters.apiRequests - calls.api).toBe(5);
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('a call that waits for a token is not: the count can tell', async () => {
  const httpAgent = new CountingAgent({ keepAlive: true });
  const { vendor, client } = await sparkflyApp({ account: { http: { httpAgent } } });
  const own = axios.create({ baseURL: vendor.baseURL, httpAgent });
  const bare = await turnsOf(httpAgent, () => own.get('/offers').catch(() => {}));
  const call = firstValueFrom(client.get('/offers'));
  const { reached } = httpAgent;
  for (let i = 0; i <= bare; i++) await Promise.resolve();
  expect(httpAgent.reached).toBeLessThanOrEqual(reached + 1); // the token request at most
  await call;
  expect(vendor.counters.apiRequests).toBe(2);
});
