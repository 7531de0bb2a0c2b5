// The app: AuthApisModule once, at the root; from then on any class injects the clients.
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { AuthApisModule } from 'nestjs-auth-apis';
import { AuthApisDashboardModule } from 'nestjs-auth-apis/dashboard';
import { AuthApisHealthModule } from 'nestjs-auth-apis/health';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { Accounts } from './accounts.js';
import { CallLogInterceptor } from './call-log.interceptor.js';
import { DemoModule } from './demo/demo.module.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { OffersController } from './offers.controller.js';
import { OrdersController } from './orders.controller.js';
import { StatusController } from './status.controller.js';
import { ThisMachineGuard } from './this-machine.guard.js';
import { TokenStory } from './token-story.js';
import { UpstreamErrorFilter } from './upstream-error.filter.js';

@Module({
  imports: [
    // An app without fakes needs no more than
    // AuthApisModule.forRoot({ verbit: { apiKey: process.env.VERBIT_API_KEY }, sparkfly: { identity: ..., key: ... } })
    AuthApisModule.forRootAsync({ imports: [DemoModule], useClass: Accounts }),
    // All are optional, and for those who operate the app: GET /health, GET /metrics, and a page at /auth-apis.
    TerminusModule,
    AuthApisHealthModule,
    AuthApisOpenTelemetryModule,
    AuthApisDashboardModule.register({ guards: [ThisMachineGuard], allowRefresh: true }),
    DemoModule,
  ],
  controllers: [OffersController, OrdersController, StatusController, HealthController, MetricsController],
  providers: [
    TokenStory,
    { provide: APP_FILTER, useClass: UpstreamErrorFilter },
    { provide: APP_INTERCEPTOR, useClass: CallLogInterceptor },
  ],
})
export class AppModule {}
