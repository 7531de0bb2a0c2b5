import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { type MeterProvider, metrics, trace, type TracerProvider } from '@opentelemetry/api';
import { VERSION } from '../common/version.js';
import { findAuthApis } from '../module/find-provider.js';
import { AccountAttributes } from './account-attributes.js';
import { SCOPE } from './names.js';
import { safely } from './safely.js';
import { StandingMetrics } from './health-metrics.js';
import { TelemetryObserver } from './telemetry.observer.js';
import { TokenMetrics } from './token-metrics.js';
import { TokenSpans } from './token-spans.js';

/** @publicApi */
export interface AuthApisOpenTelemetryOptions {
  /** Who takes the metrics. @default the global one, as it is when the app starts */
  readonly meterProvider?: MeterProvider;
  /** Who takes the spans. @default the global one */
  readonly tracerProvider?: TracerProvider;
}

/** From the start of the app to its end. */
export class Telemetry implements OnModuleInit, OnApplicationShutdown {
  readonly #modules: ModuleRef;
  readonly #options: AuthApisOpenTelemetryOptions;
  #ends: (() => void)[] = [];

  constructor(modules: ModuleRef, options: AuthApisOpenTelemetryOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  /** Before the first token is asked for, at bootstrap. */
  onModuleInit(): void {
    const { meterProvider = metrics, tracerProvider = trace } = this.#options;
    const apis = findAuthApis(this.#modules, 'AuthApisOpenTelemetryModule');
    const accounts = new AccountAttributes(apis.configured.map(({ tokens }) => tokens.label));
    const meter = meterProvider.getMeter(SCOPE, VERSION);
    const counted = new TokenMetrics(meter, accounts);
    const spans = new TokenSpans(tracerProvider.getTracer(SCOPE, VERSION), accounts);
    const standings = new StandingMetrics(meter, apis, accounts);
    // Completes by itself.
    apis.listen((event) => safely(() => counted.happened(event)));
    const stopObserving = apis.observe(new TelemetryObserver(apis.clock, counted, spans));
    this.#ends = [() => standings.stop(), stopObserving];
  }

  onApplicationShutdown(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}
