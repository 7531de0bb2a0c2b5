import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import type { AccountLabel } from '../common/errors.js';
import type { TokenObserver } from '../common/token-observer.js';
import { safely, whenEnded } from './safely.js';
import type { TokenMetrics } from './token-metrics.js';
import type { TokenSpans } from './token-spans.js';

/** Stands around attempts and waits: how long they take, and in which span. */
export class TelemetryObserver implements TokenObserver {
  readonly #clock: Clock;
  readonly #metrics: TokenMetrics;
  readonly #spans: TokenSpans;

  constructor(clock: Clock, metrics: TokenMetrics, spans: TokenSpans) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#spans = spans;
  }

  attempt<T extends { readonly source: 'vendor' | 'store' }>(label: AccountLabel, run: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    const span = safely(() => this.#spans.beginRequest(label));
    // Nothing of the caller's who happened to be first: neither the trace nor the baggage, which would go to the vendor.
    const within = span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT;
    const outcome = context.with(within, run);
    whenEnded(outcome, (error, held) => {
      const source = held?.source;
      this.#metrics.requestEnded(label, this.#clock.now() - startedAt, error, source);
      if (span) this.#spans.endRequest(label, span, error, source);
    });
    return outcome;
  }

  wait<T>(label: AccountLabel, run: () => Promise<T>, who: 'call' | 'hand'): Promise<T> {
    const startedAt = this.#clock.now();
    const span = safely(() => this.#spans.beginWait(label));
    const outcome = span ? context.with(trace.setSpan(context.active(), span), run) : run();
    whenEnded(outcome, (error) => {
      // Alerts go by it: no call suffers when a refresh by hand fails while a token lives.
      if (who === 'call') this.#metrics.waitEnded(label, this.#clock.now() - startedAt, error);
      if (span) this.#spans.endWait(label, span, error);
    });
    return outcome;
  }

  storeOperation(operation: string, durationMs: number, outcome: 'ok' | 'failed'): void {
    safely(() => this.#metrics.storeOperationEnded(operation, durationMs, outcome));
  }
}
