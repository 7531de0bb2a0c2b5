// What a CommonJS app relies on, run as such: `import` is `require` here.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AxiosError, type AxiosRequestConfig } from 'axios';
import { AuthApisModule, InjectSparkfly, SparkflyClient } from 'nestjs-auth-apis';
import { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';

@Injectable()
class Offers {
  constructor(
    readonly unnamed: SparkflyClient,
    @InjectSparkfly('east') readonly east: SparkflyClient,
  ) {}

  status(path: string, config?: AxiosRequestConfig) {
    return firstValueFrom(this.unnamed.get(path, config)).then(({ status }) => status);
  }
}

async function main() {
  const vendor = await FakeSparkfly.start();
  const eastern = await FakeSparkfly.start({ identity: 'east' });
  const { identity, key, baseURL } = vendor;

  @Module({
    imports: [
      AuthApisModule.forRoot({
        prefetch: 'none',
        sparkfly: [
          { identity, key, baseURL },
          {
            name: 'east',
            identity: eastern.identity,
            key: eastern.key,
            baseURL: eastern.baseURL,
          },
        ],
      }),
    ],
    providers: [Offers],
  })
  class AppModule {}

  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error'],
  });
  const offers = app.get(Offers);

  vendor.setLatency(1_000);
  await assert.rejects(offers.status('/offers', { timeout: 100 }), (error: unknown) => {
    assert.ok(error instanceof AxiosError, 'a timeout while waiting for a token is an AxiosError of the app');
    assert.equal(error.code, 'ECONNABORTED');
    return true;
  });
  vendor.setLatency(0);

  assert.equal(await offers.status('/offers'), 200, 'injected by class');
  const { status } = await firstValueFrom(offers.east.get('/offers'));
  assert.equal(status, 200, 'injected by name');

  await assert.rejects(offers.status('/nowhere'), (error: unknown) => {
    assert.ok(error instanceof AxiosError, 'a 404 is an AxiosError of the app');
    assert.equal(error.response?.status, 404);
    return true;
  });
  await assert.rejects(offers.status('/offers', { authApis: { skip: true } }), {
    status: 401,
  });

  await app.close();
  await Promise.all([vendor.close(), eastern.close()]);
}

void main();
