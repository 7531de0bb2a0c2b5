// Whether this app can do its work: up while its tokens live, and until when they do if they cannot be refreshed.
import { Controller, Get } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { AuthApisHealthIndicator } from 'nestjs-auth-apis/health';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly tokens: AuthApisHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.tokens.check('vendor-tokens')]);
  }
}
