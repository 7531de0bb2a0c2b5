// The parts for operators beside Terminus, as an app of this Nest gets them; run to its end. Copied into both fixtures.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { AuthApisModule, VerbitClient } from 'nestjs-auth-apis';
import { AuthApisHealthIndicator, AuthApisHealthModule, type AuthApisHealth } from 'nestjs-auth-apis/health';
import { FakeVerbit } from 'nestjs-auth-apis/testing';

@Controller()
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly tokens: AuthApisHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.tokens.check('vendor-tokens')]);
  }
}

async function main() {
  const vendor = await FakeVerbit.start();
  const { apiKey, baseURL } = vendor;

  @Module({
    imports: [
      AuthApisModule.forRoot({ prefetch: 'none', verbit: { apiKey, baseURL } }),
      TerminusModule.forRoot({ logger: false }),
      AuthApisHealthModule,
    ],
    controllers: [HealthController],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { tokens } = app.get(VerbitClient);
  const ready = async (): Promise<{ http: number; details: AuthApisHealth & { status: string } }> => {
    const response = await fetch(`${await app.getUrl()}/ready`);
    const { details } = (await response.json()) as { details: Record<string, AuthApisHealth & { status: string }> };
    return { http: response.status, details: details['vendor-tokens']! };
  };
  const standings = async () => {
    const { http, details } = await ready();
    return [http, details.status, ...details.accounts.map(({ standing }) => standing)];
  };

  assert.deepEqual(await standings(), [200, 'up', 'idle']);
  await tokens.get();
  assert.deepEqual(await standings(), [200, 'up', 'up']);
  vendor.failNext({ status: 503, times: 2 });
  await assert.rejects(tokens.refresh());
  assert.deepEqual(await standings(), [200, 'up', 'failing']);
  tokens.invalidate(tokens.peek()!);
  assert.deepEqual(await standings(), [503, 'down', 'down']);
  assert.equal((await ready()).details.accounts[0]!.error!.status, 503);

  await app.close();
  await vendor.close();
}

void main();
