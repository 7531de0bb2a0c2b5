// OpenTelemetry's own SDK, with metrics for Prometheus to collect from this app.
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/** Listens nowhere itself: the app has a server already. */
export const prometheus = new PrometheusExporter({ preventServerStart: true });

metrics.setGlobalMeterProvider(new MeterProvider({ readers: [prometheus] }));
