import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import type { AuthApisModuleExtras, AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApis, AuthApisModule } from 'nestjs-auth-apis';
import type { AccountHealthDetails, AuthApisHealthDetails, AuthApisHealthOptions } from 'nestjs-auth-apis/health';
import { AuthApisHealthIndicator, AuthApisHealthModule } from 'nestjs-auth-apis/health';
import { onTestFinished } from 'vitest';

/** What a health check answered, and all of it as text. */
export interface HealthAnswer {
  readonly http: number;
  readonly status: string;
  readonly tokens: AuthApisHealthDetails & { readonly status: 'up' | 'down' };
  /** Of the first account. */
  readonly first: AccountHealthDetails;
  readonly text: string;
}

/** A controller as an app would write it. */
function controllerOf(options: AuthApisHealthOptions | undefined): new (...args: never[]) => object {
  @Controller()
  class HealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly tokens: AuthApisHealthIndicator,
    ) {}

    @Get('ready')
    @HealthCheck()
    ready() {
      return this.health.check([() => this.tokens.check('vendor-tokens', options)]);
    }
  }
  return HealthController;
}

/** A Nest app on a socket whose readiness depends on its tokens. */
export async function startHealthApp(given: AuthApisOptions & AuthApisModuleExtras, options?: AuthApisHealthOptions) {
  const testing = await Test.createTestingModule({
    imports: [AuthApisModule.forRoot(given), TerminusModule, AuthApisHealthModule],
    controllers: [controllerOf(options)],
  }).compile();
  const app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  onTestFinished(() => app.close());
  const url = `${await app.getUrl()}/ready`;
  const check = async (): Promise<HealthAnswer> => {
    const response = await fetch(url);
    const text = await response.text();
    const { status, details } = JSON.parse(text) as {
      status: string;
      details?: Record<string, HealthAnswer['tokens']>;
    };
    const tokens = details?.['vendor-tokens'] as HealthAnswer['tokens'];
    return { http: response.status, status, tokens, first: tokens?.accounts[0] as AccountHealthDetails, text };
  };
  return { app, apis: app.get(AuthApis), indicator: app.get(AuthApisHealthIndicator), check };
}
