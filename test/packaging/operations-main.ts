// The parts for operators beside Terminus, the schedule module and an OpenTelemetry SDK, as an app of this Nest gets them; run to its end. Copied into both fixtures.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Controller, Get, Module, type CanActivate } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { AuthApisModule, TokenRefreshScheduler, VerbitClient } from 'nestjs-auth-apis';
import { AuthApisDashboardModule } from 'nestjs-auth-apis/dashboard';
import { AuthApisHealthIndicator, AuthApisHealthModule, type AuthApisHealthDetails } from 'nestjs-auth-apis/health';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { AuthApisScheduleModule, type AttemptTimeout } from 'nestjs-auth-apis/schedule';
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

class Jobs {
  runs = 0;

  @Timeout('own-timeout', 0)
  once() {
    this.runs++;
  }
}

class LookersGuard implements CanActivate {
  canActivate() {
    return mayLook;
  }
}
let mayLook = false;

/** The page is there with all its parts, which the tarball has to have, and is told how things are. */
async function lookAt(page: string) {
  assert.equal((await fetch(page)).status, 403);
  mayLook = true;
  for (const part of ['', '?part=style', '?part=script', '?part=icon']) {
    const response = await fetch(page + part);
    assert.equal(response.status, 200, part);
    assert.ok((await response.text()).length > 100, part);
  }
  const { body } = await fetch(`${page}?part=events`);
  for await (const chunk of body!) {
    const told = Buffer.from(chunk as Uint8Array).toString();
    assert.match(told, /event: snapshot\ndata: .*"api":"verbit"/);
    break;
  }
}

async function main() {
  const vendor = await FakeVerbit.start();
  const { apiKey, baseURL } = vendor;
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });

  @Module({
    imports: [
      AuthApisModule.forRoot({ prefetch: 'none', verbit: { apiKey, baseURL } }),
      TerminusModule.forRoot({ logger: false }),
      AuthApisHealthModule,
      ScheduleModule.forRoot(),
      AuthApisScheduleModule,
      AuthApisOpenTelemetryModule.forRoot({ meterProvider }),
      AuthApisDashboardModule.register({ guards: [LookersGuard] }),
    ],
    controllers: [HealthController],
    providers: [Jobs],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { tokens } = app.get(VerbitClient);
  const ready = async (): Promise<{ http: number; details: AuthApisHealthDetails & { status: string } }> => {
    const response = await fetch(`${await app.getUrl()}/ready`);
    const { details } = (await response.json()) as {
      details: Record<string, AuthApisHealthDetails & { status: string }>;
    };
    return { http: response.status, details: details['vendor-tokens']! };
  };
  const readiness = async () => {
    const { http, details } = await ready();
    return [http, details.status, ...details.accounts.map(({ health }) => health)];
  };

  assert.deepEqual(await readiness(), [200, 'up', 'idle']);
  await tokens.get();
  assert.deepEqual(await readiness(), [200, 'up', 'up']);
  const registry = app.get(SchedulerRegistry);
  assert.deepEqual(registry.getTimeouts().sort(), ['auth-apis:verbit:default', 'own-timeout']);
  const { attempt } = registry.getTimeout('auth-apis:verbit:default') as AttemptTimeout;
  assert.equal(attempt.action, app.get(TokenRefreshScheduler).upcoming()[0]?.action);
  assert.equal(app.get(Jobs).runs, 1, 'a job of the app runs once');
  vendor.failNext({ status: 503, times: 2 });
  await assert.rejects(tokens.refresh());
  assert.deepEqual(await readiness(), [200, 'up', 'failing']);
  tokens.invalidate(tokens.peek());
  assert.deepEqual(await readiness(), [503, 'down', 'down']);
  assert.equal((await ready()).details.accounts[0]!.error!.vendorStatus, 503);

  await lookAt(`${await app.getUrl()}/auth-apis`);

  await meterProvider.forceFlush();
  const [resource] = exporter.getMetrics();
  const metrics = resource!.scopeMetrics.flatMap((scope) => scope.metrics);
  const health = metrics.find(({ descriptor }) => descriptor.name === 'auth_apis.token.count')!;
  assert.deepEqual(
    health.dataPoints.filter(({ value }) => value === 1).map(({ attributes }) => attributes['auth_apis.token.health']),
    ['down'],
  );

  await app.close();
  await meterProvider.shutdown();
  assert.deepEqual(registry.getTimeouts(), []);
  await vendor.close();
}

void main();
