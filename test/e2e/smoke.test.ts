import { AuthApis, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../support/app.js';

test('both clients call their vendors, each with its own token', async () => {
  const verbit = await FakeVerbit.start();
  const sparkfly = await FakeSparkfly.start();
  onTestFinished(() => verbit.close());
  onTestFinished(() => sparkfly.close());
  const app = await startApp({
    verbit: { apiKey: verbit.apiKey, baseURL: verbit.baseURL },
    sparkfly: { identity: sparkfly.identity, key: sparkfly.key, baseURL: sparkfly.baseURL },
  });
  const order = await firstValueFrom(app.get(VerbitClient).get('/orders/7'));
  const offers = await firstValueFrom(app.get(SparkflyClient).get('/offers'));
  expect(order.status).toBe(200);
  expect(offers.data).toHaveLength(3);
  expect(verbit.counters.tokenRequests).toBe(1);
  sparkfly.revokeTokens();
  const again = await firstValueFrom(app.get(SparkflyClient).get('/offers'));
  expect(again.status).toBe(200);
  expect(sparkfly.counters.tokenRequests).toBe(2);
  console.log(app.get(AuthApis).statuses(), again.request);
});
