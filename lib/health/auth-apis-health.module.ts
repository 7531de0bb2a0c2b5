import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { AuthApisHealthIndicator } from './auth-apis.health.js';

/**
 * Provides the `AuthApisHealthIndicator`: import it beside `TerminusModule`, where the health controller stands.
 * `AuthApisModule` may be anywhere in the app; without it, the boot fails with an `AuthApisOptionsError`.
 *
 * @publicApi
 */
@Module({
  imports: [TerminusModule],
  providers: [
    {
      provide: AuthApisHealthIndicator,
      inject: [HealthIndicatorService, ModuleRef],
      useFactory: (health: HealthIndicatorService, modules: ModuleRef): AuthApisHealthIndicator =>
        new AuthApisHealthIndicator(health, modules),
    },
  ],
  exports: [AuthApisHealthIndicator],
})
export class AuthApisHealthModule {}
