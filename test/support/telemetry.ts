import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import type { Attributes } from '@opentelemetry/api';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { HistogramMetricData, MetricData } from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { onTestFinished } from 'vitest';

/** The name of a metric, and of what the test wants to know of one. */
export interface Point {
  readonly attributes: Attributes;
  /** Of a histogram how often it was recorded. */
  readonly value: number;
}

/** The real SDK, its exporters in memory; ends with the test. */
export class Telemetry {
  readonly meterProvider: MeterProvider;
  readonly tracerProvider: BasicTracerProvider;
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #spans = new InMemorySpanExporter();

  constructor() {
    const exporter = this.#metrics;
    // Collects when asked to, and hardly by itself.
    this.meterProvider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })],
    });
    this.tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(async () => {
      context.disable();
      await this.meterProvider.shutdown();
      await this.tracerProvider.shutdown();
    });
  }

  /** The module under test, with these providers. */
  get module(): DynamicModule {
    const { meterProvider, tracerProvider } = this;
    return AuthApisOpenTelemetryModule.forRoot({ meterProvider, tracerProvider });
  }

  /** All that is to be exported now. */
  async collect(): Promise<MetricData[]> {
    this.#metrics.reset();
    await this.meterProvider.forceFlush();
    const [resource] = this.#metrics.getMetrics();
    return resource?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
  }

  async points(name: string): Promise<Point[]> {
    const metric = (await this.collect()).find(({ descriptor }) => descriptor.name === name);
    const points = (metric?.dataPoints ?? []) as HistogramMetricData['dataPoints'];
    return points.map(({ attributes, value }) => ({ attributes, value: count(value) }));
  }

  /** The value of the only point that has these attributes and no other; `undefined` when there is none. */
  async value(name: string, attributes: Attributes = {}): Promise<number | undefined> {
    const key = textOf(attributes);
    return (await this.points(name)).find((point) => textOf(point.attributes) === key)?.value;
  }

  spans(name?: string): ReadableSpan[] {
    const all = this.#spans.getFinishedSpans();
    return name === undefined ? all : all.filter((span) => span.name === name);
  }
}

const count = (value: unknown): number => (typeof value === 'number' ? value : (value as { count: number }).count);

const textOf = (attributes: Attributes): string =>
  JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Who traces `call`: a span that is active while it runs. */
export function traced<T>({ tracerProvider }: Telemetry, call: () => Promise<T>, name = 'caller'): Promise<T> {
  return tracerProvider.getTracer('test').startActiveSpan(name, async (span) => {
    try {
      return await call();
    } finally {
      span.end();
    }
  });
}

/** What a Prometheus would get, over HTTP; ends with the test. */
export async function startPrometheus(): Promise<{ meterProvider: MeterProvider; scrape: () => Promise<string> }> {
  // Its own server takes no free port.
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.close().closeAllConnections();
    await meterProvider.shutdown();
  });
  const { port } = server.address() as AddressInfo;
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { meterProvider, scrape };
}
