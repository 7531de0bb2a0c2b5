import { randomUUID } from 'node:crypto';
import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type AuthApisOpenTelemetryOptions, Telemetry } from './telemetry.js';

/**
 * Metrics of all accounts, and a span around each token request, through whatever OpenTelemetry SDK the app has started.
 * Calls whose token is there cost nothing. Import it once, beside `AuthApisModule`.
 *
 * @example
 * ```ts
 * @Module({ imports: [AuthApisModule.forRoot({ ... }), AuthApisOpenTelemetryModule] })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({ providers: [telemetry({})] })
export class AuthApisOpenTelemetryModule {
  /** For an app whose providers are not the global ones. */
  static forRoot(options: AuthApisOpenTelemetryOptions = {}): DynamicModule {
    // Nest can tell modules apart by their content: two apps' registrations must not be taken for one.
    const registrationId = { provide: 'nestjs-auth-apis/opentelemetry', useValue: randomUUID() };
    return { module: AuthApisOpenTelemetryModule, providers: [registrationId, telemetry(options)] };
  }
}

/** A factory, so that providers of telemetry stand in no metadata. */
function telemetry(options: AuthApisOpenTelemetryOptions): FactoryProvider<Telemetry> {
  return {
    provide: Telemetry,
    inject: [ModuleRef],
    useFactory: (modules: ModuleRef) => new Telemetry(modules, options),
  };
}
