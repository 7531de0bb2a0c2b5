export { AuthApisOpenTelemetryModule } from './auth-apis-opentelemetry.module.js';
export type { AuthApisOpenTelemetryOptions } from './telemetry.js';
