// A few calls by each way that there is, with the oldest of everything that is promised; run to its end.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, SparkflyClient } from 'nestjs-auth-apis';
import { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { firstValueFrom } from 'rxjs';
import { Agent, request } from 'undici';

const agent = new Agent();

/** What each way makes of a POST: its status, and the body that the vendor has seen. */
const ways = {
  axios: async (client) => {
    const { status, data } = await firstValueFrom(client.post('/echo', 'the body', { timeout: 5_000 }));
    return [status, data.body];
  },
  fetch: async (client) => {
    const response = await client.fetch('/echo', { method: 'POST', body: 'the body' });
    return [response.status, (await response.json()).body];
  },
  dispatcher: async (client, { baseURL }) => {
    const dispatcher = agent.compose(authorizationInterceptor(client));
    const { statusCode, body } = await request(`${baseURL}/echo`, { dispatcher, method: 'POST', body: 'the body' });
    return [statusCode, (await body.json()).body];
  },
};

for (const [way, call] of Object.entries(ways)) {
  const vendor = await FakeSparkfly.start();
  const { identity, key, baseURL } = vendor;
  class App {}
  Module({ imports: [AuthApisModule.forRoot({ sparkfly: { identity, key, baseURL } })] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  const client = app.get(SparkflyClient);

  assert.deepEqual(await call(client, vendor), [200, 'the body'], way);
  vendor.rejectNext();
  assert.deepEqual(await call(client, vendor), [200, 'the body'], `${way}: after a 401`);
  // Whoever calls the dispatcher itself follows nothing.
  if (way !== 'dispatcher') {
    vendor.failNext({ on: 'api', status: 307, headers: { Location: `${baseURL}/echo` } });
    assert.deepEqual(await call(client, vendor), [200, 'the body'], `${way}: after a redirect`);
  }
  assert.equal(vendor.counters.tokenRequests, 2, way);

  await app.close();
  await vendor.close();
}
await agent.close();
